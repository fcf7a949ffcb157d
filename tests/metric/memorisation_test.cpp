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

}  // namespace
}  // namespace saddle::test
