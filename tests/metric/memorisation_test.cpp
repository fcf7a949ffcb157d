#include "saddle/metric/memorisation.h"

#include "tests/metric/fixtures.h"

namespace saddle::test {
namespace {

using metric::FeatureRows;

FeatureRows rows_of(const at::Tensor& x) {
  return FeatureRows(x, "test", "rows");
}

// Of a sorted set the first rows are one class, to which most fakes are strangers.
TEST(Memorisation, TheShareOfASortedTrainingSetIsThatOfAShuffledOne) {
  const at::Tensor places = at::arange(400, at::kLong).div(100, "floor") * 10;
  const auto draw = [&](std::uint64_t which, const at::Tensor& centres) {
    return normal(which, {centres.size(0), 2}) + centres.unsqueeze(1);
  };
  const at::Tensor few = places.slice(0, 0, 400, 4);
  const auto m = metric::memorisation(rows_of(draw(1, places)), rows_of(draw(2, few)),
                                      rows_of(draw(3, places)));
  // Two sets of 100 of one distribution: one half, with a standard error of .025 of 400 fakes that
  // share the 200 rows.
  EXPECT_NEAR(m.share, 0.5, 0.15);
}

TEST(Memorisation, UnequalSetsAreThinnedAtEqualSteps) {
  const at::Tensor train = at::arange(6, at::kDouble).unsqueeze(1) * 10;  // of it 0, 20, 40
  const at::Tensor unseen = at::tensor({100.0, 200.0, 300.0}).unsqueeze(1);
  const at::Tensor fakes = at::tensor({71.0, 69.0}).unsqueeze(1);
  // 71 is 29 from 100 and 31 from 40; the whole training set would have 50, at 21.
  EXPECT_EQ(metric::memorisation(rows_of(train), rows_of(unseen), rows_of(fakes)).share, 0.5);
}

// On a lattice many pairs lie at just the distance asked for, which is not closer than it.
TEST(Birthday, PairsAtJustTheDistanceAreNotClose) {
  const at::Tensor x =
      random_integers(test_key(4), 4, {600, 12}, at::TensorOptions().dtype(at::kLong));
  const auto* values = x.const_data_ptr<std::int64_t>();
  for (const std::int64_t tau : {2, 3, 4}) {
    std::int64_t close = 0;
    for (std::int64_t i = 0; i < 600; ++i) {
      for (std::int64_t j = i + 1; j < 600; ++j) {
        std::int64_t square = 0;
        for (std::int64_t k = 0; k < 12; ++k) {
          const std::int64_t gap = values[i * 12 + k] - values[j * 12 + k];
          square += gap * gap;
        }
        close += square < tau * tau ? 1 : 0;
      }
    }
    EXPECT_EQ(metric::birthday(rows_of(x), static_cast<double>(tau)).close_pairs, close) << tau;
  }
}

TEST(Diversity, IsThatOfTheAnglesWhereverTheRowsLie) {
  const at::Tensor x = normal(5, {50, 3});
  EXPECT_EQ(metric::pairwise_diversity(rows_of(at::full({40, 7}, 0.1, at::kDouble))), 0);
  double sum = 0;
  const at::Tensor units = x / x.norm(2, 1, true);
  for (std::int64_t i = 0; i < 50; ++i) {
    for (std::int64_t j = 0; j < i; ++j) {
      sum += (units[i] - units[j]).square().sum().item<double>();
    }
  }
  EXPECT_NEAR(metric::pairwise_diversity(rows_of(x)), sum / (50 * 49 / 2), 1e-12);
  EXPECT_NEAR(metric::pairwise_diversity(rows_of(x * 1e140)), sum / (50 * 49 / 2), 1e-12);
  // Far from the origin, angles are what is across the offset over its length.
  const at::Tensor across = x.narrow(1, 1, 2);
  const at::Tensor far = at::cat({at::full({50, 1}, 1e8, at::kDouble), across}, 1);
  const double variance = 2 * (across - across.mean(0)).square().sum().item<double>() / 49;
  EXPECT_NEAR(metric::pairwise_diversity(rows_of(far)) * 1e16, variance, 1e-6 * variance);
}

}  // namespace
}  // namespace saddle::test
