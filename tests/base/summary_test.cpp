#include "saddle/base/summary.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace saddle {
namespace {

Summary of(const std::vector<double>& values) {
  return summary_of(values);
}

TEST(Summary, IsMeanAndSampleStandardDeviation) {
  // Squares of the deviations: 9 + 1 + 1 + 1 + 0 + 0 + 4 + 16 = 32, over 7.
  EXPECT_EQ(of({2, 4, 4, 4, 5, 5, 7, 9}).mean, 5);
  EXPECT_DOUBLE_EQ(of({2, 4, 4, 4, 5, 5, 7, 9}).sd, std::sqrt(32.0 / 7));
  EXPECT_DOUBLE_EQ(of({2, 4, 4, 4, 5, 5, 7, 9}).error, std::sqrt(32.0 / 7 / 8));
  EXPECT_EQ(of({3, 3, 3}).sd, 0);
  EXPECT_EQ(of({3, 3, 3}).error, 0);
}

TEST(Summary, OfFewerThanTwoNumbersHasNoDeviation) {
  EXPECT_EQ(of({3}).mean, 3);
  EXPECT_TRUE(std::isnan(of({3}).sd));
  EXPECT_TRUE(std::isnan(of({3}).error));
  EXPECT_TRUE(std::isnan(of({}).mean));
  EXPECT_TRUE(std::isnan(of({}).sd));
}

TEST(Summary, KeepsTheDeviationOfNumbersFarFromZero) {
  EXPECT_EQ(of({1e9 + 1, 1e9 + 2, 1e9 + 3}).sd, 1);
}

TEST(Summary, OfAnInfinityHasItsMeanAndNoDeviation) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(of({1, infinity}).mean, infinity);
  EXPECT_TRUE(std::isnan(of({1, infinity}).sd));
}

}  // namespace
}  // namespace saddle
