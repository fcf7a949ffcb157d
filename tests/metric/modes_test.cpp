#include "saddle/metric/modes.h"

#include <cmath>
#include <numbers>

#include "tests/metric/fixtures.h"

namespace saddle::test {
namespace {

at::Tensor ring_centres(std::int64_t modes) {
  const at::Tensor angle = at::arange(modes, at::kDouble) * (2 * std::numbers::pi / modes);
  return at::stack({angle.cos(), angle.sin()}, 1);
}

/// n samples of a ring of `modes` centres, of which only the first `shown` occur in equal shares.
at::Tensor ring_samples(std::uint64_t draw, std::int64_t n, std::int64_t modes, std::int64_t shown,
                        double sd) {
  const at::Tensor mode = at::arange(n, at::kLong).remainder(shown);
  return ring_centres(modes).index_select(0, mode) + normal(draw, {n, 2}) * sd;
}

void expect_golden_modes(const std::string& name) {
  const GoldenCase golden = golden_case(name);
  const Json& expected = golden.results.at("modes_2d");
  const metric::ModeReport report = metric::count_modes(
      golden.tensor("samples"), golden.tensor("centres"), golden.results.at("sd"));
  EXPECT_EQ(report.n, expected.at("n"));
  EXPECT_EQ(report.modes, expected.at("modes_with_high_quality_sample"));
  EXPECT_EQ(report.counts, expected.at("counts_all").get<std::vector<std::int64_t>>());
  EXPECT_EQ(report.counts_high_quality,
            expected.at("counts_high_quality").get<std::vector<std::int64_t>>());
  const double tolerance = 1e-12;  // of the golden file, for fractions
  EXPECT_NEAR(report.high_quality, expected.at("high_quality_fraction"), tolerance);
  EXPECT_NEAR(report.reverse_kl, expected.at("reverse_kl_all_samples_scipy"), tolerance);
  EXPECT_NEAR(report.reverse_kl_high_quality, expected.at("reverse_kl_high_quality_only_scipy"),
              tolerance);
  EXPECT_NEAR(report.radius_ratio, expected.at("mean_radius_over_sd_high_quality"), 1e-9);
  EXPECT_NEAR(metric::reverse_kl_floor(expected.at("K"), report.n), expected.at("kl_floor"),
              tolerance);
}

TEST(Modes, RingGoodMatchesTheGoldenValues) {
  SADDLE_NEED_GOLDEN_METRICS();
  expect_golden_modes("ring_good");
}

TEST(Modes, GridBadMatchesTheGoldenValues) {
  SADDLE_NEED_GOLDEN_METRICS();
  expect_golden_modes("grid_bad");
}

TEST(Modes, ReverseKlOfKOfManyEqualModesIsLogOfTheRatio) {
  for (std::int64_t shown : {1, 2, 4, 6, 7, 8}) {
    const auto report =
        metric::count_modes(ring_samples(1, 840, 8, shown, 0.001), ring_centres(8), 0.01);
    EXPECT_EQ(report.modes, shown);
    EXPECT_NEAR(report.reverse_kl, std::log(8.0 / static_cast<double>(shown)), 1e-12);
  }
}

TEST(Modes, PerfectSamplerHasTheClosedFormShareAndRadius) {
  const std::int64_t n = 200000;
  const auto report = metric::count_modes(ring_samples(2, n, 8, 8, 0.01), ring_centres(8), 0.01);
  // Four standard errors: .21 % at n = 2500 scales with 1/sqrt(n); a radius has sd .62 sd.
  EXPECT_NEAR(report.high_quality, metric::perfect_modes(2).high_quality,
              4 * 0.0021 * std::sqrt(2500.0 / n));
  EXPECT_NEAR(report.radius_ratio, metric::perfect_modes(2).radius_ratio, 4 * 0.62 / std::sqrt(n));
}

TEST(Modes, PerfectSharesAndRadiiOfOneToFourDimensions) {
  // Chi distributions cut at 3; radii by a midpoint sum of 200,000 terms.
  const double expected[4][2] = {{0.9973002039367398, 0.79115683},
                                 {0.9888910034617577, 1.23027053},
                                 {0.9707091134651118, 1.54347830},
                                 {0.9389005190396673, 1.78393099}};
  for (std::int64_t d = 1; d <= 4; ++d) {
    const metric::PerfectModes perfect = metric::perfect_modes(d);
    EXPECT_NEAR(perfect.high_quality, expected[d - 1][0], 1e-13) << d;
    EXPECT_NEAR(perfect.radius_ratio, expected[d - 1][1], 1e-7) << d;
  }
}

TEST(Modes, PerfectSharesHoldTwelveDigitsInTwentyDimensions) {
  // By the series of the incomplete gamma function, whose terms are all positive.
  const metric::PerfectModes perfect = metric::perfect_modes(20);
  EXPECT_NEAR(perfect.high_quality, 0.017092732899378606, 1e-14);
  EXPECT_NEAR(perfect.radius_ratio, 2.7869914562151865, 1e-12);
}

TEST(Modes, NumbersHaveModesToo) {
  const std::int64_t n = 40000;
  const at::Tensor centres = at::arange(5, at::kDouble).unsqueeze(1);
  const at::Tensor samples =
      centres.index_select(0, at::arange(n, at::kLong).remainder(4)) + normal(4, {n, 1}) * 0.05;
  const auto report = metric::count_modes(samples, centres, 0.05);
  EXPECT_EQ(report.modes, 4);
  EXPECT_NEAR(report.reverse_kl, std::log(5.0 / 4), 1e-12);
  // Four standard errors; a radius has sd .59 sd.
  const metric::PerfectModes perfect = metric::perfect_modes(1);
  EXPECT_NEAR(report.high_quality, perfect.high_quality, 4 * 0.00026);
  EXPECT_NEAR(report.radius_ratio, perfect.radius_ratio, 4 * 0.59 / std::sqrt(n));
}

TEST(Modes, PerfectSamplerMeetsTheReverseKlFloorOnAverage) {
  const std::int64_t n = 2500, modes = 25, draws = 60;
  double sum = 0;
  for (std::int64_t draw = 0; draw < draws; ++draw) {
    const at::Tensor mode =
        random_integers(test_key(100 + draw), modes, {n}, at::TensorOptions().dtype(at::kLong));
    const at::Tensor counts = at::bincount(mode, {}, modes);
    sum += metric::reverse_kl_to_uniform({counts.const_data_ptr<std::int64_t>(), 25});
  }
  const double floor = metric::reverse_kl_floor(modes, n);
  EXPECT_NEAR(floor, 0.0048, 1e-15);
  // 2n KL is chi-squared with K-1 degrees: sd of one draw is floor * sqrt(2/(K-1)).
  EXPECT_NEAR(sum / draws, floor, 4 * floor * std::sqrt(2.0 / (modes - 1) / draws));
}

TEST(Modes, ShrunkenModesHaveMoreThanThePerfectShareAndASmallRadius) {
  const auto report =
      metric::count_modes(ring_samples(3, 2500, 8, 8, 0.005), ring_centres(8), 0.01);
  EXPECT_EQ(report.high_quality, 1);
  EXPECT_NEAR(report.radius_ratio, 0.5 * std::sqrt(std::numbers::pi / 2), 0.03);
}

TEST(Modes, WithoutHighQualitySamplesTheirNumbersAreNaN) {
  const auto report =
      metric::count_modes(at::full({5, 2}, 100.0, at::kFloat), ring_centres(8), 0.01);
  EXPECT_EQ(report.modes, 0);
  EXPECT_EQ(report.high_quality, 0);
  EXPECT_TRUE(std::isnan(report.reverse_kl_high_quality));
  EXPECT_TRUE(std::isnan(report.radius_ratio));
  EXPECT_NEAR(report.reverse_kl, std::log(8.0), 1e-12);
}

TEST(Modes, SamplesAtExactlyThreeDeviationsAreHighQuality) {
  const at::Tensor samples = at::tensor({3.0, 0.0, 3.0625, 0.0}, at::kDouble).view({2, 2});
  const auto report = metric::count_modes(samples, at::zeros({1, 2}, at::kDouble), 1);
  EXPECT_EQ(report.high_quality, 0.5);
}

TEST(Modes, BadInputsAreNamed) {
  const at::Tensor centres = ring_centres(8);
  expect_error(
      [&] {
        metric::count_modes(at::zeros({4, 3}), centres, 0.1);
      },
      ErrorCode::kInput, "[modes] samples: got 3 numbers a row, expected 2, as the centres have");
  expect_error(
      [&] {
        metric::count_modes(at::zeros({0, 2}), centres, 0.1);
      },
      ErrorCode::kInput,
      "[modes] samples: got [0,2], expected [n,d] with at least one row and one column");
  expect_error(
      [&] {
        metric::count_modes(at::zeros({4, 2}), centres, 0);
      },
      ErrorCode::kInput, "[modes] sd of a mode: got 0, expected a positive number");
  at::Tensor bad = at::zeros({4, 2});
  bad[1][0] = std::numeric_limits<float>::quiet_NaN();
  expect_error([&] { metric::count_modes(bad, centres, 0.1); }, ErrorCode::kNumeric,
               "[modes] samples: got 1 of 4 rows with NaN or Inf, expected finite numbers");
}

}  // namespace
}  // namespace saddle::test
