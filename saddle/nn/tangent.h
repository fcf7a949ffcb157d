#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

#include "saddle/nn/chain.h"

namespace saddle::nn {

/// Gradients of a loss on the logits of a piecewise-linear chain, plus a penalty on the gradient
/// of the logits with respect to the input, all first order.
///
/// Why it is exact: between two sign changes the chain is D(x) = A x + b with A a product of
/// weights and fixed masks. For g = A^T 1 and P = sum_n c_n(|g_n|), the derivative of P with
/// respect to a weight is that of the directional derivative A v with v_n = c_n'(|g_n|) g_n/|g_n|
/// held fixed, which is (tangent input of the layer) outer (back-propagated signal of the layer).
/// The same signal, scaled by dL/dlogit of its sample, gives the gradient of the loss, so both
/// share one weight-gradient product.
class TangentPass {
 public:
  /// Runs the chain on `input` [N,...] (no graph) and keeps what the gradients need.
  TangentPass(const Chain& chain, const at::Tensor& input);

  const at::Tensor& logits() const { return logits_; }  ///< [N]

  /// d sum(logits) / d input, restricted to the first `channels` channels (axis 1); the others are
  /// zero. Same shape as the input. Keeps the back-propagated signals for `weight_gradients`.
  const at::Tensor& input_gradient(std::int64_t channels);

  /// Gradient of sum_n logit_scale[n] * logit[n] with respect to the input: [N,...].
  at::Tensor scaled_input_gradient(const at::Tensor& logit_scale);

  /// Gradients of the parameters, in the order of Chain::parameters, of the loss with
  /// dL/dlogits = logit_scale [N] plus the penalty with direction `v` (shape of the input; undefined:
  /// no penalty; v must already hold the per-sample factor).
  std::vector<at::Tensor> weight_gradients(const at::Tensor& logit_scale, const at::Tensor& v);

 private:
  const Chain& chain_;
  std::vector<at::Tensor> inputs_;   ///< input of each layer
  std::vector<at::Tensor> signals_;  ///< d sum(logits) / d output of each layer
  at::Tensor logits_;
  at::Tensor input_gradient_;
};

}  // namespace saddle::nn
