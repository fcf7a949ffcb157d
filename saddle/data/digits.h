#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "saddle/config/visitor.h"

namespace saddle::data {

class Source;
enum class Split;

/// Handwritten-looking digits drawn by strokes; ten classes in equal shares.
struct DigitsWorld {
  static constexpr std::string_view kName = "digits";
  static constexpr std::string_view kDoc = "digits drawn by strokes, without end; needs no files";
  static constexpr bool kReadsFiles = false;
  std::int64_t resolution = 28;
  double slant = 0.22;
  double thickness = 2.5;
  double jitter = 1;

  void fields(config::Visitor& v) {
    v.field("resolution", resolution, "height and width in pixels, 28 or 32",
            {.low = 28, .high = 32});
    v.field("slant", slant, "standard deviation of the slant (shear), in widths per height",
            {.low = 0, .high = 1});
    v.field("thickness", thickness, "typical pen width in pixels", {.low = 1, .high = 5});
    v.field("jitter", jitter, "how much shapes vary: 0 is print, 1 is handwriting",
            {.low = 0, .high = 2});
  }
  bool operator==(const DigitsWorld&) const = default;
};

/// Everything that decides how one digit looks.
struct DigitFactors {
  double slant = 0;        ///< shear, in widths per height; positive leans to the right
  double rotation = 0;     ///< radians, positive is clockwise
  double aspect = 1;       ///< horizontal stretch of the strokes
  double thickness = 2.5;  ///< mean pen width in pixels
  double pressure = 0;     ///< relative swing of the pen width along the strokes
  double scale = 1;        ///< of the 20-pixel box that holds the digit
  double shift_x = 0;      ///< of the centre of mass, in pixels, as far as the ink stays inside
  double shift_y = 0;
  double jitter = 1;            ///< spread of the shape's proportions and control points
  double warp = 0.02;           ///< amplitude of the smooth deformation, in heights
  double softness = 1.1;        ///< width in pixels over which an edge falls from ink to paper
  int style = 0;                ///< which way of writing this digit, below digit_styles(label)
  std::uint64_t shape_key = 0;  ///< key of the draws behind jitter, warp and pressure

  bool operator==(const DigitFactors&) const = default;
};

/// A class and its factors.
struct DigitSample {
  int label = 0;
  DigitFactors factors;
};

/// Number of ways to write the digit: 1 with or without foot, 7 with or without bar, ...
int digit_styles(int label);

/// Sample `index` of the world: a pure function of its parameters, the split and the index.
DigitSample digit_sample(const DigitsWorld& world, Split split, std::uint64_t index);

/// Draws one digit, ink 255 on paper 0, row by row into `out` [resolution * resolution]; the digit
/// keeps its size in pixels, so 32 is 28 with two more pixels of paper on each side.
/// Throws Error(kInternal) when label, style or sizes are out of range.
void draw_digit(int label, const DigitFactors& factors, int resolution,
                std::span<std::uint8_t> out);

/// The world as an endless source: "x" u8 [1,R,R] and "label".
/// Throws Error(kUsage) when a data path is given or the resolution is neither 28 nor 32.
std::shared_ptr<Source> make_source(const DigitsWorld& world, Split split, const std::string& path);

}  // namespace saddle::data
