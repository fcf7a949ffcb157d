#include "saddle/metric/perceptual.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/tensor/precision.h"

namespace saddle::metric {

namespace {

constexpr double kSmallestLength = 1e-10;
constexpr std::int64_t kPairsAtOnce = 64;  // bounds the memory of the maps

at::Tensor of_unit_length(const at::Tensor& map) {
  const at::Tensor x = map.detach().to(at::kCPU, at::kDouble);
  return x / (x.norm(2, 1, /*keepdim=*/true) + kSmallestLength);
}

std::string shapes_of_maps(const std::vector<at::Tensor>& maps) {
  std::vector<std::string> shapes;
  for (const at::Tensor& map : maps) shapes.push_back(shape_text(map.sizes()));
  return shapes.empty() ? "none" : join(shapes, " ");
}

}  // namespace

at::Tensor perceptual_distance(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  const auto pairs_up = [](const at::Tensor& x, const at::Tensor& y) {
    return x.dim() == 4 && x.numel() > 0 && x.sizes() == y.sizes();
  };
  if (a.empty() || !std::ranges::equal(a, b, pairs_up)) {
    throw Error(ErrorCode::kInput, "perceptual",
                cat("maps: got ", shapes_of_maps(a), " and ", shapes_of_maps(b),
                    ", expected the same maps [N,c,h,w] of both images"));
  }
  const NoGrad no_grad;
  at::Tensor sum = at::zeros({a.front().size(0)}, at::kDouble);
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum = sum + (of_unit_length(a[i]) - of_unit_length(b[i])).square().sum(1).mean({1, 2});
  }
  if (!at::isfinite(sum).all().item<bool>()) {
    throw Error(ErrorCode::kNumeric, "perceptual", "maps: got NaN or Inf, expected finite numbers");
  }
  return sum;
}

std::vector<double> perceptual_distances(const Extractor& extractor, const at::Tensor& a,
                                         const at::Tensor& b) {
  if (a.dim() != 4 || a.sizes() != b.sizes()) {
    throw Error(ErrorCode::kInput, "perceptual",
                cat("images: got ", shape_text(a.sizes()), " and ", shape_text(b.sizes()),
                    ", expected pairs of one size"));
  }
  std::vector<double> distances;
  for (std::int64_t first = 0; first < a.size(0); first += kPairsAtOnce) {
    const std::int64_t count = std::min(kPairsAtOnce, a.size(0) - first);
    const at::Tensor values = perceptual_distance(extractor.maps(a.narrow(0, first, count)),
                                                  extractor.maps(b.narrow(0, first, count)));
    const auto* begin = values.const_data_ptr<double>();
    distances.insert(distances.end(), begin, begin + count);
  }
  return distances;
}

}  // namespace saddle::metric
