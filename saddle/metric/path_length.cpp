#include "saddle/metric/path_length.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/metric/perceptual.h"
#include "saddle/nn/latent.h"
#include "saddle/tensor/precision.h"
#include "saddle/tensor/random.h"

namespace saddle::metric {

namespace {

[[noreturn]] void refuse_path(const std::string& message) {
  throw Error(ErrorCode::kInput, "path length", message);
}

void require_small_steps(const Extractor& extractor) {
  if (!extractor.rounds_to_bytes()) return;
  throw Error(ErrorCode::kUnsupported, "path length",
              cat(extractor.name(),
                  " rounds images to 8 bits, in which the small steps of a path vanish; take an "
                  "extractor with quantise = false"));
}

}  // namespace

std::vector<double> path_distances(const at::Tensor& z0, const at::Tensor& z1, double eps,
                                   const PathGenerator& generator, const PathDistance& distance,
                                   std::int64_t batch) {
  if (z0.dim() != 2 || z0.numel() == 0 || z0.sizes() != z1.sizes()) {
    refuse_path(cat("latents: got ", shape_text(z0.sizes()), " and ", shape_text(z1.sizes()),
                    ", expected two of one shape [n,latent]"));
  }
  if (!(eps > 0) || batch < 1) {
    refuse_path(cat("got eps ", eps, " and batch ", batch, ", expected eps > 0 and batch >= 1"));
  }
  const NoGrad no_grad;
  std::vector<double> lengths;
  for (std::int64_t first = 0; first < z0.size(0); first += batch) {
    const std::int64_t count = std::min(batch, z0.size(0) - first);
    const at::Tensor d =
        distance(generator(z0.narrow(0, first, count)), generator(z1.narrow(0, first, count)))
            .to(at::kCPU, at::kDouble)
            .contiguous();
    if (d.dim() != 1 || d.size(0) != count) {
      refuse_path(cat("distances: got ", shape_text(d.sizes()), ", expected [", count, "]"));
    }
    for (std::int64_t i = 0; i < count; ++i) {
      lengths.push_back(d.const_data_ptr<double>()[i] / (eps * eps));
      if (std::isfinite(lengths.back())) continue;
      throw Error(
          ErrorCode::kNumeric, "path length",
          cat("distance ", first + i, ": got ", lengths.back(), ", expected a finite number"));
    }
  }
  return lengths;
}

std::vector<double> path_distances(std::int64_t latent_size, const PathGenerator& generator,
                                   const PathDistance& distance, const PathOptions& options) {
  if (options.n < 1 || latent_size < 1) {
    refuse_path(
        cat("got n ", options.n, " and latents of ", latent_size, ", expected at least 1 each"));
  }
  // Float64, so that the step is exact where networks compute in float64.
  const auto type = at::TensorOptions().dtype(at::kDouble);
  const RandomKey key = Streams(options.seed).at("eval", 0).fork("path");
  const at::Tensor a = random_normal(key.fork("from"), {options.n, latent_size}, type);
  const at::Tensor b = random_normal(key.fork("to"), {options.n, latent_size}, type);
  const bool spherical = options.kind == PathKind::kSpherical;
  const at::Tensor z = spherical ? nn::slerp(a, b, options.eps) : nn::lerp(a, b, options.eps);
  return path_distances(a, z, options.eps, generator, distance, options.batch);
}

PathDistance squared_feature_distance(const Extractor& extractor) {
  require_small_steps(extractor);
  return [&extractor](const at::Tensor& a, const at::Tensor& b) {
    const at::Tensor x = extractor.run(a).features.to(at::kDouble);
    return (x - extractor.run(b).features.to(at::kDouble)).square().sum(1);
  };
}

PathDistance perceptual_path_distance(const Extractor& extractor) {
  require_small_steps(extractor);
  return [&extractor](const at::Tensor& a, const at::Tensor& b) {
    return perceptual_distance(extractor.maps(a), extractor.maps(b));
  };
}

PathLength path_length(std::span<const double> distances, double low_percentile,
                       double high_percentile) {
  if (distances.empty()) refuse_path("got no distances, expected at least one");
  if (!(0 <= low_percentile && low_percentile <= high_percentile && high_percentile <= 100)) {
    refuse_path(cat("percentiles: got ", low_percentile, " and ", high_percentile,
                    ", expected 0 <= low <= high <= 100"));
  }
  std::vector<double> sorted(distances.begin(), distances.end());
  if (!std::ranges::all_of(sorted, [](double d) { return std::isfinite(d); })) {
    throw Error(ErrorCode::kNumeric, "path length",
                "distances: got NaN or Inf, expected finite numbers");
  }
  std::ranges::sort(sorted);
  const double last = static_cast<double>(sorted.size() - 1), n = last + 1;
  PathLength result;
  result.n = static_cast<std::int64_t>(sorted.size());
  result.low = sorted[static_cast<std::size_t>(std::floor(last * low_percentile / 100))];
  result.high = sorted[static_cast<std::size_t>(std::ceil(last * high_percentile / 100))];
  double trimmed = 0, squares = 0;
  for (const double d : sorted) {
    result.mean += d / n;
    if (d < result.low || d > result.high) continue;
    trimmed += d;
    ++result.kept;
  }
  for (const double d : sorted) squares += (d - result.mean) * (d - result.mean);
  result.sd = std::sqrt(squares / n);
  result.trimmed_mean = trimmed / static_cast<double>(result.kept);
  return result;
}

}  // namespace saddle::metric
