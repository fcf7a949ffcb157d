#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "saddle/monitor/field_of.h"

namespace saddle::monitor {

struct PathOptions {
  double from = -0.1, to = 1.1;  ///< range of alpha, from < to
  std::size_t points = 100;      ///< evenly spaced, ends included; 2 or more
};

/// The field at one point of the line from w0 (alpha 0) to w1 (alpha 1).
struct PathPoint {
  double alpha = 0;
  double cosine = 0;  ///< <w0 - w1, -v> / (|w0 - w1| |v|) in [-1,1]; 0 where v = 0
  double speed = 0;   ///< |v|
};

/// The path-angle between an early and a late point of training (Berard 2020, arXiv:1906.04848).
/// A switch from + to - near alpha 1 is attraction to w1, a bump near it is rotation around it; a
/// game with both shows both. Cost: one field evaluation a point.
struct PathAngle {
  static constexpr std::string_view kValidFor =
      "every objective; the height of a bump depends on the direction in which w1 misses the "
      "equilibrium";

  std::vector<PathPoint> points;
  double distance = 0;             ///< |w0 - w1|
  double level = 0;                ///< median of |cosine|
  double bump = 0;                 ///< largest |cosine| above the level, in [0,1]
  double bump_at = 0;              ///< alpha of the largest |cosine|
  std::optional<double> switches;  ///< alpha, nearest 1, where the cosine goes from + to -
  std::int64_t evaluations = 0;    ///< of the field
};

/// Level, bump and switch of points in the order of alpha.
PathAngle path_of(std::vector<PathPoint> points);

namespace detail {
void require_path(const PathOptions& options, double distance);
double path_alpha(const PathOptions& options, std::size_t i);
}  // namespace detail

/// Looks along the line from w0 to w1. Throws Error(kUsage) for a range or number of points that is
/// none, or where w0 = w1; Error(kNumeric) where the field is not finite.
template <class S, class F>
requires FieldOf<F, S> PathAngle path_angle(F& field, const typename S::Vector& w0,
                                            const typename S::Vector& w1,
                                            const PathOptions& options = {}) {
  auto back = detail::clone<S>(w0);
  S::axpy(back, -1, w1);
  const double distance = detail::norm<S>(back);
  detail::require_path(options, distance);
  auto w = S::zeros_like(w0), v = S::zeros_like(w0);
  std::vector<PathPoint> points;
  for (std::size_t i = 0; i < options.points; ++i) {
    const double alpha = detail::path_alpha(options, i);
    S::copy(w, w0);
    S::axpy(w, -alpha, back);
    field.evaluate(w, v);
    const double speed = detail::norm<S>(v);
    detail::require_finite(speed, "the field of the game");
    const double cosine = speed > 0 ? -S::dot(back, v) / (distance * speed) : 0;
    points.push_back({alpha, cosine, speed});
  }
  PathAngle path = path_of(std::move(points));
  path.distance = distance;
  path.evaluations = static_cast<std::int64_t>(options.points);
  return path;
}

}  // namespace saddle::monitor
