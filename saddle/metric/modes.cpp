#include "saddle/metric/modes.h"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/metric/rows.h"

namespace saddle::metric {

namespace {

struct Nearest {
  std::int64_t index;
  double distance;
};

// P(D/2, x) from erf(sqrt x) or 1 - exp(-x) by P(a + 1, x) = P(a, x) - x^a exp(-x) / Gamma(a + 1)
// (Abramowitz and Stegun 6.5.21).
double lower_gamma(std::int64_t dimensions, double x) {
  double a = dimensions % 2 == 0 ? 1 : 0.5;
  double share = dimensions % 2 == 0 ? -std::expm1(-x) : std::erf(std::sqrt(x));
  for (; a < 0.5 * static_cast<double>(dimensions); ++a) {
    share -= std::exp(a * std::log(x) - x - std::lgamma(a + 1));
  }
  return share;
}

Nearest nearest_centre(std::span<const double> point, const double* centres, std::int64_t count) {
  std::int64_t best = 0;
  double smallest = std::numeric_limits<double>::infinity();
  for (std::int64_t k = 0; k < count; ++k) {
    double squared = 0;
    for (const double coordinate : point) {
      const double distance = coordinate - *centres++;
      squared += distance * distance;
    }
    if (squared < smallest) {
      smallest = squared;
      best = k;
    }
  }
  return {best, std::sqrt(smallest)};
}

}  // namespace

PerfectModes perfect_modes(std::int64_t dimensions) {
  constexpr double kHalfSquare = 4.5;  // of 3 standard deviations
  const double half = 0.5 * static_cast<double>(dimensions);
  const double share = lower_gamma(dimensions, kHalfSquare);
  return {share, std::sqrt(2.0) * std::exp(std::lgamma(half + 0.5) - std::lgamma(half)) *
                     lower_gamma(dimensions + 1, kHalfSquare) / share};
}

double reverse_kl_to_uniform(std::span<const std::int64_t> counts) {
  const auto total = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  if (total == 0) return std::numeric_limits<double>::quiet_NaN();
  double kl = 0;
  for (std::int64_t count : counts) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / static_cast<double>(total);
    kl += share * std::log(share * static_cast<double>(counts.size()));
  }
  return kl;
}

double reverse_kl_floor(std::int64_t modes, std::int64_t n) {
  return static_cast<double>(modes - 1) / (2.0 * static_cast<double>(n));
}

ModeReport count_modes(const at::Tensor& samples, const at::Tensor& centres, double sd) {
  const at::Tensor x = double_rows(samples, "modes", "samples");
  const at::Tensor c = double_rows(centres, "modes", "centres");
  const std::int64_t dimensions = c.size(1);
  if (x.size(1) != dimensions) {
    throw Error(ErrorCode::kInput, "modes",
                cat("samples: got ", x.size(1), " numbers a row, expected ", dimensions,
                    ", as the centres have"));
  }
  if (!(sd > 0)) {
    throw Error(ErrorCode::kInput, "modes",
                cat("sd of a mode: got ", sd, ", expected a positive number"));
  }
  const std::int64_t n = x.size(0), modes = c.size(0);
  ModeReport report;
  report.n = n;
  report.counts.assign(modes, 0);
  report.counts_high_quality.assign(modes, 0);
  double radius_sum = 0;
  std::int64_t high_quality = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const Nearest nearest = nearest_centre(
        {x.const_data_ptr<double>() + dimensions * i, static_cast<std::size_t>(dimensions)},
        c.const_data_ptr<double>(), modes);
    ++report.counts[nearest.index];
    if (nearest.distance <= 3 * sd) {
      ++report.counts_high_quality[nearest.index];
      radius_sum += nearest.distance;
      ++high_quality;
    }
  }
  for (std::int64_t count : report.counts_high_quality) report.modes += count > 0;
  report.high_quality = static_cast<double>(high_quality) / static_cast<double>(n);
  report.reverse_kl = reverse_kl_to_uniform(report.counts);
  report.reverse_kl_high_quality = reverse_kl_to_uniform(report.counts_high_quality);
  report.radius_ratio = high_quality > 0 ? radius_sum / static_cast<double>(high_quality) / sd
                                         : std::numeric_limits<double>::quiet_NaN();
  return report;
}

}  // namespace saddle::metric
