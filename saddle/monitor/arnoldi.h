#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "saddle/monitor/field_of.h"

namespace saddle::monitor {

struct SpectrumOptions {
  std::size_t steps = 20;  ///< products with J, 1 or more; never more than the dimension
  std::uint64_t seed = 0;  ///< of the start direction
  /// A new direction shorter than this share of its product ends the iteration: the directions so
  /// far span an invariant subspace. Above the noise of differences, about 1e-11.
  double breakdown = 1e-8;
};

/// An approximate eigenvalue and the length of J x - value x for its eigenvector |x| = 1 within the
/// subspace: an error bound for a normal J, a guide for others.
struct RitzValue {
  std::complex<double> value;
  double residual = 0;
};

/// Eigenvalues of J at a point, the outer ones first to be right. Cost: 2 field evaluations a step.
struct Spectrum {
  static constexpr std::string_view kValidFor =
      "every objective; per unit of time, where a step of rate h is a time h";

  std::vector<RitzValue> values;  ///< largest modulus first
  std::size_t steps = 0;          ///< done: fewer than asked where `invariant`
  bool invariant = false;         ///< the subspace is invariant: the values are eigenvalues
  std::int64_t evaluations = 0;   ///< of the field

  double radius() const;             ///< largest modulus
  double largest_real() const;       ///< > 0: the point repels
  double largest_imaginary() const;  ///< fastest rotation, radians per unit of time
  /// The largest step of simultaneous play that converges, min over values -r + iw of
  /// 2r / (r^2 + w^2); 0 where a real part is not negative. Knows only the values found.
  double largest_simultaneous_step() const;
};

/// Ritz values of a Hessenberg matrix [steps+1, steps], row-major, largest modulus first.
std::vector<RitzValue> ritz_values(std::span<const double> hessenberg, std::size_t steps);

/// Arnoldi's iteration from a random direction: modified Gram-Schmidt, applied twice; `like` gives
/// the shape. Throws Error(kUsage) for no step.
template <class S, class P>
requires MapOn<P, S> Spectrum arnoldi(P& product, const typename S::Vector& like,
                                      const SpectrumOptions& options = {}) {
  detail::require_at_least(static_cast<double>(options.steps), 1, "steps");
  const std::int64_t before = detail::evaluations_of(product);
  const std::size_t n = Entries<S>::count(like), m = std::min(options.steps, n);
  std::vector<typename S::Vector> basis{S::zeros_like(like)};
  Entries<S>::write(basis[0], random_direction(n, options.seed, 0));
  std::vector<double> h((m + 1) * m, 0.0);
  auto w = S::zeros_like(like);
  Spectrum found;
  while (found.steps < m && !found.invariant) {
    const std::size_t j = found.steps++;
    product(basis[j], w);
    const double size = detail::norm<S>(w);
    for (int pass = 0; pass < 2; ++pass) {
      for (std::size_t i = 0; i <= j; ++i) {
        const double overlap = S::dot(basis[i], w);
        h[i * m + j] += overlap;
        S::axpy(w, -overlap, basis[i]);
      }
    }
    const double rest = detail::norm<S>(w);
    found.invariant = rest <= options.breakdown * size || j + 1 == n;
    if (found.invariant) break;
    h[(j + 1) * m + j] = rest;
    basis.push_back(detail::clone<S>(w));
    S::scale(basis.back(), 1 / rest);
  }
  std::vector<double> used((found.steps + 1) * found.steps);
  for (std::size_t i = 0; i <= found.steps; ++i) {
    for (std::size_t j = 0; j < found.steps; ++j) used[i * found.steps + j] = h[i * m + j];
  }
  found.values = ritz_values(used, found.steps);
  found.evaluations = detail::evaluations_of(product) - before;
  return found;
}

}  // namespace saddle::monitor
