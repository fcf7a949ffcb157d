#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace saddle::codec {

/// How a series is drawn; kDefault is what the function's name says.
enum class SvgStyle { kDefault, kLine, kDashed, kPoints };

/// One series of a plot. Points with a NaN or an infinity are left out; a line breaks there.
struct SvgSeries {
  std::string name{};       ///< in the legend; no entry when empty
  std::vector<double> x{};  ///< as many as y
  std::vector<double> y{};
  /// CSS colour; empty: the next of a palette of six that works on light and dark; where it begins
  /// anew, lines are dashed.
  std::string colour{};
  double size = 0;  ///< radius of a point or width of a line in pixels; 0: a default
  SvgStyle style = SvgStyle::kDefault;
};

/// A dashed line across the plot at one value of one axis, with a word beside it. Outside of what
/// the axes show it is not drawn, and it does not widen them.
struct SvgMark {
  double at = 0;
  std::string name{};     ///< beside the line; may be empty
  bool vertical = false;  ///< at x = `at`; else at y = `at`
};

/// What stands around the series.
struct SvgOptions {
  std::string title{};
  std::string x_label{};
  std::string y_label{};
  int width = 640;
  int height = 400;
  bool equal_scale = false;  ///< one unit is as long on both axes
  /// What the axes show, low < high; without: all points.
  std::optional<std::pair<double, double>> x_range{};
  std::optional<std::pair<double, double>> y_range{};
  bool legend_above = false;  ///< the legend in rows above the plot instead of within it
  bool log_x = false;         ///< logarithmic: numbers of 0 and less are left out, as a NaN is
  bool log_y = false;
  std::vector<SvgMark> marks{};
  std::string description{};  ///< for those who do not see it; without, the title
};

/// A self-contained SVG with one dot for each point; colours follow prefers-color-scheme.
/// Throws Error(kInternal) when x and y of a series differ in length, a range is not low < high, or
/// one of a logarithmic axis does not lie above 0.
std::string scatter_svg(std::span<const SvgSeries> series, const SvgOptions& options = {});
/// The same with a line through the points of each series.
std::string line_svg(std::span<const SvgSeries> series, const SvgOptions& options = {});

/// The colour of series number `index` where it has none of its own.
std::string_view svg_colour(std::size_t index);

/// Text with <, >, &, and quotes replaced, for XML and HTML.
std::string escape_xml(std::string_view text);

/// Round numbers (1, 2 or 5 times a power of ten apart) inside [low, high], about `wanted` of them;
/// none unless low < high, both finite and more than rounding apart.
std::vector<double> axis_ticks(double low, double high, int wanted);

/// Ticks of a logarithmic axis inside [low, high]: powers of ten, some left out where there are
/// more than about `wanted`; with their double and fivefold where there are fewer than three; round
/// numbers as of `axis_ticks` where that is still too few. None unless 0 < low < high, both finite.
std::vector<double> log_axis_ticks(double low, double high, int wanted);

}  // namespace saddle::codec
