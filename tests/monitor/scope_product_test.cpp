#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "saddle/monitor/jacobian.h"
#include "saddle/monitor/rotation.h"
#include "tests/monitor/flat_fields.h"

namespace saddle::monitor {
namespace {

using test::Flat;
using test::Matrix;

// v = (z0^2 z1, sin z1): J known in closed form.
struct Curved {
  void evaluate(const Flat& z, Flat& v) const {
    v[0] = z[0] * z[0] * z[1];
    v[1] = std::sin(z[1]);
  }
};

TEST(JacobianProduct, OfALinearFieldIsTheMatrixForTwoEvaluations) {
  const Matrix m = test::mixed_matrix(40, 0.4, 1);
  Matrix field = m;
  JacobianProduct<FlatSpace, Matrix> product(field, Flat(40, 0.5));
  const Flat r = test::gaussians(40, 1, 3, 7);
  Flat found(40), exact(40);
  product(r, found);
  m(r, exact);
  // Rounding of v over the step: 1e-16 / 1e-4.
  for (std::size_t i = 0; i < 40; ++i) EXPECT_NEAR(found[i], exact[i], 1e-10);
  EXPECT_EQ(product.evaluations(), 2);
}

TEST(JacobianProduct, OfACurvedFieldErrsByTheSquareOfTheStep) {
  Curved field;
  const Flat z{0.7, -0.4}, r{1, 2};
  const Flat exact{2 * z[0] * z[1] * r[0] + z[0] * z[0] * r[1], std::cos(z[1]) * r[1]};
  const auto error = [&](double step) {
    JacobianProduct<FlatSpace, Curved> product(field, z, step);
    Flat out(2);
    product(r, out);
    return std::hypot(out[0] - exact[0], out[1] - exact[1]);
  };
  EXPECT_LT(error(kDifferenceStep), 1e-8);
  EXPECT_NEAR(error(1e-2) / error(1e-3), 100, 1);
}

TEST(JacobianProduct, StepsAFixedLengthWhateverTheDirectionsLength) {
  // The point has length 5: the step is 5e-4 long.
  struct Watched {
    double farthest = 0;
    void evaluate(const Flat& z, Flat& v) {
      farthest = std::max(farthest, std::hypot(z[0] - 3, z[1] - 4));
      v = z;
    }
  };
  for (const double size : {1e-6, 1.0, 1e6}) {
    Watched field;
    JacobianProduct<FlatSpace, Watched> product(field, {3, 4});
    Flat out(2);
    product({size, 0}, out);
    EXPECT_NEAR(field.farthest, 5e-4, 1e-12);
    EXPECT_NEAR(out[0] / size, 1, 1e-9);
  }
}

TEST(JacobianProduct, OfNoDirectionIsNothingForNoEvaluation) {
  Curved field;
  JacobianProduct<FlatSpace, Curved> product(field, {1, 1});
  Flat out{5, 5};
  product({0, 0}, out);
  EXPECT_EQ(out, (Flat{0, 0}));
  EXPECT_EQ(product.evaluations(), 0);
}

TEST(JacobianProduct, RefusesAFieldThatIsNotFinite) {
  struct Broken {
    void evaluate(const Flat&, Flat& v) const { v[0] = std::numeric_limits<double>::quiet_NaN(); }
  } field;
  JacobianProduct<FlatSpace, Broken> product(field, {1});
  Flat out(1);
  test::expect_error([&] { product({1}, out); }, ErrorCode::kNumeric,
                     "[microscope] the field of the game is not finite: got nan; look at a point "
                     "before the blow-up, or at the first bad tensor of the run");
}

TEST(DenseMatrix, IsTheJacobianEntryByEntryForTwoEvaluationsAColumn) {
  Curved field;
  const Flat z{0.7, -0.4};
  JacobianProduct<FlatSpace, Curved> product(field, z);
  const Flat j = dense_matrix<FlatSpace>(product, z);
  const Flat exact{2 * z[0] * z[1], z[0] * z[0], 0, std::cos(z[1])};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(j[i], exact[i], 1e-8);
  EXPECT_EQ(product.evaluations(), 4);
}

TEST(DenseMatrix, RefusesAGameThatIsTooLarge) {
  Matrix m{1, {1}};
  test::expect_error([&] { dense_matrix<FlatSpace>(m, Flat(2049)); }, ErrorCode::kUsage,
                     "[microscope] a dense Jacobian: got 2049 parameters, expected at most 2048; "
                     "try arnoldi or rotation_ratio, which need products only");
}

TEST(RandomSigns, AreBalancedRepeatableAndDifferFromProbeToProbe) {
  const Flat a = random_signs(10000, 1, 0), b = random_signs(10000, 1, 1);
  EXPECT_EQ(a, random_signs(10000, 1, 0));
  EXPECT_NE(a, random_signs(10000, 2, 0));
  double sum = 0, overlap = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(std::abs(a[i]), 1);
    sum += a[i];
    overlap += a[i] * b[i];
  }
  // 4 standard errors of 10000 signs.
  EXPECT_LT(std::abs(sum), 400);
  EXPECT_LT(std::abs(overlap), 400);
}

// The reference: random 200 x 200 matrices of ratio about .4.
TEST(RotationRatio, HasTheStatedSpreadAtOneFourAndSixteenProbes) {
  Matrix m = test::mixed_matrix(200, 0.4, 3);
  const double exact = test::true_ratio(m);
  EXPECT_NEAR(exact, 0.4, 0.01);
  struct Row {
    std::size_t probes;
    double deviation;
  };
  for (const Row row : {Row{1, 0.041}, Row{4, 0.020}, Row{16, 0.010}}) {
    constexpr int kRepeats = 200;
    double mean = 0, squares = 0;
    for (int i = 0; i < kRepeats; ++i) {
      const auto r = rotation_ratio<FlatSpace>(
          m, Flat(200), {.probes = row.probes, .seed = static_cast<std::uint64_t>(i)});
      mean += r.ratio / kRepeats;
      squares += (r.ratio - exact) * (r.ratio - exact) / kRepeats;
    }
    // The standard error of a standard deviation from 200 repeats is 5 %; 4 of them.
    EXPECT_NEAR(std::sqrt(squares), row.deviation, 0.2 * row.deviation) << row.probes;
    EXPECT_NEAR(mean, exact, 4 * row.deviation / std::sqrt(kRepeats) + 0.003) << row.probes;
  }
}

TEST(RotationRatio, AtOneProbeSpreadsAsStatedForSmallAndLargeRatios) {
  struct Row {
    double ratio, relative_deviation;
  };
  for (const Row row : {Row{0.2, 0.21}, Row{1, 0.07}, Row{3, 0.14}}) {
    Matrix m = test::mixed_matrix(200, row.ratio, 5);
    const double exact = test::true_ratio(m);
    constexpr int kRepeats = 300;
    double squares = 0;
    for (int i = 0; i < kRepeats; ++i) {
      const auto r = rotation_ratio<FlatSpace>(
          m, Flat(200), {.probes = 1, .seed = static_cast<std::uint64_t>(i)});
      squares += std::pow(r.ratio / exact - 1, 2) / kRepeats;
    }
    // The stated percentages have two digits.
    EXPECT_NEAR(std::sqrt(squares), row.relative_deviation, 0.2 * row.relative_deviation)
        << row.ratio;
  }
}

TEST(RotationRatio, CostsFourEvaluationsAProbeAndStatesItsError) {
  Matrix m = test::mixed_matrix(200, 0.4, 3);
  const double exact = test::true_ratio(m);
  JacobianProduct<FlatSpace, Matrix> product(m, Flat(200, 0.1));
  const auto r = rotation_ratio<FlatSpace>(product, Flat(200), {.probes = 16});
  EXPECT_EQ(r.evaluations, 64);
  EXPECT_EQ(product.evaluations(), 64);
  EXPECT_NEAR(r.ratio, exact, 0.04);
  EXPECT_NEAR(r.ratio, exact, 4 * r.standard_error);
  // From 16 probes the deviation itself is known to about 18 %.
  EXPECT_NEAR(r.spread, 0.041, 0.03);
  EXPECT_NEAR(r.standard_error, r.spread / 4, 1e-12);
  EXPECT_NEAR(r.share, r.ratio * r.ratio / (1 + r.ratio * r.ratio), 1e-12);
  EXPECT_TRUE(std::isnan(rotation_ratio<FlatSpace>(m, Flat(200), {.probes = 1}).spread));
}

TEST(RotationRatio, OfPurePotentialIsZeroOfPureRotationInfiniteOfNothingNotANumber) {
  Matrix potential = test::matrix_of({{-1, 2}, {2, 3}}),
         rotation = test::matrix_of({{0, -2}, {2, 0}}), nothing = test::matrix_of({{0, 0}, {0, 0}});
  const auto of = [](Matrix& m) { return rotation_ratio<FlatSpace>(m, Flat(2), {.probes = 8}); };
  EXPECT_EQ(of(potential).ratio, 0);
  EXPECT_EQ(of(potential).share, 0);
  EXPECT_EQ(of(rotation).ratio, std::numeric_limits<double>::infinity());
  EXPECT_EQ(of(rotation).share, 1);
  // |A|_F^2 = 2 * 2^2, and every probe says so.
  EXPECT_EQ(of(rotation).antisymmetric, 8);
  EXPECT_EQ(of(rotation).symmetric, 0);
  EXPECT_TRUE(std::isnan(of(nothing).ratio));
  EXPECT_TRUE(std::isnan(of(nothing).share));
}

TEST(RotationRatio, RefusesToLookWithNoProbe) {
  Matrix m = test::matrix_of({{1}});
  test::expect_error([&] { rotation_ratio<FlatSpace>(m, Flat(1), {.probes = 0}); },
                     ErrorCode::kUsage, "[microscope] probes: got 0, expected 1 or more");
}

}  // namespace
}  // namespace saddle::monitor
