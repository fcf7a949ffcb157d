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

Nearest nearest_centre(const double* point, const double* centres, std::int64_t count) {
  std::int64_t best = 0;
  double smallest = std::numeric_limits<double>::infinity();
  for (std::int64_t k = 0; k < count; ++k) {
    const double dx = point[0] - centres[2 * k];
    const double dy = point[1] - centres[2 * k + 1];
    const double squared = dx * dx + dy * dy;
    if (squared < smallest) {
      smallest = squared;
      best = k;
    }
  }
  return {best, std::sqrt(smallest)};
}

}  // namespace

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
  if (x.size(1) != 2 || c.size(1) != 2) {
    throw Error(ErrorCode::kInput, "modes",
                cat("samples and centres: got ", x.size(1), " and ", c.size(1),
                    " numbers a row, expected 2; mode metrics are for points in the plane"));
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
    const Nearest nearest =
        nearest_centre(x.const_data_ptr<double>() + 2 * i, c.const_data_ptr<double>(), modes);
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
