#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "saddle/config/visitor.h"

namespace saddle::data {

class Source;
enum class Split;

/// The kinds of shape; a kind's place here is its label.
inline constexpr std::array<std::string_view, 10> kShapeKinds = {
    "circle", "square", "triangle", "star", "cross", "ring", "heart", "crescent", "drop", "arrow"};

/// One coloured shape on a background that fades from side to side; equal shares of the kinds.
struct ShapesWorld {
  static constexpr std::string_view kName = "shapes";
  static constexpr std::string_view kDoc =
      "a coloured shape on a fading background, without end; every factor is known; needs no files";
  static constexpr bool kReadsFiles = false;
  std::int64_t resolution = 64;
  std::int64_t kinds = 10;
  double min_size = 0.13;
  double max_size = 0.19;
  double spread = 0.14;
  double gradient = 0.35;
  bool rotate = true;

  void fields(config::Visitor& v) {
    v.field("resolution", resolution, "height and width in pixels", {.low = 16, .high = 256});
    v.field("kinds", kinds,
            "how many kinds of shape, the first of: circle, square, triangle, star, cross, ring, "
            "heart, crescent, drop, arrow",
            {.low = 1, .high = 10});
    v.field("min_size", min_size,
            "least size: radius of the disc of equal area, in widths of the picture",
            {.low = 0.05, .high = 0.5});
    v.field("max_size", max_size, "greatest size", {.low = 0.05, .high = 0.5});
    v.field("spread", spread, "how far a shape's centre lies from the middle at most, in widths",
            {.low = 0, .high = 0.45});
    v.field("gradient", gradient,
            "how much brighter or darker the background gets at most from the middle to a side",
            {.low = 0, .high = 0.45});
    v.field("rotate", rotate, "shapes are turned by any angle");
  }
  bool operator==(const ShapesWorld&) const = default;
};

/// Everything but its kind that decides how one picture looks. Colours are hue, saturation and
/// brightness (HSV), each in [0, 1]; hue 0 and 1 are red, 1/3 green, 2/3 blue.
struct ShapeFactors {
  double x = 0.5;      ///< centre of mass of the shape, in widths from the left
  double y = 0.5;      ///< the same in heights from the top
  double size = 0.15;  ///< radius of the disc of the same area, in widths
  double turn = 0;     ///< clockwise, in [0, 1) of the angle after which the kind looks the same
  double hue = 0;      ///< colour of the shape
  double saturation = 0.8;
  double brightness = 0.9;
  double background_hue = 0.6;  ///< colour of the background in the middle of the picture
  double background_saturation = 0.5;
  double background_brightness = 0.3;
  double gradient_x = 0;  ///< relative change of the background from the middle to the right side
  double gradient_y = 0;  ///< the same from the middle to the bottom

  bool operator==(const ShapeFactors&) const = default;
};
inline constexpr std::size_t kShapeFactorCount = 12;

/// A kind and its factors.
struct ShapeSample {
  int label = 0;
  ShapeFactors factors;
};

/// One factor: where it is kept and how it is distributed.
struct ShapeFactorRange {
  std::string_view name;
  double ShapeFactors::*value;
  double low;
  double high;
  bool cyclic = false;  ///< both ends look the same: turn and hues
};

/// The distribution of the world: kinds in equal shares; every factor is uniform in [low, high) and
/// independent of the kind and of all others, but for the turn of a circle or ring, which is 0.
/// In the order of ShapeFactors.
std::array<ShapeFactorRange, kShapeFactorCount> shape_truth(const ShapesWorld& world);

/// The angle in radians after which a kind looks the same: turn times it is the rotation. 2 pi for
/// heart, crescent, drop and arrow, 0 for circle and ring. Throws Error(kInternal) for no kind.
double shape_period(int label);

/// The factors in the order of ShapeFactors, each mapped from its range in `shape_truth` to [0, 1);
/// 0 where the range is empty.
std::array<float, kShapeFactorCount> normalised_factors(const ShapesWorld& world,
                                                        const ShapeFactors& factors);

/// Red, green and blue in [0, 1] of a colour of hue, saturation and brightness in [0, 1].
std::array<double, 3> rgb_of_hsv(double hue, double saturation, double brightness);
/// The inverse of rgb_of_hsv; hue is 0 for greys.
std::array<double, 3> hsv_of_rgb(double red, double green, double blue);

/// Sample `index` of the world: a pure function of its parameters, the split and the index.
ShapeSample shape_sample(const ShapesWorld& world, Split split, std::uint64_t index);

/// Throws Error(kInternal) unless 16 <= resolution <= 256 and `bytes` is 3 * resolution^2.
void require_shape_picture(int resolution, std::size_t bytes);

/// Draws one picture into `out` [3, resolution, resolution]: the share of a pixel that the shape
/// covers follows from the exact distance to its outline, over one pixel.
/// Throws Error(kInternal) as require_shape_picture does, and for a label that is no kind.
void draw_shape(int label, const ShapeFactors& factors, int resolution,
                std::span<std::uint8_t> out);

/// Throws Error(kUsage) when the sizes are out of order or a shape could leave the picture.
void require_shapes_fit(const ShapesWorld& world);

/// The world as an endless source: "x" u8 [3,R,R], "label" i64 [], and "factors" f32 [12] as
/// `normalised_factors` gives them. Throws Error(kUsage) when a data path is given, and as
/// require_shapes_fit does.
std::shared_ptr<Source> make_source(const ShapesWorld& world, Split split, const std::string& path);

}  // namespace saddle::data
