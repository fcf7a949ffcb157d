#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "saddle/monitor/field_of.h"

namespace saddle::monitor {

/// Length of a difference step relative to max(1, |z|), for smooth fields in float64.
inline constexpr double kDifferenceStep = 1e-4;

/// J r by central differences, (v(z + e r) - v(z - e r)) / 2e with e = step max(1, |z|) / |r|: two
/// evaluations of the field each. The error is O(e^2) where v is smooth. A network with kinks
/// (leaky ReLU) has a field that jumps in its parameters: where a step passes a kink the jump is
/// divided by the step, so take kNetworkStep for networks. `field` outlives the product; z is
/// copied.
template <class S, class F>
requires FieldOf<F, S>
class JacobianProduct {
 public:
  using Vector = typename S::Vector;

  JacobianProduct(F& field, const Vector& z, double step = kDifferenceStep)
      : field_(field),
        point_(detail::clone<S>(z)),
        shifted_(S::zeros_like(z)),
        back_(S::zeros_like(z)),
        length_(step * std::max(1.0, detail::norm<S>(z))) {
    detail::require_finite(length_, "the point");
  }

  /// Writes J r into `out`. Throws Error(kNumeric) where the field is not finite.
  void operator()(const Vector& r, Vector& out) {
    const double size = detail::norm<S>(r);
    detail::require_finite(size, "the direction of a Jacobian product");
    if (size == 0) {
      S::scale(out, 0);
      return;
    }
    const double e = length_ / size;
    at(e, r, out);
    at(-e, r, back_);
    S::axpy(out, -1, back_);
    S::scale(out, 1 / (2 * e));
    detail::require_finite(S::dot(out, out), "the field of the game");
  }

  /// Evaluations of the field so far.
  std::int64_t evaluations() const { return evaluations_; }

 private:
  void at(double e, const Vector& r, Vector& v) {
    S::copy(shifted_, point_);
    S::axpy(shifted_, e, r);
    field_.evaluate(shifted_, v);
    ++evaluations_;
  }

  F& field_;
  Vector point_, shifted_, back_;
  double length_;
  std::int64_t evaluations_ = 0;
};

/// The most numbers a dense Jacobian is made for: 2048^2 doubles are 32 MiB.
inline constexpr std::size_t kDenseLimit = 2048;

/// The whole matrix of a map, row-major [n,n], one product a column; n is the size of `like`.
/// Throws Error(kUsage) for more than kDenseLimit numbers.
template <class S, class P>
requires MapOn<P, S> std::vector<double> dense_matrix(P& map, const typename S::Vector& like);

namespace detail {
void require_dense(std::size_t n);
}

template <class S, class P>
requires MapOn<P, S> std::vector<double> dense_matrix(P& map, const typename S::Vector& like) {
  const std::size_t n = Entries<S>::count(like);
  detail::require_dense(n);
  std::vector<double> matrix(n * n), unit(n, 0.0);
  auto r = S::zeros_like(like), column = S::zeros_like(like);
  for (std::size_t j = 0; j < n; ++j) {
    unit[j] = 1;
    Entries<S>::write(r, unit);
    unit[j] = 0;
    map(r, column);
    const std::vector<double> values = Entries<S>::read(column);
    for (std::size_t i = 0; i < n; ++i) matrix[i * n + j] = values[i];
  }
  return matrix;
}

}  // namespace saddle::monitor
