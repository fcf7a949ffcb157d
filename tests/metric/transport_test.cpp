#include "saddle/metric/transport.h"

#include <array>
#include <cmath>

#include "tests/metric/fixtures.h"

namespace saddle::test {
namespace {

TEST(Transport, SlicedDistancesMatchThePeer) {
  SADDLE_NEED_GOLDEN_METRICS();
  for (const char* name : {"features_main", "features_small", "features_equal"}) {
    const GoldenCase golden = golden_case(name);
    const Json& expected = golden.results.at("sliced_w2");
    const auto distance = [&](double p) {
      return metric::sliced_wasserstein(golden.tensor("fake"), golden.tensor("real"),
                                        golden.tensor("projections"), p);
    };
    EXPECT_NEAR(distance(2), expected.at("POT"), 1e-8) << name;  // tolerance of the golden file
    EXPECT_NEAR(distance(1), expected.at("POT_p1"), 1e-8) << name;
    const at::Tensor axis = at::eye(golden.tensor("real").size(1), 1, at::kDouble);
    EXPECT_NEAR(metric::sliced_wasserstein(golden.tensor("fake"), golden.tensor("real"), axis, 1),
                golden.results.at("w1_first_coordinate").at("scipy"), 1e-8)
        << name;
  }
}

TEST(Transport, OneDimensionalSetsOfDifferentSizesShareTheirMass) {
  // Quantile functions 0 on (0,1/2), 6 on (1/2,1) and 0, 3, 6 on thirds: the gap is 3 on
  // (1/3,1/2) and on (1/2,2/3).
  const std::array<double, 2> x{0, 6};
  const std::array<double, 3> y{0, 3, 6};
  EXPECT_NEAR(metric::wasserstein_1d_power(x, y, 1), 1, 1e-15);
  EXPECT_NEAR(metric::wasserstein_1d_power(x, y, 2), 3, 1e-15);
  EXPECT_NEAR(metric::wasserstein_1d_power(y, x, 3), 9, 1e-14);
}

TEST(Transport, ShiftedSetIsItsShiftAway) {
  const at::Tensor x = normal(1, {300, 2});
  const at::Tensor shift = at::tensor({3.0, 4.0}, at::kDouble);
  const at::Tensor directions = metric::unit_projections(test_key(2), 2, 4000);
  // The mean of cos^2 over directions in the plane is 1/2; its error at 4000 of them is .6 %.
  EXPECT_NEAR(metric::sliced_wasserstein(x, x + shift, directions), 5 / std::sqrt(2.0), 0.08);
  EXPECT_NEAR(metric::sliced_wasserstein(x, x + shift, at::eye(2, at::kDouble), 1), 3.5, 1e-12);
  EXPECT_EQ(metric::sliced_wasserstein(x, x, directions), 0);
}

TEST(Transport, ProjectionsAreUnitVectorsAndTheSameForTheSameKey) {
  const at::Tensor a = metric::unit_projections(test_key(3), 5, 70);
  EXPECT_EQ(a.sizes(), (at::IntArrayRef{5, 70}));
  EXPECT_LT((a.square().sum(0) - 1).abs().max().item<double>(), 1e-14);
  EXPECT_TRUE(a.equal(metric::unit_projections(test_key(3), 5, 70)));
  EXPECT_FALSE(a.equal(metric::unit_projections(test_key(4), 5, 70)));
}

TEST(Transport, BadInputsAreNamed) {
  const at::Tensor x = at::zeros({4, 2}), directions = at::ones({2, 1});
  expect_error(
      [&] {
        metric::sliced_wasserstein(x, at::zeros({4, 3}), directions);
      },
      ErrorCode::kInput,
      "[sliced_wasserstein] dimensions: got sets of 2 and 3 numbers a row and projections "
      "of 2, expected one dimension");
  expect_error([&] { metric::sliced_wasserstein(x, x, directions, 0.5); }, ErrorCode::kInput,
               "[sliced_wasserstein] power p: got 0.5, expected at least 1");
}

}  // namespace
}  // namespace saddle::test
