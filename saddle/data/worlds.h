#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/config/visitor.h"

namespace saddle::data {

class Source;
enum class Split;

/// A point of a world and the mode, arc or shell it came from (-1 where there is none).
struct Point {
  std::vector<double> x{};  ///< [D]
  std::int64_t label = -1;
};

/// What is known about a world of points of D numbers.
struct PointTruth {
  std::int64_t dimensions = 2;                 ///< D
  std::vector<std::vector<double>> centres{};  ///< [D] of each Gaussian mode; empty: not a mixture
  double sd = 0;                               ///< of a mode, or of the noise around the curve
  /// The world lies in [-extent, extent]^D, but for noise beyond 5 sd.
  double extent = 1;
  /// Natural logarithm of the density at a point [D], per unit of length, area or volume.
  std::function<double(std::span<const double>)> log_density{};
};

/// The noise around a curve: below 1e-3 the density, a sum along the curve, would be too coarse.
inline constexpr config::Range kCurveNoise{.low = 1e-3};

/// Gaussian modes at equal distances on a line around 0, from the left; equal shares.
struct LineWorld {
  static constexpr std::string_view kName = "line";
  static constexpr std::string_view kDoc = "Gaussian modes on a line: points of one number";
  static constexpr bool kReadsFiles = false;
  std::int64_t modes = 5;
  double spacing = 2;
  double sd = 0.05;

  void fields(config::Visitor& v) {
    v.field("modes", modes, "number of modes", {.low = 1, .high = 100000});
    v.field("spacing", spacing, "distance between neighbours", config::kPositive);
    v.field("sd", sd, "standard deviation of a mode", config::kPositive);
  }
  bool operator==(const LineWorld&) const = default;
};

/// Gaussian modes at equal angles on a circle; mode 0 at angle 0, equal shares.
struct RingWorld {
  static constexpr std::string_view kName = "ring";
  static constexpr std::string_view kDoc = "Gaussian modes on a circle";
  static constexpr bool kReadsFiles = false;
  std::int64_t modes = 8;
  double radius = 1;
  double sd = 0.01;

  void fields(config::Visitor& v) {
    v.field("modes", modes, "number of modes", {.low = 1, .high = 100000});
    v.field("radius", radius, "radius of the circle", config::kPositive);
    v.field("sd", sd, "standard deviation of a mode", config::kPositive);
  }
  bool operator==(const RingWorld&) const = default;
};

/// Gaussian modes on a square grid around the origin, row by row from the lower left; equal shares.
struct GridWorld {
  static constexpr std::string_view kName = "grid";
  static constexpr std::string_view kDoc = "Gaussian modes on a square grid";
  static constexpr bool kReadsFiles = false;
  std::int64_t side = 5;
  double spacing = 2;
  double sd = 0.05;

  void fields(config::Visitor& v) {
    v.field("side", side, "modes along one side", {.low = 1, .high = 300});
    v.field("spacing", spacing, "distance between neighbours", config::kPositive);
    v.field("sd", sd, "standard deviation of a mode", config::kPositive);
  }
  bool operator==(const GridWorld&) const = default;
};

/// Two interleaved half circles of radius 1, centred, with Gaussian noise: (cos t - .5, sin t -
/// .25) and (.5 - cos t, .25 - sin t), t uniform in [0, pi].
struct MoonsWorld {
  static constexpr std::string_view kName = "moons";
  static constexpr std::string_view kDoc = "two interleaved half circles";
  static constexpr bool kReadsFiles = false;
  double sd = 0.05;

  void fields(config::Visitor& v) {
    v.field("sd", sd, "standard deviation of the noise around the arcs", kCurveNoise);
  }
  bool operator==(const MoonsWorld&) const = default;
};

/// A spiral (t cos t, t sin t) / (4.5 pi), t uniform in [1.5 pi, 4.5 pi], with Gaussian noise.
struct SwissRollWorld {
  static constexpr std::string_view kName = "swiss_roll";
  static constexpr std::string_view kDoc = "a spiral of one and a half turns";
  static constexpr bool kReadsFiles = false;
  double sd = 0.02;

  void fields(config::Visitor& v) {
    v.field("sd", sd, "standard deviation of the noise around the spiral", kCurveNoise);
  }
  bool operator==(const SwissRollWorld&) const = default;
};

/// Concentric circles, or spheres of more dimensions, of radius k / shells, k = 1..shells,
/// uniformly covered, with Gaussian noise; equal shares.
struct ShellsWorld {
  static constexpr std::string_view kName = "shells";
  static constexpr std::string_view kDoc = "concentric circles or spheres";
  static constexpr bool kReadsFiles = false;
  std::int64_t shells = 3;
  std::int64_t dimensions = 2;
  double sd = 0.02;

  void fields(config::Visitor& v) {
    v.field("shells", shells, "number of circles or spheres", {.low = 1, .high = 100000});
    v.field("dimensions", dimensions, "numbers of a point: 2 for circles, 3 and more for spheres",
            {.low = 2, .high = 64});
    v.field("sd", sd, "standard deviation of the noise around them", config::kPositive);
  }
  bool operator==(const ShellsWorld&) const = default;
};

/// Point `index` of a world: a pure function of its parameters, the split and the index.
Point world_point(const LineWorld& world, Split split, std::uint64_t index);
Point world_point(const RingWorld& world, Split split, std::uint64_t index);
Point world_point(const GridWorld& world, Split split, std::uint64_t index);
Point world_point(const MoonsWorld& world, Split split, std::uint64_t index);
Point world_point(const SwissRollWorld& world, Split split, std::uint64_t index);
Point world_point(const ShellsWorld& world, Split split, std::uint64_t index);

/// Centres, spread and density of a world.
PointTruth point_truth(const LineWorld& world);
PointTruth point_truth(const RingWorld& world);
PointTruth point_truth(const GridWorld& world);
PointTruth point_truth(const MoonsWorld& world);
PointTruth point_truth(const SwissRollWorld& world);
PointTruth point_truth(const ShellsWorld& world);

/// The world as an endless source: "x" f32 [D], and "label" (mode, arc or shell) where it has them.
/// Throws Error(kUsage) when a data path is given.
std::shared_ptr<Source> make_source(const LineWorld& world, Split split, const std::string& path);
std::shared_ptr<Source> make_source(const RingWorld& world, Split split, const std::string& path);
std::shared_ptr<Source> make_source(const GridWorld& world, Split split, const std::string& path);
std::shared_ptr<Source> make_source(const MoonsWorld& world, Split split, const std::string& path);
std::shared_ptr<Source> make_source(const SwissRollWorld& world, Split split,
                                    const std::string& path);
std::shared_ptr<Source> make_source(const ShellsWorld& world, Split split, const std::string& path);

}  // namespace saddle::data
