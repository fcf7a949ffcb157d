#include "saddle/metric/transport.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/metric/rows.h"

namespace saddle::metric {

namespace {

// Bounds the projected copies to a few megabytes at usual sizes.
constexpr std::int64_t kProjectionsAtOnce = 32;

at::Tensor sorted_projections(const at::Tensor& rows, const at::Tensor& directions) {
  const at::Tensor projected = rows.mm(directions).t().contiguous();  // [P,n]
  return std::get<0>(projected.sort(-1)).contiguous();
}

}  // namespace

double wasserstein_1d_power(std::span<const double> sorted_x, std::span<const double> sorted_y,
                            double p) {
  const auto n = static_cast<std::int64_t>(sorted_x.size());
  const auto m = static_cast<std::int64_t>(sorted_y.size());
  // Each step covers a stretch of u on which both quantile functions are constant; u is counted
  // in whole units of 1/(nm), so that no rounding moves a boundary.
  double sum = 0;
  std::int64_t u = 0;
  for (std::int64_t i = 0, j = 0; i < n && j < m;) {
    const std::int64_t end = std::min((i + 1) * m, (j + 1) * n);
    const double gap = std::abs(sorted_x[i] - sorted_y[j]);
    const double power = p == 2 ? gap * gap : p == 1 ? gap : std::pow(gap, p);
    sum += power * static_cast<double>(end - u);
    u = end;
    if (end == (i + 1) * m) ++i;
    if (end == (j + 1) * n) ++j;
  }
  return sum / (static_cast<double>(n) * static_cast<double>(m));
}

double sliced_wasserstein(const at::Tensor& x, const at::Tensor& y, const at::Tensor& projections,
                          double p) {
  const std::vector<double> powers = sliced_powers(x, y, projections, p);
  double sum = 0;
  for (const double power : powers) sum += power;
  return std::pow(sum / static_cast<double>(powers.size()), 1 / p);
}

std::vector<double> sliced_powers(const at::Tensor& x, const at::Tensor& y,
                                  const at::Tensor& projections, double p) {
  const at::Tensor a = double_rows(x, "sliced_wasserstein", "first set");
  const at::Tensor b = double_rows(y, "sliced_wasserstein", "second set");
  const at::Tensor directions = double_rows(projections, "sliced_wasserstein", "projections");
  if (a.size(1) != b.size(1) || a.size(1) != directions.size(0)) {
    throw Error(
        ErrorCode::kInput, "sliced_wasserstein",
        cat("dimensions: got sets of ", a.size(1), " and ", b.size(1),
            " numbers a row and projections of ", directions.size(0), ", expected one dimension"));
  }
  if (!(p >= 1)) {
    throw Error(ErrorCode::kInput, "sliced_wasserstein",
                cat("power p: got ", p, ", expected at least 1"));
  }
  const std::int64_t n = a.size(0), m = b.size(0), count = directions.size(1);
  std::vector<double> powers;
  for (std::int64_t first = 0; first < count; first += kProjectionsAtOnce) {
    const at::Tensor some =
        directions.narrow(1, first, std::min(kProjectionsAtOnce, count - first));
    const at::Tensor px = sorted_projections(a, some);
    const at::Tensor py = sorted_projections(b, some);
    for (std::int64_t k = 0; k < px.size(0); ++k) {
      powers.push_back(wasserstein_1d_power(
          {px.const_data_ptr<double>() + k * n, static_cast<std::size_t>(n)},
          {py.const_data_ptr<double>() + k * m, static_cast<std::size_t>(m)}, p));
    }
  }
  return powers;
}

at::Tensor unit_projections(const RandomKey& key, std::int64_t d, std::int64_t count) {
  const at::Tensor normal = random_normal(key, {d, count}, at::TensorOptions().dtype(at::kDouble));
  return normal / normal.square().sum(0, /*keepdim=*/true).sqrt();
}

}  // namespace saddle::metric
