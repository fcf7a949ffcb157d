#include "saddle/monitor/small_svd.h"

#include <Eigen/SVD>
#include <algorithm>
#include <cmath>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::monitor {
namespace {

std::vector<double> row_major_of(const Eigen::MatrixXd& m) {
  std::vector<double> out;
  for (Eigen::Index i = 0; i < m.rows(); ++i) {
    for (Eigen::Index j = 0; j < m.cols(); ++j) out.push_back(m(i, j));
  }
  return out;
}

}  // namespace

Svd small_svd(std::span<const double> row_major, std::size_t rows, std::size_t columns) {
  if (row_major.size() != rows * columns || row_major.empty()) {
    throw Error(ErrorCode::kUsage, "microscope",
                cat("singular values: got ", row_major.size(), " entries, expected ", rows, " x ",
                    columns, ", 1 or more"));
  }
  if (!std::ranges::all_of(row_major, [](double entry) { return std::isfinite(entry); })) {
    throw Error(
        ErrorCode::kNumeric, "microscope",
        cat("singular values: a NaN or infinite entry in a matrix of ", rows, " x ", columns));
  }
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Eigen::MatrixXd matrix = Eigen::Map<const RowMajor>(
      row_major.data(), static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(columns));
  const Eigen::JacobiSVD<Eigen::MatrixXd> svd(matrix, Eigen::ComputeThinU | Eigen::ComputeThinV);
  const auto& values = svd.singularValues();
  return {{values.begin(), values.end()}, row_major_of(svd.matrixU()), row_major_of(svd.matrixV())};
}

}  // namespace saddle::monitor
