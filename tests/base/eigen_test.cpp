#include "saddle/base/eigen.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "saddle/base/error.h"
#include "saddle/base/philox.h"
#include "tests/base/temporary.h"

namespace saddle {
namespace {

using Values = std::vector<std::complex<double>>;

/// The companion matrix of z^n + c[n-1] z^(n-1) + ... + c[0]: its eigenvalues are the roots.
std::vector<double> companion(const std::vector<double>& c) {
  const std::size_t n = c.size();
  std::vector<double> matrix(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    if (i > 0) matrix[i * n + i - 1] = 1;
    matrix[i * n + n - 1] = -c[i];
  }
  return matrix;
}

std::vector<double> random_matrix(std::size_t n, std::uint64_t seed) {
  PhiloxSequence random(seed);
  std::vector<double> matrix(n * n);
  for (double& entry : matrix) entry = random.normal();
  return matrix;
}

TEST(Eigenvalues, OfARotationAreAConjugatePair) {
  const std::vector<double> matrix{0.3, -0.8, 0.8, 0.3};
  const Values found = eigenvalues(matrix, 2);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_NEAR(found[0].real(), 0.3, 1e-15);
  EXPECT_NEAR(found[0].imag(), 0.8, 1e-15);
  EXPECT_EQ(found[1], std::conj(found[0]));
}

TEST(Eigenvalues, AreReadInRowMajorOrderAndSortedByModulus) {
  // Lower triangular: the diagonal, whatever stands below it.
  const std::vector<double> matrix{1, 0, 0, 50, -3, 0, 7, 9, 2};
  const Values found = eigenvalues(matrix, 3);
  EXPECT_NEAR(std::abs(found[0] - std::complex<double>(-3)), 0, 1e-13);
  EXPECT_NEAR(std::abs(found[1] - std::complex<double>(2)), 0, 1e-13);
  EXPECT_NEAR(std::abs(found[2] - std::complex<double>(1)), 0, 1e-13);
}

TEST(Eigenvalues, OfACompanionMatrixAreTheRootsOfUnity) {
  for (const std::size_t n : {5, 12, 100}) {
    std::vector<double> c(n, 0.0);
    c[0] = -1;
    const Values found = eigenvalues(companion(c), n);
    for (std::size_t k = 0; k < n; ++k) {
      const auto root = std::polar(1.0, 2 * std::numbers::pi * static_cast<double>(k) / n);
      double nearest = 1;
      for (const auto& value : found) nearest = std::min(nearest, std::abs(value - root));
      EXPECT_LT(nearest, 1e-12) << "n " << n << ", root " << k;
    }
  }
}

TEST(Eigenvalues, OfTheDiscreteLaplacianAreItsKnownSpectrum) {
  const std::size_t n = 200;
  std::vector<double> matrix(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    matrix[i * n + i] = 2;
    if (i > 0) matrix[i * n + i - 1] = matrix[(i - 1) * n + i] = -1;
  }
  const Values found = eigenvalues(matrix, n);
  for (std::size_t k = 0; k < n; ++k) {
    // Largest first.
    const double angle = std::numbers::pi * static_cast<double>(n - k) / (n + 1);
    EXPECT_NEAR(found[k].real(), 2 - 2 * std::cos(angle), 1e-12);
    EXPECT_NEAR(found[k].imag(), 0, 1e-12);
  }
}

TEST(Eigenvalues, SumToTheTraceAndTheirSquaresToThatOfTheSquare) {
  const std::size_t n = 200;
  const auto matrix = random_matrix(n, 5);
  std::complex<double> sum = 0, squares = 0;
  for (const auto& value : eigenvalues(matrix, n)) {
    sum += value;
    squares += value * value;
  }
  double trace = 0, trace_of_square = 0;
  for (std::size_t i = 0; i < n; ++i) {
    trace += matrix[i * n + i];
    for (std::size_t j = 0; j < n; ++j) trace_of_square += matrix[i * n + j] * matrix[j * n + i];
  }
  EXPECT_NEAR(sum.real(), trace, 1e-10);
  EXPECT_NEAR(sum.imag(), 0, 1e-10);
  EXPECT_NEAR(squares.real(), trace_of_square, 1e-8);
}

TEST(Eigenvalues, OfAnAntisymmetricMatrixHaveNoRealPart) {
  const std::size_t n = 61;
  auto matrix = random_matrix(n, 8);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      matrix[i * n + j] = i == j ? 0 : -matrix[j * n + i];
    }
  }
  const Values found = eigenvalues(matrix, n);
  for (const auto& value : found) EXPECT_NEAR(value.real(), 0, 1e-12);
  // An odd one has a zero.
  EXPECT_NEAR(std::abs(found.back()), 0, 1e-12);
}

TEST(Eigenvalues, OfADefectiveMatrixAreFoundToTheSquareRootOfRounding) {
  // Optimistic gradient descent at s = 1/2: a double root of modulus 1/sqrt(2).
  const double s = 0.5;
  const std::vector<double> matrix{1,     -2 * s, 0,  s,  //
                                   2 * s, 1,      -s, 0,  //
                                   1,     0,      0,  0,  //
                                   0,     1,      0,  0};
  EXPECT_NEAR(spectral_radius(matrix, 4), std::numbers::sqrt2 / 2, 1e-7);
}

TEST(Eigenvalues, OfNothingAndOfOneNumberAreThat) {
  EXPECT_TRUE(eigenvalues({}, 0).empty());
  EXPECT_EQ(spectral_radius({}, 0), 0);
  const std::vector<double> one{-4.0};
  EXPECT_EQ(eigenvalues(one, 1), Values{-4.0});
  EXPECT_EQ(spectral_radius(one, 1), 4);
}

TEST(Eigenvalues, RefuseWhatIsNoMatrixOfNumbers) {
  const auto message = [](const std::vector<double>& matrix, std::size_t n) -> std::string {
    try {
      eigenvalues(matrix, n);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message({1, 2, 3}, 2), "[eigenvalues] got 3 entries, expected 2 x 2");
  const std::string bad = "[eigenvalues] a NaN or infinite entry in a matrix of 2 x 2";
  EXPECT_EQ(message({1, 2, std::numeric_limits<double>::quiet_NaN(), 0}, 2), bad);
  EXPECT_EQ(message({1, 2, std::numeric_limits<double>::infinity(), 0}, 2), bad);
}

TEST(LinearSystem, IsSolvedWithPivots) {
  const auto x = solve_linear({0, 2, 1, 1}, {4, 3});
  EXPECT_NEAR(x[0], 1, 1e-15);
  EXPECT_NEAR(x[1], 2, 1e-15);
}

TEST(LinearSystem, IsRefusedWhenSingularWhateverTheRightSide) {
  for (const std::vector<double>& right : {std::vector<double>{1, 1}, {1, 2}, {0, 0}}) {
    test::expect_error(
        [&] {
          solve_linear({1, 2, 2, 4}, right);
        },
        ErrorCode::kNumeric, "[solve] the 2 x 2 matrix is singular");
  }
  test::expect_error(
      [] {
        solve_linear({1, 2, std::numeric_limits<double>::quiet_NaN(), 4}, {1, 1});
      },
      ErrorCode::kNumeric, "[solve] a NaN or infinite entry in a matrix of 2 x 2");
  test::expect_error(
      [] {
        solve_linear({1, 2, 3}, {1, 1});
      },
      ErrorCode::kInternal, "[solve] got 3 entries, expected 2 x 2");
}

}  // namespace
}  // namespace saddle
