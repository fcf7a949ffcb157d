#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "saddle/dynamics/space.h"

namespace saddle {

/// When a linear solve stops.
struct SolveOptions {
  int iterations = 50;       ///< products at most
  double tolerance = 1e-13;  ///< of the residual's norm over that of b
};

/// What a linear solve found.
template <Space S>
struct Solution {
  typename S::Vector x;
  int products = 0;  ///< with A
};

/// x with A x = b for a linear map `product(v) -> A v`: GMRES without restart (Saad and Schultz
/// 1986), whose residual never grows. Gives the best x within its iterations.
template <Space S, class Product>
Solution<S> solve(const Product& product, const typename S::Vector& b,
                  const SolveOptions& options = {}) {
  using Vector = typename S::Vector;
  Solution<S> result{.x = S::zeros_like(b)};
  const double size = std::sqrt(S::dot(b, b));
  if (size == 0) return result;
  // What is no number stays so: a player must not stand still because its gradient broke.
  if (!std::isfinite(size)) return {.x = b, .products = 0};
  std::vector<Vector> basis(1, S::zeros_like(b));
  S::axpy(basis[0], 1 / size, b);
  // Columns of the Hessenberg matrix, turned upper triangular by Givens rotations as they come.
  std::vector<std::vector<double>> columns;
  std::vector<double> cosines, sines, right{size};
  for (int k = 0; k < options.iterations; ++k) {
    Vector next = product(basis.back());
    std::vector<double> column;
    for (std::size_t i = 0; i < basis.size(); ++i) {
      column.push_back(S::dot(basis[i], next));
      S::axpy(next, -column.back(), basis[i]);
    }
    // Once more: rounding leaves the first pass short of orthogonal.
    for (std::size_t i = 0; i < basis.size(); ++i) {
      const double rest = S::dot(basis[i], next);
      column[i] += rest;
      S::axpy(next, -rest, basis[i]);
    }
    const double height = std::sqrt(S::dot(next, next));
    for (std::size_t i = 0; i < cosines.size(); ++i) {
      const double upper = cosines[i] * column[i] + sines[i] * column[i + 1];
      column[i + 1] = -sines[i] * column[i] + cosines[i] * column[i + 1];
      column[i] = upper;
    }
    const double length = std::hypot(column.back(), height);
    if (!std::isfinite(length)) return {.x = next, .products = k + 1};
    if (length == 0) break;  // A is singular on this space
    cosines.push_back(column.back() / length);
    sines.push_back(height / length);
    column.back() = length;
    columns.push_back(column);
    right.push_back(-sines.back() * right.back());
    right[right.size() - 2] *= cosines.back();
    ++result.products;
    if (std::abs(right.back()) <= options.tolerance * size || height <= 1e-15 * length) break;
    S::scale(next, 1 / height);
    basis.push_back(std::move(next));
  }
  const std::size_t n = columns.size();
  std::vector<double> weights(n);
  for (std::size_t i = n; i-- > 0;) {
    double rest = right[i];
    for (std::size_t j = i + 1; j < n; ++j) rest -= columns[j][i] * weights[j];
    weights[i] = rest / columns[i][i];
    S::axpy(result.x, weights[i], basis[i]);
  }
  return result;
}

}  // namespace saddle
