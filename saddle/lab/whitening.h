#pragma once

#include <array>

namespace saddle::lab {

/// Row-major.
using Matrix2 = std::array<double, 4>;

Matrix2 product(const Matrix2& a, const Matrix2& b);
Matrix2 transposed(const Matrix2& a);
/// a^(-1/2) of a symmetric matrix with positive eigenvalues.
Matrix2 inverse_root(const Matrix2& a);

}  // namespace saddle::lab
