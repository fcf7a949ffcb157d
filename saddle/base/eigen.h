#pragma once

#include <complex>
#include <cstddef>
#include <span>
#include <vector>

namespace saddle {

/// The n eigenvalues of a real, not necessarily symmetric matrix, by shifted QR on its Hessenberg
/// form, sorted by modulus, largest first; of a conjugate pair the one with positive imaginary part
/// comes first. `matrix` is n x n, row-major. A double root is known only to about 1e-8 of the
/// norm. Throws Error(kInternal) when the size is not n * n or QR does not converge,
/// Error(kNumeric) when an entry is NaN or infinite.
std::vector<std::complex<double>> eigenvalues(std::span<const double> matrix, std::size_t n);

/// The largest modulus among the eigenvalues; 0 when n is 0. Throws as `eigenvalues` does.
double spectral_radius(std::span<const double> matrix, std::size_t n);

/// The x with matrix x = right, n = right's length, matrix n x n row-major, by LU with partial
/// pivoting. Throws Error(kInternal) for another size, Error(kNumeric) for a singular matrix
/// and for entries that are NaN or infinite.
std::vector<double> solve_linear(const std::vector<double>& matrix,
                                 const std::vector<double>& right);

}  // namespace saddle
