#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "saddle/monitor/field_of.h"
#include "saddle/monitor/small_svd.h"

namespace saddle::monitor {

struct SingularOptions {
  std::size_t steps = 20;   ///< products with J and with J^T each, 1 or more
  std::uint64_t seed = 0;   ///< of the start direction
  double breakdown = 1e-8;  ///< as in SpectrumOptions
};

/// Leading singular values of J. They need J^T: differences of gradients give J r only. Where J^T r
/// is known (a differentiable loss: TransposedProduct) this costs one product with each a step;
/// where it is not, dense_matrix and small_svd serve games of up to kDenseLimit parameters.
struct SingularValues {
  static constexpr std::string_view kValidFor = "every objective with a differentiable loss";

  std::vector<double> values;  ///< largest first; the first ones are right first
  std::size_t steps = 0;
  /// |<s, J r> - <J^T s, r>| / (|J r| |s|) for one random pair: what the two products disagree by.
  double mismatch = 0;
  std::int64_t evaluations = 0;  ///< of the field, by the product with J
};

/// Golub-Kahan bidiagonalisation with full reorthogonalisation. `product` is J, `transposed` J^T;
/// `like` gives the shape. Throws Error(kUsage) for no step.
template <class S, class P, class Q>
requires MapOn<P, S> && MapOn<Q, S> SingularValues
leading_singular_values(P& product, Q& transposed, const typename S::Vector& like,
                        const SingularOptions& options = {}) {
  detail::require_at_least(static_cast<double>(options.steps), 1, "steps");
  const std::int64_t before = detail::evaluations_of(product);
  const std::size_t n = Entries<S>::count(like), m = std::min(options.steps, n);
  const auto random = [&](std::uint64_t index) {
    auto r = S::zeros_like(like);
    Entries<S>::write(r, random_direction(n, options.seed, index));
    return r;
  };
  // Takes what lies along the basis out of w and says how long the rest is.
  const auto orthogonalise = [](const std::vector<typename S::Vector>& basis,
                                typename S::Vector& w) {
    for (int pass = 0; pass < 2; ++pass) {
      for (const auto& b : basis) S::axpy(w, -S::dot(b, w), b);
    }
    return detail::norm<S>(w);
  };
  SingularValues found;
  std::vector<typename S::Vector> right{random(0)}, left;
  auto w = S::zeros_like(like);
  {
    const auto s = random(1);
    auto back = S::zeros_like(like);
    product(right[0], w);
    transposed(s, back);
    const double size = detail::norm<S>(w);
    const double difference = S::dot(s, w) - S::dot(back, right[0]);
    found.mismatch = size > 0 ? std::abs(difference) / size : std::abs(difference);
  }
  std::vector<double> diagonal, above;
  double scale = 0;
  while (found.steps < m) {
    product(right.back(), w);
    const double alpha = orthogonalise(left, w);
    ++found.steps;
    diagonal.push_back(alpha);
    scale = std::max(scale, alpha);
    if (alpha <= options.breakdown * scale) break;
    left.push_back(detail::clone<S>(w));
    S::scale(left.back(), 1 / alpha);
    if (found.steps == m) break;
    transposed(left.back(), w);
    const double beta = orthogonalise(right, w);
    if (beta <= options.breakdown * scale) break;
    above.push_back(beta);
    right.push_back(detail::clone<S>(w));
    S::scale(right.back(), 1 / beta);
  }
  const std::size_t k = diagonal.size();
  std::vector<double> bidiagonal(k * k, 0.0);
  for (std::size_t i = 0; i < k; ++i) {
    bidiagonal[i * k + i] = diagonal[i];
    if (i + 1 < k) bidiagonal[i * k + i + 1] = above[i];
  }
  found.values = small_svd(bidiagonal, k, k).values;
  found.evaluations = detail::evaluations_of(product) - before;
  return found;
}

}  // namespace saddle::monitor
