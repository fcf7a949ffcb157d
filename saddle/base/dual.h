#pragma once

#include <cmath>
#include <concepts>

namespace saddle {

/// A number with its derivative in one direction: forward differentiation of any function written
/// as a template over its number type. Exact to rounding. Dual<Dual<double>> gives second
/// derivatives.
template <class T>
struct Dual {
  T value{};
  T slope{};

  constexpr Dual() = default;
  constexpr Dual(double constant) : value(constant) {}  // NOLINT: numbers mix with duals
  constexpr Dual(T v, T s) requires(!std::same_as<T, double>) : value(v), slope(s) {}
  constexpr Dual(double v, double s) requires std::same_as<T, double> : value(v), slope(s) {}

  friend constexpr Dual operator-(const Dual& a) { return {-a.value, -a.slope}; }
  friend constexpr Dual operator+(const Dual& a, const Dual& b) {
    return {a.value + b.value, a.slope + b.slope};
  }
  friend constexpr Dual operator-(const Dual& a, const Dual& b) {
    return {a.value - b.value, a.slope - b.slope};
  }
  friend constexpr Dual operator*(const Dual& a, const Dual& b) {
    return {a.value * b.value, a.slope * b.value + a.value * b.slope};
  }
  friend constexpr Dual operator/(const Dual& a, const Dual& b) {
    const T quotient = a.value / b.value;
    return {quotient, (a.slope - quotient * b.slope) / b.value};
  }
  constexpr Dual& operator+=(const Dual& b) { return *this = *this + b; }
  constexpr Dual& operator-=(const Dual& b) { return *this = *this - b; }
  constexpr Dual& operator*=(const Dual& b) { return *this = *this * b; }

  /// Branches look at values alone.
  friend constexpr bool operator<(const Dual& a, const Dual& b) { return a.value < b.value; }
  friend constexpr bool operator>(const Dual& a, const Dual& b) { return b < a; }

  friend Dual exp(const Dual& a) {
    using std::exp;
    const T e = exp(a.value);
    return {e, e * a.slope};
  }
  friend Dual log(const Dual& a) {
    using std::log;
    return {log(a.value), a.slope / a.value};
  }
  friend Dual log1p(const Dual& a) {
    using std::log1p;
    return {log1p(a.value), a.slope / (1.0 + a.value)};
  }
  friend Dual sqrt(const Dual& a) {
    using std::sqrt;
    const T root = sqrt(a.value);
    return {root, a.slope / (2.0 * root)};
  }
  friend Dual tanh(const Dual& a) {
    using std::tanh;
    const T t = tanh(a.value);
    return {t, (1.0 - t * t) * a.slope};
  }
  /// The slope at 0 is taken from the right.
  friend Dual abs(const Dual& a) { return a.value < T(0.0) ? -a : a; }
};

/// What functions of games are written in: double, or duals of it.
template <class T>
concept Number = std::same_as<T, double> || requires(const T& t) {
  t.value;
  t.slope;
};

/// 1 / (1 + exp(-t)), without overflow.
template <Number T>
T sigmoid(const T& t) {
  using std::exp;
  if (t > T(0.0)) return 1.0 / (1.0 + exp(-t));
  const T e = exp(t);
  return e / (1.0 + e);
}

/// log(1 + exp(t)), without overflow.
template <Number T>
T softplus(const T& t) {
  using std::exp;
  using std::log1p;
  return t > T(0.0) ? t + log1p(exp(-t)) : log1p(exp(t));
}

}  // namespace saddle
