#pragma once

#include <array>

namespace saddle::lab {

/// p = N(0, 1) and q = N(mean, sd^2).
struct GaussianPair {
  double mean = 0;
  double sd = 1;

  /// ln(p/q) at x: the logit of the optimal discriminator.
  double logit(double x) const;
  /// Where p = q, in order; one place twice where there is only one, {0, 0} where p = q everywhere.
  std::array<double, 2> crossings() const;
};

// By quadrature, from the definitions; section 4 of Goodfellow et al. 2014 (arXiv 1406.2661).

/// max_D E_p log D + E_q log(1 - D).
double optimal_value(const GaussianPair& pair);
/// The value that a logit of a + b x + c x^2 reaches, coefficients in that order.
double value_of_logit(const GaussianPair& pair, const std::array<double, 3>& coefficients);
/// Jensen-Shannon divergence in nats.
double jensen_shannon(const GaussianPair& pair);
/// Total variation, (1/2) integral |p - q|.
double total_variation(const GaussianPair& pair);
/// Chance that the sign of the optimal logit names the right one, both equally likely.
double optimal_accuracy(const GaussianPair& pair);
/// E_p sign(logit*).
double sign_on_real(const GaussianPair& pair);
/// 1-Wasserstein distance: the integral of |P - Q| over the cumulative distributions.
double wasserstein_1(const GaussianPair& pair);
/// Squared maximum mean discrepancy with the kernel exp(-(a-b)^2/2), as three double integrals that
/// reduce to one each: a difference of normals is normal.
double mmd_squared(const GaussianPair& pair);

}  // namespace saddle::lab
