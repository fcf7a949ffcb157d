#include "saddle/metric/frechet.h"

#include <cmath>

#include "tests/metric/fixtures.h"

namespace saddle::test {
namespace {

TEST(Frechet, GoldenFeaturesMatchThePeers) {
  SADDLE_NEED_GOLDEN_METRICS();
  for (const char* name : {"features_main", "features_small", "features_equal"}) {
    const GoldenCase golden = golden_case(name);
    const Json& expected = golden.results.at("fid");
    const metric::FrechetResult result =
        metric::frechet_distance(golden.tensor("real"), golden.tensor("fake"));
    const double tolerance = 1e-7;  // of the golden file for n > d
    EXPECT_NEAR(result.value, expected.at("reference_symmetric_eigh"), tolerance) << name;
    EXPECT_NEAR(result.value, expected.at("pytorch_fid"), tolerance) << name;
    EXPECT_NEAR(result.value, expected.at("torch_fidelity"), tolerance) << name;
    EXPECT_NEAR(result.mean_term, expected.at("mean_term"), 1e-9) << name;
    EXPECT_NEAR(result.trace_real, expected.at("trace_real"), 1e-9) << name;
    EXPECT_NEAR(result.trace_fake, expected.at("trace_fake"), 1e-9) << name;
    EXPECT_NEAR(result.trace_sqrt, expected.at("trace_sqrt"), tolerance) << name;
    EXPECT_EQ(result.warning, "");
  }
}

/// Rows with mean `mean` and the covariance root diag(deviations^2) root^T exactly: +- along axes.
at::Tensor rows_with_moments(const at::Tensor& mean, const at::Tensor& deviations,
                             const at::Tensor& rotation) {
  const double d = static_cast<double>(deviations.size(0));
  const at::Tensor axes = at::diag(deviations * std::sqrt((2 * d - 1) / 2)).mm(rotation.t());
  return at::cat({axes, -axes}) + mean;
}

TEST(Frechet, GaussiansWithCommonAxesHaveTheClosedForm) {
  const auto rotation = std::get<0>(at::linalg_qr(normal(1, {3, 3})));
  const at::Tensor a = at::tensor({1.0, 2.0, 0.5}, at::kDouble);
  const at::Tensor b = at::tensor({4.0, 2.0, 0.0}, at::kDouble);
  const at::Tensor mean = at::tensor({1.0, -2.0, 2.0}, at::kDouble);
  const auto result =
      metric::frechet_distance(rows_with_moments(mean, a, rotation),
                               rows_with_moments(at::zeros({3}, at::kDouble), b, rotation));
  EXPECT_NEAR(result.mean_term, 9, 1e-12);
  EXPECT_NEAR(result.value, 9 + 9 + 0 + 0.25, 1e-6);  // |dm|^2 + sum (s1 - s2)^2
}

TEST(Frechet, GaussiansInThePlaneHaveTheClosedForm) {
  // tr (S1 S2)^(1/2) of 2x2 matrices is sqrt(tr S1 S2 + 2 sqrt(det S1 det S2)).
  const at::Tensor x = normal(2, {50, 2});
  const at::Tensor y =
      normal(3, {70, 2}).mm(at::tensor({2.0, 1.0, 0.0, 0.5}, at::kDouble).view({2, 2}));
  metric::Moments mx(2), my(2);
  mx.add(x);
  my.add(y);
  const at::Tensor s1 = mx.covariance(), s2 = my.covariance();
  const double root = std::sqrt(
      s1.mm(s2).trace().item<double>() +
      2 * std::sqrt(at::linalg_det(s1).item<double>() * at::linalg_det(s2).item<double>()));
  EXPECT_NEAR(metric::frechet_distance(mx, my).trace_sqrt, root, 1e-12);
  EXPECT_NEAR(metric::frechet_distance(my, mx).trace_sqrt, root, 1e-12);
}

TEST(Frechet, PiecesGiveTheMomentsOfTheWhole) {
  // A mean far from 0 shows whether the sum of squares was kept instead of deviations.
  const at::Tensor x = normal(4, {1000, 6}) + 1e6;
  metric::Moments whole(6), pieces(6), rest(6);
  whole.add(x);
  for (std::int64_t i = 0; i < 600; i += 60) pieces.add(x.narrow(0, i, 60));
  rest.add(x.narrow(0, 600, 1));
  rest.add(x.narrow(0, 601, 399));
  pieces.add(rest);
  EXPECT_EQ(pieces.count(), 1000);
  EXPECT_LT((pieces.mean() - whole.mean()).abs().max().item<double>(), 1e-8);
  EXPECT_LT((pieces.covariance() - at::cov(x.t())).abs().max().item<double>(), 1e-8);
}

TEST(Frechet, ConstantSetLeavesMeanAndTraceOfTheOther) {
  const at::Tensor x = normal(5, {100, 4});
  const auto result = metric::frechet_distance(x, at::full({10, 4}, 3.0, at::kDouble));
  EXPECT_NEAR(result.value, result.mean_term + result.trace_real, 1e-12);
  EXPECT_EQ(result.trace_fake, 0);
}

TEST(Frechet, FewRowsCarryAWarning) {
  const auto result = metric::frechet_distance(normal(6, {100, 8}), normal(7, {8, 8}));
  EXPECT_EQ(result.warning,
            "8 rows for 8 features: the covariance is singular and the distance biased "
            "upwards; take at least 2048 samples");
  EXPECT_TRUE(std::isfinite(result.value));
}

TEST(Frechet, FewerRowsThanFeaturesHaveTheTraceOfTheNuclearNorm) {
  // Singular covariances: by the nuclear norm of the product of the centred rows, which needs no
  // square root of a matrix.
  const at::Tensor x = normal(20, {40, 64}), y = normal(21, {30, 64}) * 1.5 + 0.2;
  const auto centred = [](const at::Tensor& rows) {
    return (rows - rows.mean(0)) / std::sqrt(static_cast<double>(rows.size(0)) - 1);
  };
  const auto singular = at::linalg_svdvals(centred(x).mm(centred(y).t()));
  const auto result = metric::frechet_distance(x, y);
  EXPECT_NEAR(result.trace_sqrt, singular.sum().item<double>(), 1e-6 * result.trace_sqrt);
  EXPECT_NE(result.warning, "");
}

TEST(Frechet, LimitRemovesMostOfTheBiasOfFewSamples) {
  // Equal Gaussians of 32 dimensions: the distance is 0, and what n samples give is bias.
  const at::Tensor real = normal(30, {20000, 32});
  metric::Moments moments(32);
  moments.add(real);
  const metric::FrechetReference reference(moments);
  double bias = 0, left = 0;
  for (const std::uint64_t draw : {31, 32, 33, 34}) {
    const metric::FeatureRows fake(normal(draw, {1000, 32}), "test", "rows");
    const double at_n = reference.distance(metric::moments_of(fake)).value;
    const auto limit = metric::frechet_limit(reference, fake, test_key(draw));
    EXPECT_NEAR(limit.slope / 1000, at_n, 0.4 * at_n) << draw;
    bias += at_n;
    left += std::abs(limit.value);
  }
  EXPECT_GT(bias, 4 * 0.25);
  EXPECT_LT(left, bias / 3);  // the fit starts at 100 samples, where terms in 1/n^2 still count
  expect_error(
      [&] {
        metric::frechet_limit(reference, metric::FeatureRows(normal(34, {19, 32}), "test", "rows"),
                              test_key(1));
      },
      ErrorCode::kInput,
      "[fid_inf] rows: got 19 fakes, expected at least 20 to see how the distance falls with n");
}

TEST(Frechet, MeanInFloat32ChangesTheSeventhDigitAsThePeersDo) {
  SADDLE_NEED_GOLDEN_METRICS();
  const GoldenCase golden = golden_case("features_main");
  const auto moments = [&](const char* key) {
    return metric::moments_with_float32_mean(
        metric::FeatureRows(golden.tensor(key), "test", "rows"));
  };
  const double value = metric::frechet_distance(moments("real"), moments("fake")).value;
  const Json& peer = golden.results.at("fid");
  EXPECT_NEAR(value, peer.at("torch_fidelity_float32_mean"), 1e-6);
  EXPECT_GT(std::abs(value - peer.at("torch_fidelity").get<double>()), 1e-8);
}

TEST(Frechet, BadInputsAreNamed) {
  const at::Tensor x = normal(8, {10, 3});
  expect_error([&] { metric::frechet_distance(x, x.narrow(0, 0, 1)); }, ErrorCode::kInput,
               "[frechet] rows: got 1, expected at least 2; a covariance needs two samples, try a "
               "larger n");
  expect_error(
      [&] {
        metric::frechet_distance(x, normal(9, {10, 4}));
      },
      ErrorCode::kInput,
      "[frechet] features: got 3 numbers a row for one set and 4 for the other, expected "
      "the same");
  at::Tensor bad = x.clone();
  bad[2][1] = std::numeric_limits<double>::infinity();
  bad[5][0] = std::numeric_limits<double>::quiet_NaN();
  expect_error([&] { metric::frechet_distance(x, bad); }, ErrorCode::kNumeric,
               "[frechet] features: got 2 of 10 rows with NaN or Inf, expected finite numbers");
  metric::Moments moments(2);
  expect_error([&] { moments.add(x); }, ErrorCode::kInput,
               "[frechet] features: got 3 numbers a row, expected 2");
}

}  // namespace
}  // namespace saddle::test
