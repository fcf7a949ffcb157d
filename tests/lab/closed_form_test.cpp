// The exact numbers of the theory, one by one, apart from the experiments that show them.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "saddle/base/dual.h"
#include "saddle/base/eigen.h"
#include "saddle/base/error.h"
#include "saddle/base/philox.h"
#include "saddle/base/summary.h"
#include "saddle/lab/gaussian_pair.h"
#include "saddle/lab/linear_vae.h"
#include "saddle/lab/logistic.h"
#include "saddle/lab/numeric.h"
#include "saddle/lab/packing.h"
#include "saddle/lab/points_1d.h"
#include "saddle/lab/sample_floors.h"
#include "saddle/metric/expected_coverage.h"
#include "tests/base/temporary.h"

namespace saddle::lab {
namespace {

constexpr double kRounded = 6e-7;  // a number stated to six digits

TEST(Integral, OfPolynomialsAndPeaksIsExact) {
  EXPECT_NEAR(integrate([](double x) { return x * x; }, -1, 2), 3, 1e-13);
  EXPECT_NEAR(integrate([](double x) { return std::exp(x); }, 0, 1), std::numbers::e - 1, 1e-13);
  EXPECT_NEAR(integrate([](double x) { return std::sqrt(x); }, 0, 1), 2.0 / 3, 1e-11);
  EXPECT_NEAR(integrate([](double x) { return normal_density(x, 0.3, 0.01); }, -5, 5), 1, 1e-11);
  EXPECT_EQ(integrate([](double) { return 1.0; }, 2, 2), 0);
  test::expect_error([] { integrate([](double) { return NAN; }, 0, 1); }, ErrorCode::kNumeric,
                     "[integral] no convergence on 0 to 0.125: the error is nan");
}

TEST(NormalDistribution, CumulativeAndQuantileAreInverse) {
  EXPECT_NEAR(normal_cdf(1.959963984540054), 0.975, 1e-15);
  for (const double p : {1e-8, 0.01, 0.3, 0.5, 0.975, 0.9999}) {
    EXPECT_NEAR(normal_cdf(normal_quantile(p)), p, 1e-14) << p;
  }
}

struct GaussianCase {
  GaussianPair pair;
  double jsd, value, tv, accuracy, sign, w1, mmd;
};

class Gaussians : public testing::TestWithParam<GaussianCase> {};

TEST_P(Gaussians, HaveTheStatedDistances) {
  const auto& c = GetParam();
  EXPECT_NEAR(jensen_shannon(c.pair), c.jsd, kRounded);
  EXPECT_NEAR(optimal_value(c.pair), c.value, kRounded);
  EXPECT_NEAR(total_variation(c.pair), c.tv, kRounded);
  EXPECT_NEAR(optimal_accuracy(c.pair), c.accuracy, kRounded);
  EXPECT_NEAR(sign_on_real(c.pair), c.sign, kRounded);
  EXPECT_NEAR(wasserstein_1(c.pair), c.w1, kRounded);
  EXPECT_NEAR(mmd_squared(c.pair), c.mmd, kRounded);
}

INSTANTIATE_TEST_SUITE_P(
    Lab, Gaussians,
    testing::Values(
        GaussianCase{{.5, 1}, .030311, -1.325672, .197413, .598706, .197413, .5, .047124},
        GaussianCase{{1, 1}, .111421, -1.163451, .382925, .691462, .382925, 1, .177268},
        GaussianCase{{2, 1}, .336831, -.712633, .682689, .841345, .682689, 2, .561858},
        GaussianCase{{3, 1}, .526777, -.332740, .866386, .933193, .866386, 3, .897052},
        GaussianCase{{0, 2},
                     .092733,
                     -1.200828,
                     .322675,
                     .661337,
                     2 * std::erf(std::sqrt(4 * std::numbers::ln2 / 3)) - 1,
                     std::sqrt(2 / std::numbers::pi),
                     .094187}),
    [](const auto& info) { return "case" + std::to_string(info.index); });

TEST(Gaussians, TheValueIsTwiceTheDivergenceLessTwoLogTwo) {
  for (const GaussianPair pair : {GaussianPair{.4, .7}, {-2, 1.3}, {0, 3}, {1, 1}}) {
    EXPECT_NEAR(optimal_value(pair), 2 * jensen_shannon(pair) - 2 * std::numbers::ln2, 1e-10);
    EXPECT_NEAR(optimal_accuracy(pair), (1 + total_variation(pair)) / 2, 1e-10);
  }
  EXPECT_NEAR(optimal_value({}), -2 * std::numbers::ln2, 1e-12);
  EXPECT_NEAR(jensen_shannon({}), 0, 1e-12);
}

TEST(Gaussians, TheLogitIsTheStatedPolynomial) {
  for (const double x : {-2.0, 0.0, 0.7, 3.0}) {
    EXPECT_NEAR((GaussianPair{.mean = 2}.logit(x)), 2 - 2 * x, 1e-12);
    EXPECT_NEAR((GaussianPair{.sd = 2}.logit(x)), std::numbers::ln2 - 0.375 * x * x, 1e-12);
  }
}

TEST(Gaussians, NoPolynomialBeatsTheOptimalLogit) {
  const GaussianPair pair{.mean = 1};
  EXPECT_NEAR(value_of_logit(pair, {.5, -1, 0}), optimal_value(pair), 1e-11);
  EXPECT_LT(value_of_logit(pair, {.5, -1.05, 0}), optimal_value(pair) - 1e-5);
  EXPECT_LT(value_of_logit(pair, {.5, -1, .02}), optimal_value(pair) - 1e-5);
}

TEST(LogisticRegression, FindsTheExactOptimumOfCountedLabels) {
  // 3 reals and 1 fake at x = 0, 1 and 2 at x = 1: the logit of the weighted shares at either.
  const std::vector<double> real{0, 0, 0, 1};
  const std::vector<double> fake{0, 1, 1};
  const LogisticFit fit = fit_logistic(real, fake, 1);
  EXPECT_NEAR(fit.coefficients[0], std::log((3.0 / 4) / (1.0 / 3)), 1e-12);
  EXPECT_NEAR(fit.coefficients[0] + fit.coefficients[1], std::log((1.0 / 4) / (2.0 / 3)), 1e-12);
  const LogisticFit smooth =
      fit_logistic(std::vector<double>{1, 2}, std::vector<double>{1, 2}, 0, .9);
  EXPECT_NEAR(smooth.coefficients[0], -.200671, kRounded);
  EXPECT_NEAR(sigmoid(smooth.coefficients[0]), .45, 1e-12);
}

TEST(LogisticRegression, RefusesDataThatAreApart) {
  test::expect_error(
      [] {
        fit_logistic(std::vector<double>{1, 2}, std::vector<double>{-1, -2}, 1);
      },
      ErrorCode::kNumeric,
      "[logistic] a polynomial of degree 1 splits real from fake, so no finite discriminator is "
      "the best; take more samples, a lower degree or smooth the labels");
}

TEST(LogisticRegression, ScattersAsTheoryForClassesOfEqualNumber) {
  // The printed standard error of an intercept, 1.809/sqrt(n), takes the labels for random. With n
  // of either class the intercept scatters less: its variance is smaller by 2/n.
  constexpr std::size_t kN = 1000;
  constexpr std::uint64_t kRuns = 400;
  std::vector<double> intercepts;
  std::vector<double> slopes;
  for (std::uint64_t run = 0; run < kRuns; ++run) {
    auto random = PhiloxSequence::of(stream_key(1, "test/logistic"), run);
    std::vector<double> real(kN), fake(kN);
    for (double& x : real) x = random.normal();
    for (double& x : fake) x = random.normal(1, 1);
    const LogisticFit fit = fit_logistic(real, fake, 1);
    intercepts.push_back(fit.coefficients[0]);
    slopes.push_back(fit.coefficients[1]);
  }
  const double root_n = std::sqrt(static_cast<double>(kN));
  // The relative error of a standard deviation from 400 runs is 1/sqrt(800); three of them.
  EXPECT_NEAR(summary_of(slopes).sd * root_n, 1.745, 3 * 1.745 / std::sqrt(800.0));
  EXPECT_NEAR(summary_of(intercepts).sd * root_n, std::sqrt(1.809 * 1.809 - 2),
              3 * 1.13 / std::sqrt(800.0));
}

TEST(PointMasses, AreFarInEveryDivergenceAndNearInW1) {
  for (const double theta : {-2.0, -.01, .3, 5.0}) {
    const Points1d real{{0.0}, {1.0}};
    const Points1d fake{{theta}, {1.0}};
    EXPECT_NEAR(jensen_shannon(real, fake), std::numbers::ln2, 1e-15);
    EXPECT_EQ(total_variation(real, fake), 1);
    EXPECT_TRUE(std::isinf(kullback_leibler(real, fake)));
    EXPECT_NEAR(wasserstein_1(real, fake), std::abs(theta), 1e-15);
    EXPECT_NEAR(mmd_squared(real, fake), 2 * (1 - std::exp(-theta * theta / 2)), 1e-15);
  }
  const Points1d some{{0, 1, 3}, {.5, .25, .25}};
  EXPECT_EQ(jensen_shannon(some, some), 0);
  EXPECT_EQ(wasserstein_1(some, some), 0);
  // Half a unit of mass goes from 0 to 1, the other half stays.
  EXPECT_NEAR(wasserstein_1(Points1d{{0}, {1}}, Points1d{{0, 1}, {.5, .5}}), .5, 1e-15);
  EXPECT_NEAR(kullback_leibler(Points1d{{0, 1}, {.5, .5}}, Points1d{{0, 1}, {.25, .75}}),
              .5 * std::log(2.0) + .5 * std::log(2.0 / 3), 1e-15);
}

TEST(Packing, ProductsHaveTheStatedVariation) {
  const std::array<double, 10> even{.1, .1, .1, .1, .1, .1, .1, .1, .1, .1};
  const std::array<double, 10> lost{0, 0, .125, .125, .125, .125, .125, .125, .125, .125};
  const std::array<double, 2> p{.5, .5};
  const std::array<double, 2> q{.3, .7};
  const std::array<double, 4> missing{.2, .36, .488, .5904};
  const std::array<double, 4> shifted{.2, .24, .284, .3392};
  for (int m = 1; m <= 4; ++m) {
    const auto i = static_cast<std::size_t>(m - 1);
    // Ten cells instead of two, as a check that only lost and kept matter.
    EXPECT_NEAR(product_total_variation(even, lost, m), missing[i], 1e-12) << m;
    EXPECT_NEAR(product_total_variation(p, q, m), shifted[i], 1e-12) << m;
  }
  test::expect_error([&] { product_total_variation(even, q, 1); }, ErrorCode::kInternal,
                     "[lab] products of 10 and 2 cells, 1 fold");
}

TEST(Packing, BatchStatisticsSeeACollapsedBatch) {
  const std::vector<double> same{1, 2, 1, 2, 1, 2, 1, 2, 1, 2};
  for (const double similarity : minibatch_similarity(same, 2)) EXPECT_EQ(similarity, 4);
  EXPECT_EQ(minibatch_deviation(same, 2), 0);
  const std::vector<double> two{0, 0, 1, 2};
  EXPECT_NEAR(minibatch_similarity(two, 2)[0], std::exp(-3.0), 1e-15);
  EXPECT_NEAR(minibatch_deviation(two, 2), (0.5 + 1) / 2, 1e-15);
}

TEST(Packing, BadBasinsAreAllMapsButThePermutations) {
  constexpr auto kEach = Comparison::kEach;
  EXPECT_EQ(bad_basins(1, kEach), 0);
  EXPECT_EQ(bad_basins(2, kEach), 2);
  EXPECT_EQ(bad_basins(3, kEach), 27 - 6);
  EXPECT_EQ(bad_basins(4, kEach), 232);
  EXPECT_EQ(bad_basins(5, kEach), 3125 - 120);
}

TEST(Packing, PairsHaveNoBadBasins) {
  for (int n = 1; n <= 5; ++n) EXPECT_EQ(bad_basins(n, Comparison::kPairs), 0) << n;
  test::expect_error([] { bad_basins(7, Comparison::kPairs); }, ErrorCode::kInternal,
                     "[packing] bad basins of 7 points: expected 1 to 6");
}

TEST(LinearVae, TrainsToTheClosedForm) {
  struct Case {
    double noise, divergence;
    int active;
  };
  for (const Case c : {Case{.75, 1.471244, 3}, {5, 0, 0}, {.1, 2.5 * std::numbers::ln10, 5}}) {
    double divergence = 0;
    int active = 0;
    for (const double eigenvalue : {4.0, 2.0, 1.0, .5, .25}) {
      const VaeDimension one = train_vae_dimension(eigenvalue, c.noise);
      divergence += one.divergence;
      active += one.active() ? 1 : 0;
      const double variance = eigenvalue > c.noise ? 1 - c.noise / eigenvalue : 0;
      EXPECT_NEAR(one.mean_variance, variance, 1e-9) << eigenvalue << " " << c.noise;
    }
    EXPECT_NEAR(divergence, c.divergence, 1e-6) << c.noise;
    EXPECT_EQ(active, c.active) << c.noise;
  }
  EXPECT_NEAR(train_vae_dimension(4, .75).divergence, .836988, kRounded);
  EXPECT_NEAR(train_vae_dimension(2, .75).divergence, .490415, kRounded);
  EXPECT_NEAR(train_vae_dimension(1, .75).divergence, .143841, kRounded);
}

TEST(Floors, CoverageAndBirthdaysAreTheStatedNumbers) {
  EXPECT_NEAR(metric::expected_coverage(10'000, 10'000, 5), .968773, kRounded);
  EXPECT_NEAR(metric::expected_coverage(1000, 1000, 5), .968984, kRounded);
  EXPECT_NEAR(metric::expected_coverage(1000, 1000, 3), .875375, kRounded);
  EXPECT_EQ(birthday(365), 23);
  EXPECT_EQ(birthday(1000), 38);
  EXPECT_EQ(birthday(10'000), 119);
  EXPECT_EQ(birthday(160'000), 472);
  EXPECT_EQ(birthday(1'000'000), 1178);
  EXPECT_GE(collision_chance(1000, 38), .5);
  EXPECT_LT(collision_chance(1000, 37), .5);
  EXPECT_EQ(collision_chance(3, 4), 1);
  // sqrt(2 ln 2 N) and its next term, (3 - 2 ln 2) / 6 (Brink 2012).
  for (const double n : {1e3, 1e4, 1.6e5, 1e6}) {
    const double law = std::sqrt(2 * std::numbers::ln2 * n) + (3 - 2 * std::numbers::ln2) / 6;
    EXPECT_EQ(static_cast<double>(birthday(static_cast<std::int64_t>(n))), std::ceil(law)) << n;
  }
  EXPECT_NEAR(histogram_floor(1000, 26'000) - 999.0 / (2 * 26'000), 1e6 / 12 / 26'000 / 26'000,
              1e-9);
}

TEST(Floors, HistogramsAreAsFarFromEvenAsTheirCountsSay) {
  const std::array<std::int64_t, 4> even{5, 5, 5, 5};
  const std::array<std::int64_t, 4> half{10, 10, 0, 0};
  EXPECT_EQ(histogram_divergence(even), 0);
  EXPECT_NEAR(histogram_divergence(half), std::numbers::ln2, 1e-15);
  for (int kept = 1; kept <= 8; ++kept) {
    std::array<std::int64_t, 8> some{};
    std::fill_n(some.begin(), kept, 7);
    EXPECT_NEAR(histogram_divergence(some), std::log(8.0 / kept), 1e-14) << kept;
  }
  EXPECT_NEAR(histogram_floor(8, 2500), .00140, 5e-6);
  EXPECT_NEAR(histogram_floor(25, 2500), .00480, 1e-5);
}

TEST(Floors, RingDiversityIsALateAlarm) {
  const std::array<double, 8> stated{0, .304, .521, .693, .827, .923, .980, 1};
  for (int kept = 1; kept <= 8; ++kept) {
    EXPECT_NEAR(ring_diversity(kept, 8), stated[static_cast<std::size_t>(kept - 1)], 6e-4) << kept;
  }
}

TEST(Floors, PrdcOfPointsCountedByHand) {
  // Radii (k = 1) of the reals 0, 1, 3 are 1, 1, 2; of the fakes 0.5, 9, 9.5 they are 8.5, .5, .5.
  const std::vector<double> real{0, 1, 3};
  const std::vector<double> fake{.5, 9, 9.5};
  const Prdc found = prdc(real, fake, 1, 1);
  EXPECT_NEAR(found.precision, 1.0 / 3, 1e-15);
  EXPECT_NEAR(found.recall, 1, 1e-15);         // 0.5 reaches all three
  EXPECT_NEAR(found.density, 2.0 / 3, 1e-15);  // two balls hold 0.5; it lies 2.5 from the third
  EXPECT_NEAR(found.coverage, 2.0 / 3, 1e-15);
}

}  // namespace
}  // namespace saddle::lab
