#pragma once

#include <array>
#include <string_view>

namespace saddle::metric {

/// The window under which SSIM takes means and covariances; only positions where it lies wholly
/// within the image count.
enum class SsimWindow {
  kGaussian,  ///< 11 x 11, sigma 1.5, covariance divided by the sum of weights
  kUniform,   ///< 7 x 7, covariance divided by 48 of 49
};

/// How a path runs between two latents.
enum class PathKind {
  kSpherical,  ///< nn::slerp, for latents of a Gaussian
  kLinear,     ///< nn::lerp, for latents that a network has mapped
};
inline constexpr std::array<std::string_view, 2> kPathKindWords{"slerp", "lerp"};

}  // namespace saddle::metric
