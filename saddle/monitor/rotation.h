#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "saddle/monitor/field_of.h"

namespace saddle::monitor {

struct RotationOptions {
  std::size_t probes = 4;  ///< random directions, 1 or more; 2 products with J each
  std::uint64_t seed = 0;  ///< of the directions
};

/// How much of a game's Jacobian is rotation (A = (J - J^T)/2) and how much potential
/// (S = (J + J^T)/2), estimated without J^T. Cost: 2 products, 4 field evaluations a probe.
struct RotationRatio {
  static constexpr std::string_view kValidFor =
      "every objective; informative: a ratio up to 0.75 was seen in healthy runs";

  double antisymmetric = 0;  ///< |A|_F^2, estimated; may fall below 0 by chance
  double symmetric = 0;      ///< |S|_F^2, estimated
  double ratio = 0;          ///< |A|_F / |S|_F: 0 pure potential, infinite pure rotation
  double share = 0;          ///< |A|^2 / (|A|^2 + |S|^2), clamped to [0,1]; NaN where J = 0
  /// Standard deviation of a one-probe ratio, by the jackknife over probes; NaN with one probe.
  double spread = 0;
  double standard_error = 0;  ///< of `ratio`: spread / sqrt(probes)
  std::size_t probes = 0;
  std::int64_t evaluations = 0;  ///< of the field
};

/// One probe r: |J r|^2 and r . J J r, whose means are tr(J^T J) and tr(J J).
struct RotationProbe {
  double squared = 0;
  double turned = 0;
};

/// The ratio from one or more probes, without the count of evaluations.
RotationRatio rotation_of(std::span<const RotationProbe> probes);

/// Hutchinson's estimate with Rademacher probes; `like` gives the shape. Relative standard
/// deviation at one probe: 21 % at ratio 0.2, 7 % at 1, 14 % at 3. Throws Error(kUsage) for no
/// probe.
template <class S, class P>
requires MapOn<P, S> RotationRatio rotation_ratio(P& product, const typename S::Vector& like,
                                                  const RotationOptions& options = {}) {
  detail::require_at_least(static_cast<double>(options.probes), 1, "probes");
  const std::int64_t before = detail::evaluations_of(product);
  auto r = S::zeros_like(like), a = S::zeros_like(like), b = S::zeros_like(like);
  std::vector<RotationProbe> probes;
  for (std::size_t i = 0; i < options.probes; ++i) {
    Entries<S>::write(r, random_signs(Entries<S>::count(like), options.seed, i));
    product(r, a);
    product(a, b);
    probes.push_back({S::dot(a, a), S::dot(r, b)});
  }
  RotationRatio result = rotation_of(probes);
  result.evaluations = detail::evaluations_of(product) - before;
  return result;
}

}  // namespace saddle::monitor
