#include "saddle/base/eigen.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle {
namespace {

// Pairs of equal modulus keep a fixed order, so that results compare.
bool comes_first(const std::complex<double>& a, const std::complex<double>& b) {
  const double size_a = std::abs(a);
  const double size_b = std::abs(b);
  if (size_a != size_b) return size_a > size_b;
  return a.imag() != b.imag() ? a.imag() > b.imag() : a.real() > b.real();
}

}  // namespace

std::vector<std::complex<double>> eigenvalues(std::span<const double> matrix, std::size_t n) {
  if (matrix.size() != n * n) {
    throw Error(ErrorCode::kInternal, "eigenvalues",
                cat("got ", matrix.size(), " entries, expected ", n, " x ", n));
  }
  if (!std::ranges::all_of(matrix, [](double entry) { return std::isfinite(entry); })) {
    throw Error(ErrorCode::kNumeric, "eigenvalues",
                cat("a NaN or infinite entry in a matrix of ", n, " x ", n));
  }
  if (n == 0) return {};
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
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

}  // namespace saddle
