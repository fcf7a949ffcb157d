#include "saddle/lab/logistic.h"

#include <algorithm>
#include <cmath>

#include "saddle/base/dual.h"
#include "saddle/base/eigen.h"
#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/lab/numeric.h"

namespace saddle::lab {
namespace {

/// Gradient and curvature of the loss, summed over samples.
struct NewtonSums {
  std::vector<double> gradient;
  std::vector<double> curvature;  // row-major
};

void add_samples(NewtonSums& sums, std::span<const double> samples, double target,
                 std::span<const double> coefficients) {
  const std::size_t n = coefficients.size();
  const double weight = 1 / static_cast<double>(samples.size());
  std::vector<double> features(n);
  for (const double x : samples) {
    features[0] = 1;
    for (std::size_t i = 1; i < n; ++i) features[i] = features[i - 1] * x;
    const double d = sigmoid(polynomial(coefficients, x));
    for (std::size_t i = 0; i < n; ++i) {
      sums.gradient[i] += weight * (d - target) * features[i];
      for (std::size_t j = 0; j < n; ++j) {
        sums.curvature[i * n + j] += weight * d * (1 - d) * features[i] * features[j];
      }
    }
  }
}

// A polynomial above zero on all real samples and below on all fakes only gains by growing.
bool splits(std::span<const double> coefficients, std::span<const double> real,
            std::span<const double> fake) {
  return std::ranges::all_of(real, [&](double x) { return polynomial(coefficients, x) > 0; }) &&
         std::ranges::all_of(fake, [&](double x) { return polynomial(coefficients, x) < 0; });
}

}  // namespace

double polynomial(std::span<const double> coefficients, double x) {
  double out = 0;
  for (std::size_t i = coefficients.size(); i-- > 0;) out = out * x + coefficients[i];
  return out;
}

LogisticFit fit_logistic(std::span<const double> real, std::span<const double> fake, int degree,
                         double smoothing) {
  constexpr int kSteps = 50;
  const auto n = static_cast<std::size_t>(degree) + 1;
  LogisticFit fit{.coefficients = std::vector<double>(n)};
  double largest = 1;
  while (largest > 1e-12) {
    if (++fit.steps > kSteps) {
      throw Error(ErrorCode::kNumeric, "logistic",
                  cat("no convergence in ", kSteps, " steps: the last was ", largest));
    }
    NewtonSums sums{std::vector<double>(n), std::vector<double>(n * n)};
    add_samples(sums, real, smoothing, fit.coefficients);
    add_samples(sums, fake, 0, fit.coefficients);
    const auto step = solve_linear(sums.curvature, sums.gradient);
    largest = 0;
    for (std::size_t i = 0; i < n; ++i) {
      fit.coefficients[i] -= step[i];
      largest = std::max(largest, std::abs(step[i]));
    }
    if (smoothing == 1 && splits(fit.coefficients, real, fake)) {
      throw Error(ErrorCode::kNumeric, "logistic",
                  cat("a polynomial of degree ", degree,
                      " splits real from fake, so no finite discriminator is the best; "
                      "take more samples, a lower degree or smooth the labels"));
    }
  }
  double on_real = 0;
  double on_fake = 0;
  for (const double x : real) on_real -= softplus(-polynomial(fit.coefficients, x));
  for (const double x : fake) on_fake -= softplus(polynomial(fit.coefficients, x));
  fit.value =
      on_real / static_cast<double>(real.size()) + on_fake / static_cast<double>(fake.size());
  return fit;
}

}  // namespace saddle::lab
