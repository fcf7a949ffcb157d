// The bounded float32 search against plain loops in float64, where rounding would tell.
#include "saddle/metric/neighbours.h"

#include <algorithm>
#include <utility>

#include "saddle/metric/expected_coverage.h"
#include "saddle/metric/manifold.h"
#include "tests/metric/fixtures.h"

namespace saddle::test {
namespace {

using metric::exact_square;
using metric::FeatureRows;
using metric::ManifoldScores;
using metric::Neighbours;

struct RowCase {
  const char* name;
  at::Tensor x, y;
};

at::Tensor whole_numbers(std::uint64_t draw, at::IntArrayRef shape, std::int64_t below) {
  return random_integers(test_key(draw), below, shape, at::TensorOptions().dtype(at::kLong))
      .to(at::kDouble);
}

// More rows than a block of 1,024 in the first, so that blocks meet.
std::vector<RowCase> hard_cases() {
  const at::Tensor twins = normal(60, {20, 5});
  at::Tensor outlier = normal(61, {90, 6}) * 1e-12;
  outlier[7][3] = 1e6;
  const auto pick = [](std::uint64_t draw, std::int64_t n) {
    return random_integers(test_key(draw), 20, {n}, at::TensorOptions().dtype(at::kLong));
  };
  return {
      {"a lattice, where most distances are equal", whole_numbers(50, {1300, 3}, 6),
       whole_numbers(51, {1100, 3}, 6)},
      {"duplicates", twins.index_select(0, pick(62, 300)), twins.index_select(0, pick(63, 200))},
      {"far from the origin", normal(52, {200, 16}) * 1e-3 + 1e6,
       normal(53, {150, 16}) * 1e-3 + 1e6},
      {"two far clusters", at::cat({normal(54, {80, 4}), normal(55, {80, 4}) + 1e8}),
       at::cat({normal(56, {70, 4}), normal(57, {70, 4}) + 1e8})},
      {"an outlier that takes all digits", outlier, normal(64, {80, 6}) * 1e-12},
      {"huge numbers", normal(58, {120, 7}) * 1e149, normal(59, {100, 7}) * 1e149},
      {"all rows equal", at::full({100, 9}, 0.1, at::kDouble), at::full({90, 9}, 0.1, at::kDouble)},
      {"float32 rows", normal(65, {257, 33}).to(at::kFloat), normal(66, {255, 33}).to(at::kFloat)},
      {"float32 against float64", normal(67, {60, 3}).to(at::kFloat), normal(68, {50, 3})}};
}

std::vector<std::pair<double, std::int64_t>> sorted_squares(const FeatureRows& x, std::int64_t i,
                                                            const FeatureRows& y, bool own) {
  std::vector<std::pair<double, std::int64_t>> all;
  for (std::int64_t j = 0; j < y.size(); ++j) {
    if (!own || j != i) all.emplace_back(exact_square(x, i, y, j), j);
  }
  std::ranges::sort(all);
  return all;
}

void expect_the_nearest(const Neighbours& found, const FeatureRows& x, const FeatureRows& y,
                        bool own, const char* what) {
  for (std::int64_t i = 0; i < x.size(); ++i) {
    const auto all = sorted_squares(x, i, y, own);
    for (std::int64_t rank = 0; rank < found.k; ++rank) {
      ASSERT_EQ(found.square(i, rank), all[rank].first) << what << ", row " << i;
      ASSERT_EQ(found.index(i, rank), all[rank].second) << what << ", row " << i;
    }
  }
}

TEST(Neighbours, AreThoseOfPlainLoopsTiesIncluded) {
  for (const RowCase& c : hard_cases()) {
    const FeatureRows x(c.x, "test", "x"), y(c.y, "test", "y");
    expect_the_nearest(metric::nearest(x, y, 4), x, y, false, c.name);
    expect_the_nearest(metric::nearest_others(x, 5), x, x, true, c.name);
  }
}

/// The definition, pair by pair.
ManifoldScores plain_scores(const FeatureRows& real, const FeatureRows& fake, std::int64_t k) {
  const Neighbours reals = metric::nearest_others(real, k), fakes = metric::nearest_others(fake, k);
  const std::int64_t n = real.size(), m = fake.size();
  std::vector<int> precision[2], recall[2], coverage[2];
  double balls[2] = {0, 0};
  for (int open = 0; open < 2; ++open) {
    precision[open].resize(m), recall[open].resize(n), coverage[open].resize(n);
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = 0; j < m; ++j) {
        const double square = exact_square(real, i, fake, j);
        const auto within = [&](double radius) {
          return open ? square < radius : square <= radius;
        };
        if (within(reals.square(i, k - 1)))
          precision[open][j] = coverage[open][i] = 1, ++balls[open];
        if (within(fakes.square(j, k - 1))) recall[open][i] = 1;
      }
    }
  }
  const auto share = [](const std::vector<int>& flags) {
    return static_cast<double>(std::ranges::count(flags, 1)) / static_cast<double>(flags.size());
  };
  return {.k = k,
          .precision_closed = share(precision[0]),
          .precision_open = share(precision[1]),
          .recall_closed = share(recall[0]),
          .recall_open = share(recall[1]),
          .density_closed = balls[0] / static_cast<double>(k * m),
          .density_open = balls[1] / static_cast<double>(k * m),
          .coverage_closed = share(coverage[0]),
          .coverage_open = share(coverage[1])};
}

