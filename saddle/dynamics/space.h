#pragma once

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

static_assert(Space<FlatSpace>);

/// One vector a player: where all players stand, or where each is heading.
template <Space S>
using Profile = std::vector<typename S::Vector>;

/// n zeros of this shape, each with memory of its own: copies of a list of tensors share it.
template <Space S>
std::vector<typename S::Vector> zeros_like(const typename S::Vector& like, std::size_t n) {
  std::vector<typename S::Vector> list;
  for (std::size_t i = 0; i < n; ++i) list.push_back(S::zeros_like(like));
  return list;
}

/// The same operations on profiles.
template <Space S>
struct ProfileSpace {
  using Vector = Profile<S>;
  static Vector zeros_like(const Vector& a) {
    Vector zeros;
    for (const auto& part : a) zeros.push_back(S::zeros_like(part));
    return zeros;
  }
  static void copy(Vector& a, const Vector& b) {
    for (std::size_t p = 0; p < a.size(); ++p) S::copy(a[p], b[p]);
  }
  static void axpy(Vector& a, double s, const Vector& b) {
    for (std::size_t p = 0; p < a.size(); ++p) S::axpy(a[p], s, b[p]);
  }
  static void scale(Vector& a, double s) {
    for (auto& part : a) S::scale(part, s);
  }
  static double dot(const Vector& a, const Vector& b) {
    double sum = 0;
    for (std::size_t p = 0; p < a.size(); ++p) sum += S::dot(a[p], b[p]);
    return sum;
  }
};

static_assert(Space<ProfileSpace<FlatSpace>>);

}  // namespace saddle
