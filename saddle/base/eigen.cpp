#include "saddle/base/eigen.h"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Pairs of equal modulus keep a fixed order, so that results compare.
bool comes_first(const std::complex<double>& a, const std::complex<double>& b) {
  const double size_a = std::abs(a);
  const double size_b = std::abs(b);
  if (size_a != size_b) return size_a > size_b;
  return a.imag() != b.imag() ? a.imag() > b.imag() : a.real() > b.real();
}

void require_matrix(std::span<const double> matrix, std::size_t n, const char* who) {
  if (matrix.size() != n * n) {
    throw Error(ErrorCode::kInternal, who,
                cat("got ", matrix.size(), " entries, expected ", n, " x ", n));
  }
  if (!std::ranges::all_of(matrix, [](double entry) { return std::isfinite(entry); })) {
    throw Error(ErrorCode::kNumeric, who,
                cat("a NaN or infinite entry in a matrix of ", n, " x ", n));
  }
}

}  // namespace

std::vector<std::complex<double>> eigenvalues(std::span<const double> matrix, std::size_t n) {
  require_matrix(matrix, n, "eigenvalues");
  if (n == 0) return {};
  const auto size = static_cast<Eigen::Index>(n);
  const Eigen::EigenSolver<Eigen::MatrixXd> solver(
      Eigen::Map<const RowMajor>(matrix.data(), size, size), /*computeEigenvectors=*/false);
  if (solver.info() != Eigen::Success) {
    throw Error(ErrorCode::kInternal, "eigenvalues",
                cat("QR did not converge on a matrix of ", n, " x ", n));
  }
  const auto& found = solver.eigenvalues();
  std::vector<std::complex<double>> out(found.begin(), found.end());
  std::ranges::sort(out, comes_first);
  return out;
}

double spectral_radius(std::span<const double> matrix, std::size_t n) {
  const auto all = eigenvalues(matrix, n);
  return all.empty() ? 0 : std::abs(all.front());
}

std::vector<double> solve_linear(const std::vector<double>& matrix,
                                 const std::vector<double>& right) {
  const std::size_t n = right.size();
  require_matrix(matrix, n, "solve");
  const auto size = static_cast<Eigen::Index>(n);
  const auto factors = Eigen::Map<const RowMajor>(matrix.data(), size, size).partialPivLu();
  const Eigen::VectorXd x = factors.solve(Eigen::Map<const Eigen::VectorXd>(right.data(), size));
  // A right side that fits a singular matrix has a finite solution, one of many.
  if ((factors.matrixLU().diagonal().array() == 0).any() || !x.allFinite()) {
    throw Error(ErrorCode::kNumeric, "solve", cat("the ", n, " x ", n, " matrix is singular"));
  }
  return {x.begin(), x.end()};
}

}  // namespace saddle
