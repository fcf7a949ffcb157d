#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "saddle/dynamics/space.h"

namespace saddle::monitor {

/// The field of a game, as every instrument of the microscope sees it: `evaluate` writes v(z),
/// minus the gradient of each player's own loss. The same z gives the same v; `v` has the shape of
/// z already and may not be z itself.
template <class F, class S>
concept FieldOf = Space<S> &&
    requires(F& field, const typename S::Vector& z, typename S::Vector& v) {
  {field.evaluate(z, v)};
};

/// A linear map r -> out on vectors of a space: `out` has the shape of r already.
template <class P, class S>
concept MapOn = Space<S> && requires(P& map, const typename S::Vector& r, typename S::Vector& out) {
  {map(r, out)};
};

/// A callable closed-form field `field(z, v)` on flat vectors.
template <class F>
class FlatField {
 public:
  explicit FlatField(F field) : field_(std::move(field)) {}
  void evaluate(const std::vector<double>& z, std::vector<double>& v) { field_(z, v); }

 private:
  F field_;
};

/// The numbers of a vector of a space, one after the other.
template <class S>
struct Entries;

template <>
struct Entries<FlatSpace> {
  static std::size_t count(const std::vector<double>& v) { return v.size(); }
  static void write(std::vector<double>& v, std::span<const double> values) {
    v.assign(values.begin(), values.end());
  }
  static std::vector<double> read(const std::vector<double>& v) { return v; }
};

/// n numbers +1 or -1 (Rademacher), a function of seed and index: probe `index` of stream "scope".
std::vector<double> random_signs(std::size_t n, std::uint64_t seed, std::uint64_t index);

/// A random direction of length 1, uniform on the sphere; of the same stream, its own numbers.
std::vector<double> random_direction(std::size_t n, std::uint64_t seed, std::uint64_t index);

namespace detail {

template <class S>
typename S::Vector clone(const typename S::Vector& v) {
  typename S::Vector copy = S::zeros_like(v);
  S::copy(copy, v);
  return copy;
}

template <class S>
double norm(const typename S::Vector& v) {
  return std::sqrt(S::dot(v, v));
}

/// What a map has spent, where it counts.
template <class P>
std::int64_t evaluations_of(const P& map) {
  if constexpr (requires { map.evaluations(); }) return map.evaluations();
  return 0;
}

/// Throws Error(kNumeric) naming `what` unless the number is finite.
void require_finite(double value, const char* what);
/// Throws Error(kUsage) naming `what` unless value >= least.
void require_at_least(double value, double least, const char* what);

}  // namespace detail

}  // namespace saddle::monitor
