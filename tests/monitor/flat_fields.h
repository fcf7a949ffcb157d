#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "saddle/base/error.h"
#include "saddle/base/philox.h"

namespace saddle::test {

using Flat = std::vector<double>;

/// A matrix [n,n], row-major, as a linear map and as a field z -> M (z - centre).
struct Matrix {
  std::size_t n = 0;
  Flat entries{};
  Flat centre{};

  double& at(std::size_t i, std::size_t j) { return entries[i * n + j]; }
  double at(std::size_t i, std::size_t j) const { return entries[i * n + j]; }

  void operator()(const Flat& r, Flat& out) const {
    for (std::size_t i = 0; i < n; ++i) {
      double sum = 0;
      for (std::size_t j = 0; j < n; ++j) sum += at(i, j) * r[j];
      out[i] = sum;
    }
  }
  void evaluate(const Flat& z, Flat& v) const {
    Flat from = z;
    for (std::size_t i = 0; i < centre.size(); ++i) from[i] -= centre[i];
    (*this)(from, v);
  }
  Matrix transposed() const {
    Matrix t{n, Flat(n * n)};
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) t.at(j, i) = at(i, j);
    }
    return t;
  }
};

inline Matrix matrix_of(std::vector<Flat> rows, Flat centre = {}) {
  Matrix m{rows.size(), {}, std::move(centre)};
  for (const Flat& row : rows) m.entries.insert(m.entries.end(), row.begin(), row.end());
  return m;
}

/// Gaussian entries times `scale`, [rows,columns].
inline Flat gaussians(std::size_t rows, std::size_t columns, double scale, std::uint64_t seed) {
  PhiloxSequence numbers(stream_key(seed, "test"));
  Flat entries(rows * columns);
  for (double& x : entries) x = scale * numbers.normal();
  return entries;
}

/// S + c A' of the reference: Gaussian matrices over sqrt(n), symmetrised and antisymmetrised.
inline Matrix mixed_matrix(std::size_t n, double c, std::uint64_t seed) {
  const double scale = 1 / std::sqrt(static_cast<double>(n));
  const Flat a = gaussians(n, n, scale, 2 * seed), b = gaussians(n, n, scale, 2 * seed + 1);
  Matrix m{n, Flat(n * n)};
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      m.at(i, j) = (a[i * n + j] + a[j * n + i]) / 2 + c * (b[i * n + j] - b[j * n + i]) / 2;
    }
  }
  return m;
}

/// |A|_F / |S|_F of a matrix, entry by entry.
inline double true_ratio(const Matrix& m) {
  double a = 0, s = 0;
  for (std::size_t i = 0; i < m.n; ++i) {
    for (std::size_t j = 0; j < m.n; ++j) {
      a += std::pow(m.at(i, j) - m.at(j, i), 2);
      s += std::pow(m.at(i, j) + m.at(j, i), 2);
    }
  }
  return std::sqrt(a / s);
}

/// The Jacobian of x^T B y with x [k] descending and y [k] ascending: [[0,-B],[B^T,0]].
inline Matrix bilinear_matrix(const Flat& b, std::size_t k) {
  Matrix m{2 * k, Flat(4 * k * k)};
  for (std::size_t i = 0; i < k; ++i) {
    for (std::size_t j = 0; j < k; ++j) {
      m.at(i, k + j) = -b[i * k + j];
      m.at(k + j, i) = b[i * k + j];
    }
  }
  return m;
}

/// The Dirac-GAN with the non-saturating loss and R1 (reference, section 5): z = (theta, psi).
struct DiracNs {
  double gamma = 0;
  void evaluate(const Flat& z, Flat& v) const {
    const auto slope = [](double t) { return 1 / (1 + std::exp(t)); };
    v[0] = -z[1] * slope(-z[0] * z[1]);
    v[1] = z[0] * slope(z[0] * z[1]) - gamma * z[1];
  }
};

/// Runs `action` and checks the kind and the whole message of what it throws.
inline void expect_error(const std::function<void()>& action, ErrorCode code,
                         const std::string& text) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_EQ(std::string(error.what()), text);
    return;
  }
  ADD_FAILURE() << "nothing was thrown, expected: " << text;
}

}  // namespace saddle::test
