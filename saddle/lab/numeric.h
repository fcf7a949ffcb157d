#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace saddle::lab {

/// The integral of `f` over [low, high] by adaptive Gauss-Kronrod quadrature (7 and 15 points);
/// kinks of `f` belong at the ends. Throws Error(kNumeric) when the error stays above `tolerance`.
double integrate(const std::function<double(double)>& f, double low, double high,
                 double tolerance = 1e-12);

/// Density of N(mean, sd^2).
double normal_density(double x, double mean, double sd);
/// Natural logarithm of that density; finite where the density underflows.
double log_normal_density(double x, double mean, double sd);
/// P(Z <= x) of a standard normal Z.
double normal_cdf(double x);
/// The x with normal_cdf(x) = p, for p in (0, 1).
double normal_quantile(double p);

/// `count` numbers from low to high, both counted.
std::vector<double> evenly(double low, double high, std::size_t count);

}  // namespace saddle::lab
