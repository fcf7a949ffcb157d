#include "saddle/objective/penalty.h"

#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/relu.h>

#include "saddle/tensor/autograd.h"
#include "saddle/tensor/precision.h"

namespace saddle::objective {
namespace {

// |g_n| for each sample, [N]; its derivative at 0 is 0.
at::Tensor slopes(const at::Tensor& gradient) {
  return at::linalg_vector_norm(gradient.flatten(1), 2, {1});
}

// [N] -> [N,1,1,...] with the number of axes of `like`.
at::Tensor per_sample(const at::Tensor& values, const at::Tensor& like) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(like.dim()), 1);
  shape[0] = -1;
  return values.view(shape);
}

// One function a row: what a game needs to know of it.
GradientPenalty describe(const R1& row) {
  return {"r1", "penalty.r1.gamma", row.gamma, Place::kReals, zero_centred, zero_centred_direction};
}
GradientPenalty describe(const R2& row) {
  return {"r2", "penalty.r2.gamma", row.gamma, Place::kFakes, zero_centred, zero_centred_direction};
}
GradientPenalty describe(const WganGp& row) {
  const bool one_sided = row.one_sided;
  return {"wgan_gp",
          "penalty.wgan_gp.lambda",
          row.lambda,
          Place::kMixed,
          [one_sided](const LogitsOf& logits_of, const at::Tensor& x, const at::Tensor& lambda) {
            return unit_slope(logits_of, x, lambda, one_sided);
          },
          [one_sided](const at::Tensor& gradient, const at::Tensor& lambda) {
            return unit_slope_direction(gradient, lambda, one_sided);
          }};
}

}  // namespace

std::vector<GradientPenalty> gradient_penalties(const PenaltyConfig& config) {
  std::vector<GradientPenalty> list;
  const auto add = [&list](const auto& row) {
    // Rows without a description are projections.
    if constexpr (requires { describe(*row); }) {
      if (row) list.push_back(describe(*row));
    }
  };
  std::apply([&](const auto&... rows) { (add(rows), ...); }, config);
  return list;
}

at::Tensor input_gradient(const LogitsOf& logits_of, const at::Tensor& x) {
  const WithGrad with_grad;
  // Fakes that have a graph keep it: what the penalty says of them reaches the generator.
  const at::Tensor point = x.requires_grad() ? x : x.detach().requires_grad_();
  return gradients(logits_of(point).sum(), {point}, /*create_graph=*/true)[0];
}

at::Tensor zero_centred(const LogitsOf& logits_of, const at::Tensor& x, const at::Tensor& gamma) {
  const at::Tensor gradient = widened(input_gradient(logits_of, x));
  return gradient.square().sum().mul(0.5 / static_cast<double>(x.size(0))).mul(gamma);
}

at::Tensor unit_slope(const LogitsOf& logits_of, const at::Tensor& x, const at::Tensor& lambda,
                      bool one_sided) {
  at::Tensor excess = slopes(widened(input_gradient(logits_of, x))).sub(1);
  if (one_sided) excess = at::relu(excess);
  return excess.square().mean().mul(lambda);
}

at::Tensor mix(const at::Tensor& real, const at::Tensor& fake, const at::Tensor& e) {
  const at::Tensor weight = per_sample(e, real);
  return fake.add(real.sub(fake).mul_(weight));
}

PenaltyDirection zero_centred_direction(const at::Tensor& gradient, const at::Tensor& gamma) {
  const NoGrad no_grad;
  const at::Tensor g = widened(gradient);
  at::Tensor direction = g.mul(gamma).mul_(1.0 / static_cast<double>(g.size(0)));
  return {g.mul(direction).sum().mul_(0.5), direction};
}

PenaltyDirection unit_slope_direction(const at::Tensor& gradient, const at::Tensor& lambda,
                                      bool one_sided) {
  const NoGrad no_grad;
  const at::Tensor g = widened(gradient);
  const at::Tensor norm = slopes(g);
  at::Tensor excess = norm.sub(1);
  if (one_sided) excess = excess.relu_();
  // The factor 2 lambda (|g| - 1) / |g| of a zero gradient meets g = 0: any finite one will do.
  const at::Tensor factor =
      excess.mul(lambda).div_(norm.clamp_min(1e-30)).mul_(2.0 / static_cast<double>(g.size(0)));
  return {excess.square().mean().mul(lambda), g.mul(per_sample(factor, g))};
}

void clip_weights(const NamedTensors& parameters, double c) {
  const NoGrad no_grad;
  for (const NamedTensor& p : parameters) {
    at::Tensor tensor = p.tensor;
    tensor.clamp_(-c, c);
  }
}

}  // namespace saddle::objective
