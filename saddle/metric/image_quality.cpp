#include "saddle/metric/image_quality.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/tensor/precision.h"

namespace saddle::metric {

namespace {

constexpr double kPeak = 255;
constexpr double kC1 = (0.01 * kPeak) * (0.01 * kPeak);
constexpr double kC2 = (0.03 * kPeak) * (0.03 * kPeak);
constexpr std::array<double, 5> kScaleWeights{0.0448, 0.2856, 0.3001, 0.2363, 0.1333};

/// A separable window and what its covariances are multiplied with.
struct Window {
  std::vector<double> weights;
  double covariance_factor = 1;
};

Window make_window(SsimWindow kind) {
  if (kind == SsimWindow::kUniform) return {std::vector<double>(7, 1.0 / 7), 49.0 / 48};
  std::vector<double> weights;
  double sum = 0;
  for (int i = -5; i <= 5; ++i) sum += weights.emplace_back(std::exp(-i * i / (2 * 1.5 * 1.5)));
  for (double& w : weights) w /= sum;
  return {weights, 1};
}

[[noreturn]] void refuse_images(const std::string& message) {
  throw Error(ErrorCode::kInput, "image quality", message);
}

void check_pairs(const at::Tensor& a, const at::Tensor& b, const PairOptions& options,
                 std::int64_t smallest, std::string_view why) {
  for (const at::Tensor& x : {a, b}) {
    if (!x.defined() || x.dim() != 4 || x.scalar_type() != at::kByte || x.numel() == 0) {
      refuse_images(
          cat("images: got ", x.defined() ? shape_text(x.sizes()) : "nothing",
              x.defined() && x.scalar_type() != at::kByte ? " that are not of 8 bits" : "",
              ", expected u8 [n,C,H,W] with at least one image"));
    }
  }
  if (a.sizes() != b.sizes()) {
    refuse_images(cat("images: got ", shape_text(a.sizes()), " and ", shape_text(b.sizes()),
                      ", expected pairs of one size"));
  }
  if (options.channels == PairChannels::kLuma && a.size(1) != 3) {
    refuse_images(cat("luma: got images of ", a.size(1),
                      " channels, expected red, green and blue; compare all channels instead"));
  }
  const std::int64_t cut = 2 * options.border;
  const std::int64_t side = std::min(a.size(2), a.size(3)) - cut;
  if (options.border < 0 || side < 1) {
    refuse_images(cat("border: got ", options.border, " pixels on each side of images of ",
                      a.size(2), " x ", a.size(3), ", expected one that leaves something"));
  }
  if (side < smallest) {
    refuse_images(cat("images: got ", a.size(2) - cut, " x ", a.size(3) - cut,
                      options.border > 0 ? " within the border" : "",
                      ", expected sides of at least ", smallest, ": ", why));
  }
}

/// One image of the batch as it is compared: float64 [C,H,W].
at::Tensor compared_image(const at::Tensor& images, std::int64_t i, const PairOptions& options) {
  at::Tensor x = images[i].to(at::kCPU, at::kDouble);
  const std::int64_t border = options.border;
  x = x.narrow(1, border, x.size(1) - 2 * border).narrow(2, border, x.size(2) - 2 * border);
  if (options.channels == PairChannels::kLuma) {
    x = ((x[0] * 65.481 + x[1] * 128.553 + x[2] * 24.966) / 255 + 16).unsqueeze(0);
  }
  return x.contiguous();
}

std::vector<double> each_pair(
    const at::Tensor& a, const at::Tensor& b, const PairOptions& options,
    const std::function<double(const at::Tensor&, const at::Tensor&)>& value) {
  const NoGrad no_grad;
  std::vector<double> values;
  for (std::int64_t i = 0; i < a.size(0); ++i) {
    values.push_back(value(compared_image(a, i, options), compared_image(b, i, options)));
  }
  return values;
}

/// Weighted means at every position where the window lies within the image: [C,H,W] -> [C,H',W'].
at::Tensor windowed(const at::Tensor& x, const Window& window) {
  const auto size = static_cast<std::int64_t>(window.weights.size());
  at::Tensor y = x;
  for (const std::int64_t axis : {1, 2}) {
    const std::int64_t length = y.size(axis) - size + 1;
    at::Tensor sum = y.narrow(axis, 0, length) * window.weights[0];
    for (std::int64_t i = 1; i < size; ++i) {
      sum.add_(y.narrow(axis, i, length), window.weights[static_cast<std::size_t>(i)]);
    }
    y = sum;
  }
  return y;
}

/// Means over positions, for each channel: float64 [C].
struct Similarity {
  at::Tensor whole;               ///< luminance times contrast times structure
  at::Tensor contrast_structure;  ///< without luminance
};

Similarity similarity(const at::Tensor& a, const at::Tensor& b, const Window& window) {
  const at::Tensor ma = windowed(a, window), mb = windowed(b, window);
  const at::Tensor products = ma * mb, squares = ma.square() + mb.square();
  const at::Tensor covariance = (windowed(a * b, window) - products) * window.covariance_factor;
  const at::Tensor variances =
      (windowed(a.square() + b.square(), window) - squares) * window.covariance_factor;
  const at::Tensor contrast_structure = (covariance * 2 + kC2) / (variances + kC2);
  const at::Tensor luminance = (products * 2 + kC1) / (squares + kC1);
  return {(luminance * contrast_structure).mean({1, 2}), contrast_structure.mean({1, 2})};
}

/// Half as large, by means of 2 x 2 pixels: [C,H,W] -> [C,(H+1)/2,(W+1)/2].
at::Tensor halved(const at::Tensor& x) {
  at::Tensor y = x;
  for (const std::int64_t axis : {1, 2}) {
    const std::int64_t length = y.size(axis);
    if (length % 2 == 1) y = at::cat({y, y.narrow(axis, length - 1, 1)}, axis);
    const at::Tensor even = y.slice(axis, 0, std::nullopt, 2),
                     odd = y.slice(axis, 1, std::nullopt, 2);
    y = (even + odd) * 0.5;
  }
  return y;
}

}  // namespace

std::vector<double> psnr(const at::Tensor& a, const at::Tensor& b, const PairOptions& options) {
  check_pairs(a, b, options, 1, "");
  return each_pair(a, b, options, [](const at::Tensor& x, const at::Tensor& y) {
    const double error = (x - y).square().mean().item<double>();
    if (error == 0) return std::numeric_limits<double>::infinity();
    return 10 * std::log10(kPeak * kPeak / error);
  });
}

std::vector<double> ssim(const at::Tensor& a, const at::Tensor& b, const PairOptions& options,
                         SsimWindow window) {
  const Window weights = make_window(window);
  const auto size = static_cast<std::int64_t>(weights.weights.size());
  check_pairs(a, b, options, size, cat("the window of SSIM has ", size, " x ", size, " pixels"));
  return each_pair(a, b, options, [&](const at::Tensor& x, const at::Tensor& y) {
    return similarity(x, y, weights).whole.mean().item<double>();
  });
}

std::vector<double> ms_ssim(const at::Tensor& a, const at::Tensor& b, const PairOptions& options) {
  const Window window = make_window(SsimWindow::kGaussian);
  // Halved four times, rounding up, this is the first side that holds the window.
  constexpr std::int64_t kSmallest = 10 * 16 + 1;
  check_pairs(a, b, options, kSmallest,
              "MS-SSIM halves images four times and its window has 11 x 11 pixels; use SSIM");
  return each_pair(a, b, options, [&](at::Tensor x, at::Tensor y) {
    at::Tensor product = at::ones({x.size(0)}, at::kDouble);
    for (std::size_t scale = 0; scale < kScaleWeights.size(); ++scale) {
      const bool last = scale + 1 == kScaleWeights.size();
      const Similarity at_scale = similarity(x, y, window);
      const at::Tensor& factor = last ? at_scale.whole : at_scale.contrast_structure;
      product = product * factor.clamp_min(0).pow(kScaleWeights[scale]);
      if (last) break;
      x = halved(x);
      y = halved(y);
    }
    return product.mean().item<double>();
  });
}

}  // namespace saddle::metric
