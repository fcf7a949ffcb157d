#include "saddle/lab/planar.h"

#include <numbers>

#include "saddle/base/eigen.h"
#include "saddle/lab/numeric.h"

namespace saddle::lab {

codec::SvgSeries in_the_plane(std::string name, const std::vector<Place>& trail) {
  codec::SvgSeries series{.name = std::move(name)};
  for (const Place& place : trail) {
    series.x.push_back(place.x);
    series.y.push_back(place.y);
  }
  return series;
}

codec::SvgSeries distances(std::string name, const std::vector<Place>& trail, std::int64_t every,
                           std::int64_t first) {
  codec::SvgSeries series{.name = std::move(name)};
  std::int64_t step = first;
  for (const Place& place : trail) {
    series.x.push_back(static_cast<double>(step));
    series.y.push_back(place.distance());
    step += every;
  }
  return series;
}

codec::SvgSeries circle(std::string name, double radius) {
  codec::SvgSeries series{.name = std::move(name), .style = codec::SvgStyle::kDashed};
  for (const double angle : evenly(0, 2 * std::numbers::pi, 121)) {
    series.x.push_back(radius * std::cos(angle));
    series.y.push_back(radius * std::sin(angle));
  }
  return series;
}

double turning_point(double low, double high, const std::function<bool(double)>& holds_at) {
  constexpr int kHalvings = 60;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (holds_at(middle) ? low : high) = middle;
  }
  return low;
}

double lowest_point(double low, double high, const std::function<double(double)>& f) {
  // Golden sections; beyond that many the values differ by rounding alone.
  constexpr int kSections = 45;
  const double share = (std::sqrt(5.0) - 1) / 2;
  for (int i = 0; i < kSections; ++i) {
    const double left = high - share * (high - low), right = low + share * (high - low);
    (f(left) < f(right) ? high : low) = f(left) < f(right) ? right : left;
  }
  return (low + high) / 2;
}

double largest_root(const std::vector<double>& coefficients) {
  const std::size_t n = coefficients.size();
  std::vector<double> companion(n * n, 0.0);
  for (std::size_t j = 0; j < n; ++j) companion[j] = -coefficients[j];
  for (std::size_t i = 1; i < n; ++i) companion[i * n + i - 1] = 1;
  return spectral_radius(companion, n);
}

}  // namespace saddle::lab
