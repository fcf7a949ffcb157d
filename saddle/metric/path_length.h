#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "saddle/metric/extractor.h"
#include "saddle/metric/kinds.h"

namespace saddle::metric {

/// Latents [n,latent] -> images [n,C,H,W] in [-1,1], not rounded.
using PathGenerator = std::function<at::Tensor(const at::Tensor& latents)>;
/// Images, images -> a distance that grows with the square of a small step: [n].
using PathDistance = std::function<at::Tensor(const at::Tensor& a, const at::Tensor& b)>;

struct PathOptions {
  std::int64_t n = 1000;
  /// Step as a share of the path. 1e-4 is usual and noise where networks compute in float32; either
  /// they compute in float64 or the step is 1e-2.
  double eps = 1e-2;
  PathKind kind = PathKind::kSpherical;
  std::uint64_t seed = 0;
  std::int64_t batch = 50;  ///< paths at a time; bounds the memory
};

/// d / eps^2 for the steps from z0 to z1 [n,latent], d = distance(G(z0), G(z1)), one number a step.
/// Throws Error(kInput) on shapes that do not fit or eps <= 0, Error(kNumeric) on NaN or Inf.
std::vector<double> path_distances(const at::Tensor& z0, const at::Tensor& z1, double eps,
                                   const PathGenerator& generator, const PathDistance& distance,
                                   std::int64_t batch = 50);

/// The same for n paths between latents from N(0, I) of stream "eval" of the seed: from the start
/// to the point at eps (Karras et al. 2019, arXiv:1812.04948, with t = 0).
std::vector<double> path_distances(std::int64_t latent_size, const PathGenerator& generator,
                                   const PathDistance& distance, const PathOptions& options);

/// |f(a) - f(b)|^2 of an extractor's features, which must outlive the function. Throws
/// Error(kUnsupported) when it rounds to 8 bits (ExtractorOptions::quantise), where small steps
/// vanish.
PathDistance squared_feature_distance(const Extractor& extractor);
/// perceptual_distance by the maps of an extractor; otherwise the same.
PathDistance perceptual_path_distance(const Extractor& extractor);

/// Summary of path lengths.
struct PathLength {
  double mean = 0;
  double sd = 0;  ///< population
  /// Mean of those d with low <= d <= high; low is the lower percentile rounded down to a data
  /// point, high the higher one rounded up.
  double trimmed_mean = 0;
  double low = 0, high = 0;
  std::int64_t n = 0;
  std::int64_t kept = 0;  ///< how many the trimmed mean is of
};

/// Percentiles in [0,100]. Throws Error(kInput) on no distances or percentiles out of order,
/// Error(kNumeric) on NaN or Inf.
PathLength path_length(std::span<const double> distances, double low_percentile = 1,
                       double high_percentile = 99);

}  // namespace saddle::metric
