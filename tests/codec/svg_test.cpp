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
  // Neighbouring doubles: fewer of them than ticks wanted.
  EXPECT_TRUE(axis_ticks(0.10000000149011612, 0.10000000149011616, 5).empty());
  EXPECT_TRUE(axis_ticks(-1e300, -1e300 * (1 - 1e-15), 5).empty());
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

// A value that moves by its last bit is drawn as a level line, with numbers beside it.
TEST(Svg, RoundingIsNotStretchedOverThePlot) {
  const SvgSeries series{.name = "", .x = {0, 1}, .y = {0.1, std::nextafter(0.1, 1)}};
  const std::string svg = line_svg({&series, 1}, {.height = 300});
  EXPECT_EQ(count(svg, "d=\"M77.0 142.0L603.0 142.0\""), 1) << svg;
  EXPECT_EQ(count(svg, ">-0.4</text>"), 1) << svg;
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

TEST(Svg, ColoursAreReadableWithoutABrowser) {
  const SvgSeries series{.name = "s", .x = {0, 1}, .y = {0, 1}};
  const std::string svg = line_svg({&series, 1});
  EXPECT_EQ(count(svg, "var("), 0);
  EXPECT_EQ(count(svg, ".saddle-plot .frame{stroke:#222;fill:none}"), 1);
}

TEST(Svg, TheSecondRoundOfThePaletteIsDashed) {
  std::vector<SvgSeries> series;
  for (int i = 0; i < 8; ++i) {
    series.push_back({.name = std::to_string(i), .x = {0, 1}, .y = {0, double(i)}});
  }
  const std::string svg = line_svg(series);
  EXPECT_EQ(count(svg, "#0072b2"), 4);
  EXPECT_EQ(count(svg, "stroke-dasharray=\"6 4\""), 2) << "lines";
  EXPECT_EQ(count(svg, "stroke-dasharray=\"4 2\""), 2) << "legend";
  EXPECT_EQ(count(scatter_svg(series), "stroke-dasharray=\""), 0);
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

TEST(Svg, LogarithmicTicksArePowersOfTenOrFinerWhereTheseAreFew) {
  const auto expect_ticks = [](const std::vector<double>& found,
                               const std::vector<double>& wanted) {
    ASSERT_EQ(found.size(), wanted.size());
    for (std::size_t i = 0; i < found.size(); ++i)
      EXPECT_NEAR(found[i], wanted[i], 1e-9 * wanted[i]);
  };
  expect_ticks(log_axis_ticks(0.5, 2000, 8), {1, 10, 100, 1000});
  expect_ticks(log_axis_ticks(1e-6, 1e6, 4), {1e-6, 1e-2, 1e2, 1e6});
  expect_ticks(log_axis_ticks(1, 10, 5), {1, 2, 5, 10});
  expect_ticks(log_axis_ticks(3, 4, 2), {3, 3.5, 4});
  EXPECT_TRUE(log_axis_ticks(0, 10, 5).empty());
  EXPECT_TRUE(log_axis_ticks(10, 10, 5).empty());
  EXPECT_TRUE(log_axis_ticks(1, INFINITY, 5).empty());
}

TEST(Svg, LogarithmicAxesMapEqualRatiosToEqualLengths) {
  const SvgSeries series{.x = {1, 10, 100}, .y = {5, 0.5, 50}};
  const SvgOptions options{.width = 472,
                           .height = 244,
                           .x_range = std::pair(1.0, 100.0),
                           .y_range = std::pair(0.5, 50.0),
                           .log_x = true,
                           .log_y = true};
  // The plot is 400 wide from 56 and 200 high from 14.
  EXPECT_EQ(count(line_svg({&series, 1}, options), "M56.0 114.0L256.0 214.0L456.0 14.0"), 1);
}

TEST(Svg, LogarithmicAxesLeaveOutWhatIsNotAboveZero) {
  const SvgSeries series{.x = {1, 2, 3, 4, 5}, .y = {1, 10, 0, -3, 100}};
  const std::string svg = line_svg({&series, 1}, {.log_y = true});
  EXPECT_EQ(count(svg, "nan"), 0);
  EXPECT_EQ(count(svg, "inf"), 0);
  const std::size_t d = svg.find("fill=\"none\" d=\"");
  const std::string path = svg.substr(d, svg.find("/>", d) - d);
  EXPECT_EQ(count(path, "M"), 2) << "broken where values are left out";
  test::expect_error(
      [&] {
        line_svg({&series, 1}, {.y_range = std::pair(0.0, 1.0), .log_y = true});
      },
      ErrorCode::kInternal, "[svg] got the range 0 to 1, expected 0 < low < high");
}

TEST(Svg, FarPowersOfTenAreWrittenWithAnExponent) {
  const SvgSeries series{.x = {0, 1}, .y = {1e-9, 1e6}};
  const std::string svg = line_svg({&series, 1}, {.log_y = true});
  EXPECT_EQ(count(svg, ">10\u207b\u2074</text>") + count(svg, ">10\u207b\u2076</text>"), 1) << svg;
}

TEST(Svg, MarksAreDrawnWithinTheAxesOnlyAndDoNotWidenThem) {
  const SvgSeries series{.x = {0, 1}, .y = {0, 1}};
  const SvgOptions plain{.x_range = std::pair(0.0, 1.0), .y_range = std::pair(0.0, 1.0)};
  SvgOptions marked = plain;
  marked.marks = {{.at = 0.5, .name = "half & half"},
                  {.at = 0.25, .name = "early", .vertical = true},
                  {.at = 7, .name = "outside"}};
  const std::string svg = line_svg({&series, 1}, marked);
  EXPECT_EQ(count(svg, "class=\"mark\""), 2);
  EXPECT_EQ(count(svg, ">half &amp; half</text>"), 1);
  EXPECT_EQ(count(svg, ">early</text>"), 1);
  EXPECT_EQ(count(svg, "outside"), 0);
  EXPECT_EQ(count(line_svg({&series, 1}, plain), "class=\"mark\""), 0);
}

TEST(Svg, SeriesMayDifferInStyle) {
  const std::vector<SvgSeries> series{{.x = {0, 1}, .y = {0, 1}},
                                      {.x = {0, 1}, .y = {0, 1}, .style = SvgStyle::kDashed},
                                      {.x = {0, 1}, .y = {0, 1}, .style = SvgStyle::kPoints}};
  const std::string svg = line_svg(series);
  EXPECT_EQ(count(svg, "stroke-linejoin"), 2);
  EXPECT_EQ(count(svg, "stroke-dasharray=\"6 4\""), 1);
  EXPECT_EQ(count(svg, "stroke-linecap"), 1);
}

TEST(Svg, ALegendAboveTakesRowsAndLeavesThePlotFree) {
  const std::vector<SvgSeries> series{
      {.name = "a rather long name of a first curve", .x = {0}, .y = {0}},
      {.name = "a rather long name of a second one", .x = {1}, .y = {1}}};
  const std::string wide = line_svg(series, {.width = 900, .legend_above = true});
  const std::string narrow = line_svg(series, {.width = 320, .legend_above = true});
  // Frame at 14 without a title, and 17 for each row.
  EXPECT_EQ(count(wide, "class=\"frame\" x=\"56.0\" y=\"31.0\""), 1);
  EXPECT_EQ(count(narrow, "class=\"frame\" x=\"56.0\" y=\"48.0\""), 1);
}

}  // namespace
}  // namespace saddle::codec
