#include "saddle/nn/chain_networks.h"

#include <ATen/ops/cat.h>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/nn/layers.h"
#include "saddle/tensor/precision.h"

namespace saddle::nn {
namespace {

const at::Tensor& wanted_labels(std::string_view who, const Condition& condition,
                                std::int64_t count) {
  if (!condition.labels.defined()) {
    throw Error(ErrorCode::kInput, who, "its condition asks for labels: got none");
  }
  if (condition.labels.dim() != 1 || condition.labels.size(0) != count) {
    throw Error(ErrorCode::kInput, who,
                cat("one label a sample: got labels ", shape_text(condition.labels.sizes()),
                    " for ", count, " samples"));
  }
  return condition.labels;
}

}  // namespace

at::Tensor ChainGenerator::chain_input(const at::Tensor& z, const Condition& condition) {
  if (z.dim() != 2 || z.size(1) != shape_.latent) {
    throw Error(ErrorCode::kInput, "generator",
                cat("latents: got ", shape_text(z.sizes()), ", expected [N,", shape_.latent, "]"));
  }
  at::Tensor input = z;
  if (shape_.classes > 0) {
    const at::Tensor& labels = wanted_labels("generator", condition, z.size(0));
    input = at::cat({z, one_hot(labels, shape_.classes, z.options())}, 1);
  }
  return shape_.as_map ? input.view({input.size(0), input.size(1), 1, 1}) : input;
}

at::Tensor ChainGenerator::forward(const at::Tensor& z, const Condition& condition,
                                   const Pass& pass) {
  return chain_.forward(chain_input(z, condition), pass);
}

at::Tensor ChainDiscriminator::chain_input(const at::Tensor& x, const Condition& condition) {
  at::Tensor input = shape_.flat && x.dim() > 2 ? x.flatten(1) : x;
  if (shape_.condition != DiscriminatorCondition::kConcat) return input;
  const std::int64_t n = x.size(0);
  at::Tensor hot =
      one_hot(wanted_labels("discriminator", condition, n), shape_.classes, x.options());
  if (input.dim() == 4) {
    hot = hot.view({n, shape_.classes, 1, 1})
              .expand({n, shape_.classes, input.size(2), input.size(3)});
  }
  return at::cat({input, hot}, 1);
}

Scores ChainDiscriminator::forward(const at::Tensor& x, const Condition& condition,
                                   const Pass& pass) {
  const bool projects = shape_.condition == DiscriminatorCondition::kProjection;
  at::Tensor hidden;
  at::Tensor logits =
      chain_.forward(chain_input(x, condition), pass, projects ? &hidden : nullptr).flatten();
  const std::int64_t n = x.size(0);
  if (logits.numel() != n) {
    throw Error(ErrorCode::kInput, "discriminator",
                cat("one logit a sample: got ", logits.numel(), " for input ",
                    shape_text(x.sizes()), "; was it built for another resolution?"));
  }
  if (!projects) return {logits, {}, {}};
  if (hidden.dim() == 4) hidden = hidden.sum({2, 3});
  const at::Tensor rows = embedding_.index_select(0, wanted_labels("discriminator", condition, n));
  return {logits.add(rows.mul(hidden).sum(1)), hidden, {}};
}

void ChainDiscriminator::parameters(const TensorVisitor& visit) {
  chain_.parameters("", visit);
  if (embedding_.defined()) visit("embed.weight", embedding_);
}

Chain* ChainDiscriminator::piecewise_linear_chain() {
  const bool only_chain = shape_.condition != DiscriminatorCondition::kProjection;
  return only_chain && is_piecewise_linear(chain_) ? &chain_ : nullptr;
}

}  // namespace saddle::nn
