#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "saddle/data/source.h"
#include "saddle/data/worlds.h"
#include "saddle/metric/batches.h"
#include "saddle/metric/result.h"

namespace saddle::metric {

struct PointsOptions {
  std::int64_t n = 2500;           ///< fakes, and real points of the reference
  std::int64_t batch = 2500;       ///< fakes asked for at a time
  std::int64_t projections = 512;  ///< directions of the sliced distance
  std::uint64_t seed = 0;          ///< of the directions and the baseline; the same in every report
};

/// Judges generated points. For worlds of Gaussian modes: modes, high_quality, reverse_kl,
/// reverse_kl_hq, radius_ratio (see modes.h). For every world: sliced_w2, the sliced 2-Wasserstein
/// distance to real points, and on_support, the share of fakes where the true density is at least
/// the reals' 1 % quantile. Reference: points 0..n-1 of `test`; floor: points n..2n-1 in place of
/// the fakes (for reverse_kl the expectation (K-1)/(2n)); baseline: one Gaussian with the mean and
/// covariance of the reference.
/// Throws Error(kUnsupported) when the source has no points [D], errors of each_fake.
std::vector<MetricValue> evaluate_points(const data::Source& test, const data::PointTruth& truth,
                                         const FakeSampler& fakes, const PointsOptions& options);

/// The centres of a world's modes: float64 [K,D].
at::Tensor centre_rows(const data::PointTruth& truth);

/// n points of the Gaussian with the mean and covariance of `points` [m,d]: float64 [n,d].
at::Tensor gaussian_fit_sample(const at::Tensor& points, std::int64_t n, const RandomKey& key);

}  // namespace saddle::metric
