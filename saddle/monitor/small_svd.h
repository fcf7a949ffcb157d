#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace saddle::monitor {

/// matrix [rows,columns] = u diag(values) v^T with k = min(rows, columns).
struct Svd {
  std::vector<double> values;  ///< [k], largest first
  std::vector<double> u;       ///< [rows,k] row-major
  std::vector<double> v;       ///< [columns,k] row-major
};

/// The decomposition of a small matrix in float64 by two-sided Jacobi rotations;
/// singular values to full relative accuracy of the largest. Throws Error(kUsage) where the size
/// does not fit, Error(kNumeric) where an entry is not finite.
Svd small_svd(std::span<const double> row_major, std::size_t rows, std::size_t columns);

}  // namespace saddle::monitor
