#include "saddle/metric/classes.h"

#include <array>
#include <cmath>

#include "tests/metric/fixtures.h"

namespace saddle::test {
namespace {

TEST(Classes, ScoreMatchesThePeerInOrderAndPermuted) {
  SADDLE_NEED_GOLDEN_METRICS();
  const GoldenCase golden = golden_case("inception_logits");
  const Json& expected = golden.results.at("inception_score");
  const at::Tensor logits = golden.tensor("logits");
  const at::Tensor permuted = logits.index_select(0, golden.tensor("permutation"));
  const auto check = [&](const at::Tensor& x, std::int64_t splits, const char* key) {
    const metric::SplitScore score = metric::class_score(x, splits);
    EXPECT_NEAR(score.mean, expected.at(key).at("torch_fidelity_mean"), 1e-9) << key;
    EXPECT_NEAR(score.sd, expected.at(key).at("torch_fidelity_std"), 1e-9) << key;
  };
  check(logits, 1, "splits1_in_order");
  check(logits, 10, "splits10_in_order");
  check(permuted, 10, "splits10_shuffled");
}

TEST(Classes, ScoreIsOneForConstantLogitsAndTheClassCountForBalancedCertainty) {
  EXPECT_NEAR(metric::class_score(at::full({30, 5}, 2.0), 3).mean, 1, 1e-12);
  const at::Tensor certain = at::eye(5, at::kDouble).repeat({6, 1}) * 80 - 40;
  EXPECT_NEAR(metric::class_score(certain, 3).mean, 5, 1e-12);
  EXPECT_NEAR(metric::class_score(at::eye(5, at::kDouble).repeat({6, 1}) * 1e6, 1).mean, 5, 1e-12);
}

TEST(Classes, HistogramKlOfSomeOfManyEqualClassesIsLogOfTheRatio) {
  const std::array<std::int64_t, 4> real{10, 10, 10, 10};
  EXPECT_EQ(metric::class_histogram_kl(real, real), 0);
  EXPECT_NEAR(metric::class_histogram_kl(std::array<std::int64_t, 4>{7, 0, 7, 0}, real),
              std::log(2.0), 1e-15);
  EXPECT_NEAR(metric::class_histogram_kl(std::array<std::int64_t, 4>{0, 0, 0, 3}, real),
              std::log(4.0), 1e-15);
}

TEST(Classes, HistogramKlIsInfiniteWhereOnlyFakesShowAClass) {
  EXPECT_EQ(metric::class_histogram_kl(std::array<std::int64_t, 2>{1, 1},
                                       std::array<std::int64_t, 2>{2, 0}),
            std::numeric_limits<double>::infinity());
}

TEST(Classes, SharesCountRows) {
  const at::Tensor p = at::tensor({0.95, 0.05, 0.85, 0.15, 0.02, 0.98, 0.5, 0.5}, at::kDouble);
  const at::Tensor logits = p.view({4, 2}).log();
  EXPECT_EQ(metric::sure_share(logits, 0.9), 0.5);
  EXPECT_EQ(metric::label_share(logits, at::tensor({0, 1, 1, 0}, at::kLong)), 0.75);
  EXPECT_EQ(metric::class_histogram(logits), (std::vector<std::int64_t>{3, 1}));
}

TEST(Classes, BadInputsAreNamed) {
  expect_error(
      [] {
        metric::class_score(at::zeros({3, 2}), 10);
      },
      ErrorCode::kInput, "[class_score] splits: got 10 for 3 rows, expected 1 to 3");
  expect_error(
      [] {
        metric::class_histogram_kl(std::array<std::int64_t, 2>{1, 1},
                                   std::array<std::int64_t, 1>{2});
      },
      ErrorCode::kInput,
      "[class_histogram] classes: got 2 for fake and 1 for real, expected the same");
  expect_error(
      [] {
        metric::class_histogram_kl(std::array<std::int64_t, 1>{0}, std::array<std::int64_t, 1>{2});
      },
      ErrorCode::kInput,
      "[class_histogram] histogram: got no samples, expected at least one in each set");
  expect_error(
      [] {
        metric::label_share(at::zeros({3, 2}), at::zeros({2}, at::kLong));
      },
      ErrorCode::kInput, "[label_share] labels: got [2], expected [3]");
}

}  // namespace
}  // namespace saddle::test
