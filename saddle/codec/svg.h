#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace saddle::codec {

/// One series of a plot. Points with a NaN or an infinity are left out; a line breaks there.
struct SvgSeries {
  std::string name{};       ///< in the legend; no entry when empty
  std::vector<double> x{};  ///< as many as y
  std::vector<double> y{};
  std::string colour{};  ///< CSS colour; empty: the next of a palette that works on light and dark
  double size = 0;       ///< radius of a point or width of a line in pixels; 0: a default
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
};

/// A self-contained SVG with one dot for each point; colours follow prefers-color-scheme.
/// Throws Error(kInternal) when x and y of a series differ in length, or a range is not low < high.
std::string scatter_svg(std::span<const SvgSeries> series, const SvgOptions& options = {});
/// The same with a line through the points of each series.
std::string line_svg(std::span<const SvgSeries> series, const SvgOptions& options = {});

/// Text with <, >, &, and quotes replaced, for XML and HTML.
std::string escape_xml(std::string_view text);

/// Round numbers (1, 2 or 5 times a power of ten apart) inside [low, high], about `wanted` of them;
/// none unless low < high, both finite.
std::vector<double> axis_ticks(double low, double high, int wanted);

}  // namespace saddle::codec
