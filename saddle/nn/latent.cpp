#include "saddle/nn/latent.h"

#include <ATen/ATen.h>

namespace saddle::nn {

at::Tensor slerp(const at::Tensor& a, const at::Tensor& b, double t) {
  const at::Tensor cosine =
      (a * b).sum(1, true).div(a.norm(2, 1, true).mul(b.norm(2, 1, true))).clamp(-1.0, 1.0);
  const at::Tensor angle = cosine.acos();
  const at::Tensor sine = angle.sin();
  const at::Tensor arc =
      (angle.mul(1 - t).sin() * a + angle.mul(t).sin() * b).div(sine.clamp_min(1e-30));
  const at::Tensor line = a.mul(1 - t) + b.mul(t);
  constexpr double kAlmostParallel = 1e-7;
  return at::where(sine.abs() < kAlmostParallel, line, arc);
}

}  // namespace saddle::nn
