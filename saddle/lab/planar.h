#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "saddle/codec/svg.h"
#include "saddle/dynamics/flat_game.h"
#include "saddle/dynamics/one_step.h"

namespace saddle::lab {

/// Where two players with a number each stand.
struct Place {
  double x = 1;
  double y = 1;

  double distance() const { return std::hypot(x, y); }
};

/// Extremes of the distance from the origin.
struct Extent {
  double low = 1e300;
  double high = 0;
  double last = 0;

  void see(double distance) {
    last = distance;
    low = std::min(low, distance);
    high = std::max(high, distance);
  }
};

/// A game of two players with a number each, at `start`.
template <Field F>
FlatGame<F> planar_game(const F& field, Place start, double rate) {
  return {field, {{start.x}, {start.y}}, std::vector<double>{rate, rate}};
}

template <class Row, Field F>
Place place_of(FlatStepper<Row, F>& stepper) {
  const std::vector<double>& z = stepper.game().position();
  return {z[0], z[1]};
}

/// The places of a run, the start counted, one of `every`; it ends early where a number overflows.
template <class Row, Field F>
std::vector<Place> trail_of(const Row& row, FlatGame<F> game, std::int64_t steps,
                            std::int64_t every = 1) {
  FlatStepper<Row, F> stepper(row, std::move(game));
  std::vector<Place> trail{place_of(stepper)};
  for (std::int64_t i = 1; i <= steps; ++i) {
    stepper.step();
    if (i % every != 0) continue;
    const Place place = place_of(stepper);
    if (!std::isfinite(place.distance())) break;
    trail.push_back(place);
  }
  return trail;
}

/// The extremes over the last `tail` of `steps` steps.
template <class Row, Field F>
Extent extent_of_tail(const Row& row, FlatGame<F> game, std::int64_t steps, std::int64_t tail) {
  FlatStepper<Row, F> stepper(row, std::move(game));
  Extent seen;
  for (std::int64_t i = 0; i < steps; ++i) {
    stepper.step();
    if (i >= steps - tail) seen.see(place_of(stepper).distance());
  }
  return seen;
}

/// Points to draw in the plane.
codec::SvgSeries in_the_plane(std::string name, const std::vector<Place>& trail);
/// The distance of each place against the step, the first being step `first`.
codec::SvgSeries distances(std::string name, const std::vector<Place>& trail,
                           std::int64_t every = 1, std::int64_t first = 0);
/// A circle around the origin, dashed.
codec::SvgSeries circle(std::string name, double radius);

/// Where `holds_at` turns from true, at `low`, to false, at `high`; to rounding.
double turning_point(double low, double high, const std::function<bool(double)>& holds_at);
/// Where a function with one minimum in [low, high] has it; to about 1e-8.
double lowest_point(double low, double high, const std::function<double(double)>& f);
/// The largest modulus among the roots of t^n + c[0] t^(n-1) + ... + c[n-1].
double largest_root(const std::vector<double>& coefficients);

}  // namespace saddle::lab
