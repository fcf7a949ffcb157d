#include "saddle/codec/svg.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/base/temporary.h"

namespace saddle::codec {
namespace {

int count(const std::string& text, const std::string& part) {
  int out = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++out;
  }
  return out;
}

TEST(Svg, TicksAreRound) {
  EXPECT_EQ(axis_ticks(0, 10, 5), (std::vector<double>{0, 2, 4, 6, 8, 10}));
  EXPECT_EQ(axis_ticks(-1.2, 1.2, 4), (std::vector<double>{-1, 0, 1}));
  EXPECT_EQ(axis_ticks(0, 1e6, 2), (std::vector<double>{0, 5e5, 1e6}));
  EXPECT_TRUE(axis_ticks(1, 1, 5).empty());
  EXPECT_TRUE(axis_ticks(0, INFINITY, 5).empty());
  EXPECT_TRUE(axis_ticks(1, 1 + 2e-16, 5).empty());
}

TEST(Svg, PointsMapToTheFrame) {
  const SvgSeries series{.name = "s", .x = {0, 10}, .y = {0, 10}, .colour = "red", .size = 3};
  const SvgOptions options{.width = 400,
                           .height = 300,
                           .x_range = std::pair(0.0, 10.0),
                           .y_range = std::pair(0.0, 10.0)};
  const std::string svg = scatter_svg({&series, 1}, options);
  // Left margin 56, right 16, top 14, bottom 30.
  EXPECT_EQ(count(svg, "M56.0 270.0h0M384.0 14.0h0"), 1) << svg;
  EXPECT_EQ(count(svg, "stroke=\"red\" stroke-width=\"6.0\""), 1);
}

TEST(Svg, LinesBreakAtNan) {
  const SvgSeries series{.name = "", .x = {0, 1, 2, 3, 4}, .y = {0, 1, NAN, 1, 0}};
  const std::string svg = line_svg({&series, 1});
  const std::size_t d = svg.find("stroke-linejoin=\"round\" fill=\"none\" d=\"");
  ASSERT_NE(d, std::string::npos);
  const std::string path = svg.substr(d, svg.find("/>", d) - d);
  EXPECT_EQ(count(path, "M"), 2);
  EXPECT_EQ(count(path, "L"), 2);
}

TEST(Svg, HasLegendLabelsAndBothColourSchemes) {
  const std::vector<SvgSeries> series = {{"real <b>", {0, 1}, {0, 1}, "", 0},
                                         {"fake", {0, 1}, {1, 0}, "", 0}};
  const std::string svg = line_svg(
      series, {.title = "A & B", .x_label = "samples", .y_label = "loss", .equal_scale = true});
  EXPECT_EQ(count(svg, ">real &lt;b&gt;</text>"), 1);
  EXPECT_EQ(count(svg, ">fake</text>"), 1);
  EXPECT_EQ(count(svg, ">A &amp; B</text>"), 1);
  EXPECT_EQ(count(svg, ">samples</text>"), 1);
  EXPECT_EQ(count(svg, ">loss</text>"), 1);
  EXPECT_EQ(count(svg, "prefers-color-scheme:dark"), 1);
  EXPECT_EQ(count(svg, "#0072b2"), 2) << "line and legend";
  EXPECT_EQ(count(svg, "#e69f00"), 2);
}

TEST(Svg, EmptyAndConstantSeriesStillDraw) {
  EXPECT_EQ(count(scatter_svg({}), "</svg>"), 1);
  const SvgSeries constant{.name = "c", .x = {5, 5}, .y = {0, 0}};
  const std::string svg = line_svg({&constant, 1});
  EXPECT_EQ(count(svg, "nan"), 0);
  EXPECT_EQ(count(svg, "inf"), 0);
}

TEST(Svg, UnequalSeriesAreRefused) {
  const SvgSeries series{.name = "s", .x = {1, 2}, .y = {1}};
  test::expect_error(
      [&] {
        line_svg({&series, 1});
      },
      ErrorCode::kInternal, "[svg] series 's' has 2 x and 1 y");
}

}  // namespace
}  // namespace saddle::codec
