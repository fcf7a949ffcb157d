#include <algorithm>
#include <cmath>
#include <limits>

#include "saddle/base/eigen.h"
#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/monitor/arnoldi.h"
#include "saddle/monitor/jacobian.h"
#include "saddle/monitor/path_angle.h"
#include "saddle/monitor/rotation.h"

namespace saddle::monitor {
namespace {

constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();
// Cosines below this are rounding: they have no sign.
constexpr double kSignless = 1e-9;

// |A|_F / |S|_F of sums of probes; sums, not means, give the same.
double frobenius_ratio(double squared, double turned) {
  const double a = std::max(squared - turned, 0.0), s = std::max(squared + turned, 0.0);
  return std::sqrt(a / s);
}

// |y_last| / |y| of the eigenvector y of an unreduced Hessenberg matrix [.., m]: from y_last = 1
// each row gives the entry before.
double last_share(std::span<const double> h, std::size_t m, std::complex<double> value) {
  std::vector<std::complex<double>> y(m);
  y[m - 1] = 1;
  double squares = 1;
  for (std::size_t i = m - 1; i > 0; --i) {
    std::complex<double> sum = -value * y[i];
    for (std::size_t j = i; j < m; ++j) sum += h[i * m + j] * y[j];
    y[i - 1] = -sum / h[i * m + i - 1];
    squares += std::norm(y[i - 1]);
  }
  return 1 / std::sqrt(squares);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

}  // namespace

void detail::require_dense(std::size_t n) {
  if (n <= kDenseLimit) return;
  throw Error(ErrorCode::kUsage, "microscope",
              cat("a dense Jacobian: got ", n, " parameters, expected at most ", kDenseLimit,
                  "; try arnoldi or rotation_ratio, which need products only"));
}

RotationRatio rotation_of(std::span<const RotationProbe> probes) {
  const auto m = static_cast<double>(probes.size());
  double squared = 0, turned = 0;
  for (const auto& p : probes) {
    squared += p.squared;
    turned += p.turned;
  }
  RotationRatio result;
  result.probes = probes.size();
  result.antisymmetric = (squared - turned) / (2 * m);
  result.symmetric = (squared + turned) / (2 * m);
  result.ratio = frobenius_ratio(squared, turned);
  result.share = squared > 0 ? std::clamp((squared - turned) / (2 * squared), 0.0, 1.0) : kNoNumber;
  result.spread = result.standard_error = kNoNumber;
  if (probes.size() < 2) return result;
  std::vector<double> without;
  double mean = 0;
  for (const auto& p : probes) {
    without.push_back(frobenius_ratio(squared - p.squared, turned - p.turned));
    mean += without.back() / m;
  }
  double squares = 0;
  for (const double r : without) squares += (r - mean) * (r - mean);
  result.standard_error = std::sqrt(squares * (m - 1) / m);
  result.spread = result.standard_error * std::sqrt(m);
  return result;
}

std::vector<RitzValue> ritz_values(std::span<const double> hessenberg, std::size_t steps) {
  const auto values = eigenvalues(hessenberg.first(steps * steps), steps);
  const double rest = hessenberg[steps * steps + steps - 1];
  std::vector<RitzValue> list;
  for (const auto& value : values) {
    list.push_back({value, rest == 0 ? 0 : rest * last_share(hessenberg, steps, value)});
  }
  return list;
}

double Spectrum::radius() const {
  double largest = 0;
  for (const auto& v : values) largest = std::max(largest, std::abs(v.value));
  return largest;
}

double Spectrum::largest_real() const {
  double largest = -std::numeric_limits<double>::infinity();
  for (const auto& v : values) largest = std::max(largest, v.value.real());
  return largest;
}

double Spectrum::largest_imaginary() const {
  double largest = 0;
  for (const auto& v : values) largest = std::max(largest, std::abs(v.value.imag()));
  return largest;
}

double Spectrum::largest_simultaneous_step() const {
  double step = std::numeric_limits<double>::infinity();
  for (const auto& v : values) {
    step = std::min(step, std::max(0.0, -2 * v.value.real() / std::norm(v.value)));
  }
  return step;
}

void detail::require_path(const PathOptions& options, double distance) {
  if (!(options.from < options.to)) {
    throw Error(
        ErrorCode::kUsage, "microscope",
        cat("the range of a path: got ", options.from, " to ", options.to, ", expected from < to"));
  }
  require_at_least(static_cast<double>(options.points), 2, "points of a path");
  require_finite(distance, "the length of a path");
  if (distance > 0) return;
  throw Error(ErrorCode::kUsage, "microscope",
              "a path from a point to itself has no direction; give an early and a late point");
}

double detail::path_alpha(const PathOptions& options, std::size_t i) {
  const double last = static_cast<double>(options.points - 1);
  return options.from + (options.to - options.from) * static_cast<double>(i) / last;
}

PathAngle path_of(std::vector<PathPoint> points) {
  PathAngle path;
  path.points = std::move(points);
  std::vector<double> sizes;
  double largest = 0;
  for (const auto& p : path.points) {
    sizes.push_back(std::abs(p.cosine));
    if (sizes.back() > largest) {
      largest = sizes.back();
      path.bump_at = p.alpha;
    }
  }
  if (path.points.empty()) return path;
  path.level = median(std::move(sizes));
  path.bump = largest - path.level;
  for (std::size_t i = 0; i + 1 < path.points.size(); ++i) {
    const PathPoint &a = path.points[i], &b = path.points[i + 1];
    if (a.cosine < kSignless || b.cosine > -kSignless) continue;
    const double at = a.alpha + (b.alpha - a.alpha) * a.cosine / (a.cosine - b.cosine);
    if (!path.switches || std::abs(at - 1) < std::abs(*path.switches - 1)) path.switches = at;
  }
  return path;
}

}  // namespace saddle::monitor