TEST(Manifold, ScoresAreThoseOfPlainLoopsWithClosedAndOpenBalls) {
  for (const RowCase& c : hard_cases()) {
    const FeatureRows x(c.x, "test", "x"), y(c.y, "test", "y");
    const auto scores = metric::manifold_scores(x, y, {3, 5});
    for (const ManifoldScores& s : scores) {
      const ManifoldScores plain = plain_scores(x, y, s.k);
      EXPECT_EQ(s.precision_closed, plain.precision_closed) << c.name;
      EXPECT_EQ(s.precision_open, plain.precision_open) << c.name;
      EXPECT_EQ(s.recall_closed, plain.recall_closed) << c.name;
      EXPECT_EQ(s.recall_open, plain.recall_open) << c.name;
      EXPECT_EQ(s.density_closed, plain.density_closed) << c.name;
      EXPECT_EQ(s.density_open, plain.density_open) << c.name;
      EXPECT_EQ(s.coverage_closed, plain.coverage_closed) << c.name;
      EXPECT_EQ(s.coverage_open, plain.coverage_open) << c.name;
    }
  }
}

TEST(Manifold, CopiedRowsAreInsideClosedBallsOfRadiusZeroAndOutsideOpenOnes) {
  const at::Tensor same = at::full({50, 4}, 0.3, at::kDouble);
  const auto s =
      metric::manifold_scores(FeatureRows(same, "test", "x"), FeatureRows(same, "test", "y"), {3})
          .at(0);
  EXPECT_EQ(s.precision_closed, 1);
  EXPECT_EQ(s.recall_closed, 1);
  EXPECT_EQ(s.precision_open, 0);
  EXPECT_EQ(s.coverage_open, 0);
}

TEST(Manifold, EqualDistributionsHaveDensityOneAndTheExpectedCoverage) {
  EXPECT_NEAR(metric::expected_coverage(10000, 10000, 5), 0.968773, 5e-7);
  EXPECT_NEAR(metric::expected_coverage(1000, 1000, 3), 0.875375, 5e-7);
  const FeatureRows x(normal(70, {2000, 4}), "test", "x"), y(normal(71, {2000, 4}), "test", "y");
  const auto s = metric::manifold_scores(x, y, {5}).at(0);
  // Neighbouring reals share fakes: about 5 standard errors of 2,000 independent ones.
  EXPECT_NEAR(s.coverage_open, metric::expected_coverage(2000, 2000, 5), 0.02);
  EXPECT_NEAR(s.density_open, 1, 0.07);
}

TEST(Neighbours, TooFewRowsAndOtherWidthsAreNamed) {
  const FeatureRows three(normal(72, {3, 2}), "test", "x"), wide(normal(73, {9, 4}), "test", "y");
  expect_error([&] { metric::nearest_others(three, 3); }, ErrorCode::kInput,
               "[neighbours] rows: got 3 for k = 3, expected more than k; try more samples or a "
               "smaller k");
  expect_error([&] { metric::nearest(three, wide, 1); }, ErrorCode::kInput,
               "[neighbours] features: got 2 numbers a row for one set and 4 for the other, "
               "expected the same");
  expect_error([&] { FeatureRows(at::ones({3}), "test", "x"); }, ErrorCode::kInput,
               "[test] x: got [3], expected [n,d] with at least one row and one column");
}

}  // namespace
}  // namespace saddle::test
