#pragma once

#include <ATen/core/Tensor.h>

#include <concepts>
#include <cstddef>
#include <vector>

namespace saddle {

/// The few vector operations that steppers are written in.
template <class S>
concept Space = requires(typename S::Vector& a, const typename S::Vector& b, double s) {
  { S::zeros_like(b) } -> std::same_as<typename S::Vector>;
  {S::copy(a, b)};     // a <- b
  {S::axpy(a, s, b)};  // a <- a + s b
  {S::scale(a, s)};    // a <- s a
  { S::dot(b, b) } -> std::convertible_to<double>;
};

/// Vectors of doubles: games whose field is known in closed form.
struct FlatSpace {
  using Vector = std::vector<double>;
  static Vector zeros_like(const Vector& a) { return Vector(a.size(), 0.0); }
  static void copy(Vector& a, const Vector& b) { a = b; }
  static void axpy(Vector& a, double s, const Vector& b) {
    for (std::size_t i = 0; i < a.size(); ++i) a[i] += s * b[i];
  }
  static void scale(Vector& a, double s) {
    for (double& value : a) value *= s;
  }
  static double dot(const Vector& a, const Vector& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
  }
};

/// Lists of tensors, in place and without a graph.
struct TensorSpace {
  using Vector = std::vector<at::Tensor>;
  static Vector zeros_like(const Vector& a);
  static void copy(Vector& a, const Vector& b);
  static void axpy(Vector& a, double s, const Vector& b);
  static void scale(Vector& a, double s);
  static double dot(const Vector& a, const Vector& b);
};

static_assert(Space<FlatSpace> && Space<TensorSpace>);

}  // namespace saddle
