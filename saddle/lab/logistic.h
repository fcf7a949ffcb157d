#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace saddle::lab {

/// A discriminator whose logit is c_0 + c_1 x + ... + c_degree x^degree.
struct LogisticFit {
  std::vector<double> coefficients{};
  double value = 0;  ///< mean of log D over the reals plus mean of log(1 - D) over the fakes
  int steps = 0;
};

/// Fits that discriminator by Newton's method, label 1 for `real`; with `smoothing` below 1 the
/// target of a real is `smoothing` instead of 1. Throws Error(kNumeric) where a polynomial
/// of this degree splits unsmoothed data, whose loss has no minimum, and without convergence in 50
/// steps,
/// as of data that touch without being split, and for samples too few or too equal for the degree.
LogisticFit fit_logistic(std::span<const double> real, std::span<const double> fake, int degree,
                         double smoothing = 1);

/// The logit of these coefficients at x.
double polynomial(std::span<const double> coefficients, double x);

}  // namespace saddle::lab
