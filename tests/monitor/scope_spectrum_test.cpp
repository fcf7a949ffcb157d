#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "saddle/base/eigen.h"
#include "saddle/monitor/arnoldi.h"
#include "saddle/monitor/golub_kahan.h"
#include "saddle/monitor/jacobian.h"
#include "saddle/monitor/small_svd.h"
#include "tests/monitor/flat_fields.h"

namespace saddle::monitor {
namespace {

using test::DiracNs;
using test::Flat;
using test::Matrix;

// The reference: 60-dim bilinear games, A 30 x 30 Gaussian, not scaled; 20 steps, differences of
// relative step 1e-4.
TEST(Arnoldi, FindsTheLargestCouplingOfABilinearGameInTwentySteps) {
  for (const std::uint64_t seed : {0, 1, 2}) {
    const Flat a = test::gaussians(30, 30, 1, 100 + seed);
    const double largest = small_svd(a, 30, 30).values[0];
    Matrix field = test::bilinear_matrix(a, 30);
    const Flat z = test::gaussians(60, 1, 1, 200 + seed);
    JacobianProduct<FlatSpace, Matrix> product(field, z);
    const Spectrum s = arnoldi<FlatSpace>(product, z, {.steps = 20, .seed = seed});
    EXPECT_EQ(s.evaluations, 40);
    EXPECT_EQ(s.steps, 20U);
    EXPECT_FALSE(s.invariant);
    EXPECT_NEAR(s.largest_imaginary() / largest, 1, 1e-4) << seed;
    EXPECT_LT(std::abs(s.largest_real()), 1e-10);
    for (const auto& v : s.values) EXPECT_LT(std::abs(v.value.real()), 1e-10);
  }
}

TEST(Arnoldi, WithAsManyStepsAsDimensionsFindsTheWholeSpectrum) {
  const Flat a = test::gaussians(6, 6, 1, 3);
  const auto couplings = small_svd(a, 6, 6).values;
  Matrix field = test::bilinear_matrix(a, 6);
  const Spectrum s = arnoldi<FlatSpace>(field, Flat(12), {.steps = 50});
  EXPECT_TRUE(s.invariant);
  ASSERT_EQ(s.values.size(), 12U);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_NEAR(std::abs(s.values[2 * i].value.imag()), couplings[i], 1e-10);
    EXPECT_NEAR(std::abs(s.values[2 * i + 1].value.imag()), couplings[i], 1e-10);
    EXPECT_EQ(s.values[i].residual, 0);
  }
}

TEST(Arnoldi, StopsWhereTheDirectionsSoFarAreInvariant) {
  // The identity after one step; a plane that J maps on itself after two.
  Matrix one{50, Flat(2500)};
  for (std::size_t i = 0; i < 50; ++i) one.at(i, i) = -0.5;
  const Spectrum s = arnoldi<FlatSpace>(one, Flat(50));
  EXPECT_TRUE(s.invariant);
  EXPECT_EQ(s.steps, 1U);
  EXPECT_NEAR(s.values[0].value.real(), -0.5, 1e-15);

  Matrix turn{50, Flat(2500)};
  for (std::size_t i = 0; i < 50; i += 2) {
    turn.at(i, i + 1) = -3;
    turn.at(i + 1, i) = 3;
  }
  JacobianProduct<FlatSpace, Matrix> product(turn, Flat(50, 1.0));
  const Spectrum pair = arnoldi<FlatSpace>(product, Flat(50));
  EXPECT_TRUE(pair.invariant);
  EXPECT_EQ(pair.steps, 2U);
  EXPECT_EQ(pair.evaluations, 4);
  EXPECT_NEAR(pair.largest_imaginary(), 3, 1e-9);
}

TEST(Arnoldi, ResidualsBoundTheDistanceToTheSpectrumOfANormalMatrix) {
  const Flat a = test::gaussians(30, 30, 1, 9);
  Matrix field = test::bilinear_matrix(a, 30);
  const auto exact = eigenvalues(field.entries, 60);
  const Spectrum s = arnoldi<FlatSpace>(field, Flat(60), {.steps = 15});
  double largest = 0;
  for (const auto& v : s.values) {
    double nearest = 1e300;
    for (const auto& e : exact) nearest = std::min(nearest, std::abs(e - v.value));
    EXPECT_LE(nearest, v.residual + 1e-10);
    largest = std::max(largest, v.residual);
  }
  // Inner values are still far off, and say so.
  EXPECT_GT(largest, 0.1);
}

struct DiracRow {
  double gamma;
  double real, imaginary;
};

// Section 5 of the reference, NS + R1.
TEST(Arnoldi, FindsTheEigenvaluesOfTheDiracGan) {
  for (const DiracRow row : {DiracRow{0, 0, .5}, DiracRow{.1, -.05, .497494},
                             DiracRow{.3, -.15, .476970}, DiracRow{10, -.025063, 0}}) {
    DiracNs field{row.gamma};
    JacobianProduct<FlatSpace, DiracNs> product(field, {0, 0});
    const Spectrum s = arnoldi<FlatSpace>(product, Flat(2));
    EXPECT_NEAR(s.largest_real(), row.real, 1e-6);
    EXPECT_NEAR(s.largest_imaginary(), row.imaginary, 1e-6);
  }
}

// Step edges of section 5: h* = 4 gamma for gamma <= 1; no step without damping.
TEST(Spectrum, SaysTheLargestStepOfSimultaneousPlay) {
  for (const double gamma : {.1, .3}) {
    DiracNs field{gamma};
    JacobianProduct<FlatSpace, DiracNs> product(field, {0, 0});
    EXPECT_NEAR(arnoldi<FlatSpace>(product, Flat(2)).largest_simultaneous_step(), 4 * gamma, 1e-6);
  }
  const std::vector<RitzValue> growing{{{0.1, 1}, 0}};
  EXPECT_EQ(Spectrum{.values = growing}.largest_simultaneous_step(), 0);
}

TEST(Arnoldi, RefusesToLookWithNoStep) {
  Matrix m = test::matrix_of({{1}});
  test::expect_error([&] { arnoldi<FlatSpace>(m, Flat(1), {.steps = 0}); }, ErrorCode::kUsage,
                     "[microscope] steps: got 0, expected 1 or more");
}

TEST(SmallSvd, PutsTheMatrixTogetherAgain) {
  const Flat a = test::gaussians(7, 4, 1, 11);
  const Svd svd = small_svd(a, 7, 4);
  ASSERT_EQ(svd.values.size(), 4U);
  EXPECT_TRUE(std::is_sorted(svd.values.rbegin(), svd.values.rend()));
  for (std::size_t i = 0; i < 7; ++i) {
    for (std::size_t j = 0; j < 4; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < 4; ++k)
        sum += svd.u[i * 4 + k] * svd.values[k] * svd.v[j * 4 + k];
      EXPECT_NEAR(sum, a[i * 4 + j], 1e-14);
    }
  }
}

