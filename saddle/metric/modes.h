#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

namespace saddle::metric {

/// What a perfect sampler of round Gaussians of D dimensions shows.
struct PerfectModes {
  double high_quality = 0;  ///< share within 3 standard deviations: P(D/2, 9/2)
  /// Mean radius, in standard deviations, of that share:
  /// sqrt(2) Gamma((D+1)/2) / Gamma(D/2) P((D+1)/2, 9/2) / P(D/2, 9/2).
  double radius_ratio = 0;
};

/// P is the regularised lower incomplete gamma function. To twelve digits for dimensions in [1,
/// 20], to eight at 40; from 60 on the share is lost in rounding.
PerfectModes perfect_modes(std::int64_t dimensions);

/// How samples spread over the modes of a mixture of equal, round Gaussians.
struct ModeReport {
  std::vector<std::int64_t> counts;               ///< [K] samples nearest to each centre
  std::vector<std::int64_t> counts_high_quality;  ///< [K] those within 3 sd of it
  std::int64_t n = 0;
  std::int64_t modes = 0;              ///< centres with at least one high-quality sample
  double high_quality = 0;             ///< share of samples within 3 sd of their nearest centre
  double reverse_kl = 0;               ///< nats, all samples
  double reverse_kl_high_quality = 0;  ///< nats, high-quality samples; NaN when there is none
  double radius_ratio = 0;             ///< mean distance of high-quality samples / sd, or NaN
};

/// Assigns every sample to its nearest centre (ties: the first); arithmetic in float64.
/// samples [n,D] float32 or float64, centres [K,D] of the data's units, sd > 0 of one mode.
/// Throws Error(kInput) on other shapes, n or K of 0, sd not positive; Error(kNumeric) on NaN.
ModeReport count_modes(const at::Tensor& samples, const at::Tensor& centres, double sd);

/// KL(p || uniform) = sum p log(p K) in nats for shares p = counts / sum; 0 log 0 = 0. NaN when
/// every count is 0.
double reverse_kl_to_uniform(std::span<const std::int64_t> counts);

/// What a perfect sampler of n samples gets on average: (K - 1) / (2 n).
double reverse_kl_floor(std::int64_t modes, std::int64_t n);

}  // namespace saddle::metric
