#include "saddle/nn/latent.h"

#include <ATen/ATen.h>

namespace saddle::nn {

at::Tensor slerp(const at::Tensor& a, const at::Tensor& b, double t) {
  constexpr double kAlmostParallel = 1 - 1e-7;
  const at::Tensor cosine = (a / a.norm(2, 1, true) * (b / b.norm(2, 1, true))).sum(1, true);
  const at::Tensor angle = cosine.clamp(-1.0, 1.0).acos();
  const at::Tensor arc =
      (angle.mul(1 - t).sin() * a + angle.mul(t).sin() * b).div(angle.sin().clamp_min(1e-30));
  // The cosine of a row of zeros is NaN and takes the line too.
  return at::where(cosine.abs() <= kAlmostParallel, arc, lerp(a, b, t));
}

at::Tensor lerp(const at::Tensor& a, const at::Tensor& b, double t) {
  return a.mul(1 - t) + b.mul(t);
}

}  // namespace saddle::nn
