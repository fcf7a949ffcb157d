#include <gtest/gtest.h>

#include <cmath>

#include "saddle/monitor/path_angle.h"
#include "tests/monitor/flat_fields.h"

namespace saddle::monitor {
namespace {

using test::Flat;
using test::Matrix;

// v = -g, where g = M (w - w*) is the gradient's side of the reference's formulas.
Matrix field_of(std::vector<Flat> g, Flat centre = {}) {
  Matrix m = test::matrix_of(std::move(g), std::move(centre));
  for (double& x : m.entries) x = -x;
  return m;
}

double cosine_at(Matrix& field, const Flat& w0, const Flat& w1, double alpha) {
  // Two points, the first of them at alpha.
  const auto path =
      path_angle<FlatSpace>(field, w0, w1, {.from = alpha, .to = alpha + 1, .points = 2});
  return path.points[0].cosine;
}

TEST(PathAngle, OfAttractionGoesFromOneToMinusOne) {
  Matrix field = field_of({{1, 0}, {0, 1}}, {2, -1});
  const auto path = path_angle<FlatSpace>(field, {5, 5}, {2, -1});
  EXPECT_EQ(path.evaluations, 100);
  ASSERT_EQ(path.points.size(), 100U);
  EXPECT_DOUBLE_EQ(path.points.front().alpha, -0.1);
  EXPECT_DOUBLE_EQ(path.points.back().alpha, 1.1);
  for (const auto& p : path.points) {
    EXPECT_NEAR(p.cosine, p.alpha < 1 ? 1 : -1, 1e-12) << p.alpha;
    EXPECT_NEAR(p.speed, std::abs(1 - p.alpha) * path.distance, 1e-12);
  }
  EXPECT_NEAR(path.distance, std::sqrt(45), 1e-12);
  EXPECT_NEAR(path.bump, 0, 1e-12);
  ASSERT_TRUE(path.switches);
  // Between the two points of the grid around 1.
  EXPECT_NEAR(*path.switches, 1, 1.2 / 99);
}

TEST(PathAngle, OfRotationSeenFromItsCentreIsZero) {
  Matrix field = field_of({{0, -1}, {1, 0}}, {2, -1});
  const auto path = path_angle<FlatSpace>(field, {5, 5}, {2, -1});
  for (const auto& p : path.points) EXPECT_NEAR(p.cosine, 0, 1e-12);
  EXPECT_FALSE(path.switches);
}

// The table of the reference: R = [[0,-1],[1,0]], w* = 0, w0 = (1,0), w1 = (0,.05).
TEST(PathAngle, OfRotationMissedByALittleIsTheStatedBump) {
  Matrix field = field_of({{0, -1}, {1, 0}});
  const Flat w0{1, 0}, w1{0, .05};
  struct Row {
    double alpha, cosine;
  };
  for (const Row row : {Row{0, -.049938}, Row{.5, -.099751}, Row{.8, -.244839}, Row{.9, -.455392},
                        Row{1, -.998752}, Row{1.1, -.437561}, Row{1.2, -.239158}}) {
    EXPECT_NEAR(cosine_at(field, w0, w1, row.alpha), row.cosine, 1e-6) << row.alpha;
  }
  const auto path = path_angle<FlatSpace>(field, w0, w1);
  EXPECT_NEAR(path.bump_at, 1, 1.2 / 99);
  EXPECT_GT(path.bump, 0.8);
  EXPECT_NEAR(path.bump + path.level, 0.9988, 0.01);
  EXPECT_FALSE(path.switches);
}

TEST(PathAngle, OfBothIsAPlateauThatSwitches) {
  Matrix field = field_of({{.3, -1}, {1, .3}}, {1, 2});
  const auto path = path_angle<FlatSpace>(field, {4, -2}, {1, 2});
  for (const auto& p : path.points) {
    EXPECT_NEAR(p.cosine, p.alpha < 1 ? .287348 : -.287348, 1e-6) << p.alpha;
  }
  EXPECT_NEAR(path.bump, 0, 1e-9);
  ASSERT_TRUE(path.switches);
  EXPECT_NEAR(*path.switches, 1, 1.2 / 99);
}

TEST(PathAngle, OfRepulsionDoesNotSwitchFromPlusToMinus) {
  Matrix field = field_of({{-1, 0}, {0, -1}});
  EXPECT_FALSE(path_angle<FlatSpace>(field, {1, 1}, {0, 0}).switches);
}

TEST(PathAngle, WhereTheFieldVanishesTheCosineIsZero) {
  Matrix field = field_of({{1, 0}, {0, 1}});
  EXPECT_EQ(cosine_at(field, {1, 1}, {0, 0}, 1), 0);
}

TEST(PathAngle, RefusesARangeOrAPathThatIsNone) {
  Matrix field = field_of({{1}});
  const auto look = [&](const Flat& w0, const Flat& w1, const PathOptions& options) {
    return [&field, w0, w1, options] { path_angle<FlatSpace>(field, w0, w1, options); };
  };
  test::expect_error(look({1}, {0}, {.from = 1, .to = 1}), ErrorCode::kUsage,
                     "[microscope] the range of a path: got 1 to 1, expected from < to");
  test::expect_error(look({1}, {0}, {.points = 1}), ErrorCode::kUsage,
                     "[microscope] points of a path: got 1, expected 2 or more");
  test::expect_error(look({1}, {1}, {}), ErrorCode::kUsage,
                     "[microscope] a path from a point to itself has no direction; give an early "
                     "and a late point");
}

}  // namespace
}  // namespace saddle::monitor
