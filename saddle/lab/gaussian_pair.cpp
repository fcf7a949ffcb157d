#include "saddle/lab/gaussian_pair.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "saddle/base/dual.h"
#include "saddle/lab/numeric.h"

namespace saddle::lab {
namespace {

/// The integral over the line, cut where the integrand has kinks. Twelve deviations hold all but
/// 1e-32 of either density.
double over_line(const GaussianPair& pair, const std::function<double(double)>& f) {
  const double low = std::min(-12.0, pair.mean - 12 * pair.sd);
  const double high = std::max(12.0, pair.mean + 12 * pair.sd);
  const auto [first, second] = pair.crossings();
  return integrate(f, low, first) + (first < second ? integrate(f, first, second) : 0) +
         integrate(f, second, high);
}

double p_at(double x) {
  return normal_density(x, 0, 1);
}

double q_at(const GaussianPair& pair, double x) {
  return normal_density(x, pair.mean, pair.sd);
}

/// E exp(-d^2/2) for d normal.
double kernel_mean(double mean, double variance) {
  const double sd = std::sqrt(variance);
  return integrate([&](double d) { return std::exp(-0.5 * d * d) * normal_density(d, mean, sd); },
                   std::min(-9.0, mean - 9 * sd), std::max(9.0, mean + 9 * sd));
}

}  // namespace

double GaussianPair::logit(double x) const {
  return log_normal_density(x, 0, 1) - log_normal_density(x, mean, sd);
}

std::array<double, 2> GaussianPair::crossings() const {
  // ln(p/q) = a x^2 + b x + c.
  const double a = 0.5 / (sd * sd) - 0.5;
  const double b = -mean / (sd * sd);
  const double c = 0.5 * mean * mean / (sd * sd) + std::log(sd);
  if (std::abs(a) < 1e-12) {
    const double x = b == 0 ? 0 : -c / b;
    return {x, x};
  }
  const double root = std::sqrt(std::max(0.0, b * b - 4 * a * c));
  const double one = (-b - root) / (2 * a);
  const double two = (-b + root) / (2 * a);
  return {std::min(one, two), std::max(one, two)};
}

double optimal_value(const GaussianPair& pair) {
  return over_line(pair, [&](double x) {
    const double t = pair.logit(x);
    return -p_at(x) * softplus(-t) - q_at(pair, x) * softplus(t);
  });
}

double value_of_logit(const GaussianPair& pair, const std::array<double, 3>& coefficients) {
  return over_line(pair, [&](double x) {
    const double t = coefficients[0] + x * (coefficients[1] + x * coefficients[2]);
    return -p_at(x) * softplus(-t) - q_at(pair, x) * softplus(t);
  });
}

double jensen_shannon(const GaussianPair& pair) {
  return over_line(pair, [&](double x) {
    const double p = p_at(x);
    const double q = q_at(pair, x);
    const double middle = 0.5 * (p + q);
    const auto part = [&](double density) {
      return density > 0 ? 0.5 * density * std::log(density / middle) : 0.0;
    };
    return part(p) + part(q);
  });
}

double total_variation(const GaussianPair& pair) {
  return 0.5 * over_line(pair, [&](double x) { return std::abs(p_at(x) - q_at(pair, x)); });
}

double optimal_accuracy(const GaussianPair& pair) {
  // The greater of both densities is the one that is named.
  return 0.5 * over_line(pair, [&](double x) { return std::max(p_at(x), q_at(pair, x)); });
}

double sign_on_real(const GaussianPair& pair) {
  return over_line(pair, [&](double x) { return pair.logit(x) >= 0 ? p_at(x) : -p_at(x); });
}

double wasserstein_1(const GaussianPair& pair) {
  const auto gap = [&](double x) { return normal_cdf(x) - normal_cdf((x - pair.mean) / pair.sd); };
  const double low = std::min(-12.0, pair.mean - 12 * pair.sd);
  const double high = std::max(12.0, pair.mean + 12 * pair.sd);
  // The cumulative distributions cross at most once, where both standardised places agree.
  if (std::abs(pair.sd - 1) < 1e-12) return std::abs(integrate(gap, low, high));
  const double cross = std::clamp(pair.mean / (1 - pair.sd), low, high);
  return std::abs(integrate(gap, low, cross)) + std::abs(integrate(gap, cross, high));
}

double mmd_squared(const GaussianPair& pair) {
  const double variance = pair.sd * pair.sd;
  return kernel_mean(0, 2) + kernel_mean(0, 2 * variance) -
         2 * kernel_mean(pair.mean, 1 + variance);
}

}  // namespace saddle::lab