TEST(SmallSvd, RefusesSizesThatDoNotFitAndNumbersThatAreNone) {
  test::expect_error([] { small_svd(Flat(5), 2, 3); }, ErrorCode::kUsage,
                     "[microscope] singular values: got 5 entries, expected 2 x 3, 1 or more");
  test::expect_error([] { small_svd(Flat{std::nan("")}, 1, 1); }, ErrorCode::kNumeric,
                     "[microscope] singular values: a NaN or infinite entry in a matrix of 1 x 1");
}

TEST(LeadingSingularValues, AgreeWithTheDenseDecomposition) {
  Matrix m = test::mixed_matrix(100, 1, 21);
  Matrix t = m.transposed();
  const auto exact = small_svd(m.entries, 100, 100).values;
  const auto found = leading_singular_values<FlatSpace>(m, t, Flat(100), {.steps = 40});
  EXPECT_EQ(found.steps, 40U);
  EXPECT_LT(found.mismatch, 1e-14);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(found.values[i] / exact[i], 1, 1e-6) << i;
}

TEST(LeadingSingularValues, ByDifferencesCostTwoEvaluationsAStepAndOnePairForTheCheck) {
  Matrix m = test::mixed_matrix(30, 1, 22);
  Matrix t = m.transposed();
  JacobianProduct<FlatSpace, Matrix> product(m, Flat(30, 0.2));
  const auto found = leading_singular_values<FlatSpace>(product, t, Flat(30), {.steps = 30});
  EXPECT_EQ(found.evaluations, 62);
  const auto exact = small_svd(m.entries, 30, 30).values;
  for (std::size_t i = 0; i < 5; ++i) EXPECT_NEAR(found.values[i], exact[i], 1e-8);
}

TEST(LeadingSingularValues, TellAProductThatIsNotTheTransposed) {
  Matrix m = test::mixed_matrix(30, 1, 22);
  EXPECT_GT(leading_singular_values<FlatSpace>(m, m, Flat(30)).mismatch, 1e-3);
}

}  // namespace
}  // namespace saddle::monitor
