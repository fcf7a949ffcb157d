#pragma once

#include <ATen/core/Tensor.h>

namespace saddle::nn {

/// Spherical interpolation of the rows of a and b [N,D] at t in [0,1]: the angle moves evenly, the
/// ends keep their norms; rows whose cosine is beyond 1 - 1e-7 in size, and rows of zeros, move on
/// the line (White 2016, arXiv:1609.04468).
at::Tensor slerp(const at::Tensor& a, const at::Tensor& b, double t);

/// Interpolation of the rows of a and b [N,D] on the line: (1 - t) a + t b.
at::Tensor lerp(const at::Tensor& a, const at::Tensor& b, double t);

}  // namespace saddle::nn
