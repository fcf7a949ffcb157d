#include "saddle/metric/class_accuracy.h"

#include <cmath>

#include "saddle/tensor/precision.h"
#include "tests/metric/fixtures.h"

namespace saddle::test {
namespace {

using metric::FeatureRows;

constexpr std::int64_t kFar = 1'000'000'000'000;  // a label of a large catalogue

struct Labelled {
  at::Tensor x, y;
};

/// Clusters at 0, 10, 20, ... with labels 0, kFar, 2 kFar, ...
Labelled clusters(std::uint64_t draw, std::int64_t n, std::int64_t classes) {
  const at::Tensor ranks = at::arange(n, at::kLong).remainder(classes);
  return {normal(draw, {n, 2}) + ranks.unsqueeze(1) * 10, ranks * kFar};
}

metric::ClassAccuracy accuracy_of(const Labelled& train, const Labelled& test) {
  return metric::class_accuracy(FeatureRows(train.x, "test", "rows"), train.y,
                                FeatureRows(test.x, "test", "rows"), test.y);
}

TEST(ClassAccuracy, LabelsMayBeAnyNumbers) {
  const auto right = accuracy_of(clusters(1, 60, 3), clusters(2, 30, 3));
  EXPECT_EQ(right.nearest_1, 1);
  EXPECT_EQ(right.nearest_5, 1);
  EXPECT_EQ(right.logistic, 1);
  EXPECT_TRUE(right.converged);
}

TEST(ClassAccuracy, AClassThatWasNotLearntIsMissed) {
  const auto right = accuracy_of(clusters(1, 60, 2), clusters(2, 30, 3));
  EXPECT_NEAR(right.nearest_1, 2. / 3, 1e-12);
  EXPECT_NEAR(right.nearest_5, 2. / 3, 1e-12);
  EXPECT_NEAR(right.logistic, 2. / 3, 1e-12);
}

TEST(ClassAccuracy, FiveVotersNeedFiveRows) {
  const auto right = accuracy_of(clusters(1, 4, 2), clusters(2, 30, 2));
  EXPECT_EQ(right.nearest_1, 1);
  EXPECT_TRUE(std::isnan(right.nearest_5));
}

TEST(ClassAccuracy, IsLearntWhereGradientsAreOff) {
  const NoGrad no_grad;
  EXPECT_EQ(accuracy_of(clusters(1, 60, 2), clusters(2, 30, 2)).logistic, 1);
}

TEST(ClassAccuracy, FeaturesMayBeOfVeryDifferentScale) {
  const auto unequal = [](std::uint64_t draw) {
    Labelled set = clusters(draw, 60, 2);
    set.x = at::cat({set.x * 1e-7, set.x * 1e7 + 3e8}, 1);
    return set;
  };
  const auto right = accuracy_of(unequal(1), unequal(2));
  EXPECT_TRUE(right.converged);
  EXPECT_EQ(right.logistic, 1);
}

}  // namespace
}  // namespace saddle::test
