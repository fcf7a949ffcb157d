#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "saddle/metric/kinds.h"

namespace saddle::metric {

/// What of two images is compared.
enum class PairChannels {
  kAll,   ///< every channel as it is stored
  kLuma,  ///< Y = 16 + (65.481 R + 128.553 G + 24.966 B) / 255 of RGB, not rounded
};
inline constexpr std::array<std::string_view, 2> kPairChannelWords{"all", "luma"};

struct PairOptions {
  std::int64_t border = 0;  ///< pixels cut from each side before anything else
  PairChannels channels = PairChannels::kAll;
};

// Full-reference quality of n pairs of images a, b: u8 [n,C,H,W]. One number a pair, arithmetic in
// float64, whatever the channels a peak of 255. All throw Error(kInput) when the shapes differ, the
// images are not u8, the border leaves nothing, luma is asked of images that have not 3 channels,
// or an image is smaller than the window.

/// Peak signal-to-noise ratio in dB: 10 log10(255^2 / MSE), the MSE over all pixels and channels.
/// Identical images give +Inf.
std::vector<double> psnr(const at::Tensor& a, const at::Tensor& b, const PairOptions& options = {});

/// Structural similarity (Wang, Bovik, Sheikh and Simoncelli 2004), mean over positions and then
/// over channels, C1 = (.01 255)^2, C2 = (.03 255)^2. Identical images give 1.
std::vector<double> ssim(const at::Tensor& a, const at::Tensor& b, const PairOptions& options = {},
                         SsimWindow window = SsimWindow::kGaussian);

/// Multi-scale structural similarity (Wang, Simoncelli and Bovik 2003): five scales under the
/// Gaussian window, each half as large by means of 2 x 2 pixels (an odd side repeats its last row
/// or column); the means over positions of contrast times structure at the first four and of the
/// whole SSIM at the last, to the powers .0448 .2856 .3001 .2363 .1333, multiplied; mean over
/// channels. A negative mean counts as 0, as it has no real power. Sides of 161 pixels or more.
std::vector<double> ms_ssim(const at::Tensor& a, const at::Tensor& b,
                            const PairOptions& options = {});

}  // namespace saddle::metric
