#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
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
  /// Runs the chain on `input` [N,...] (no graph) and keeps what the gradients need. The weights
  /// must not be written while it lives. Throws Error(kUnsupported) for any other chain.
  TangentPass(const Chain& chain, const at::Tensor& input);

  /// [N] in the compute dtype; of a chain with several outputs a sample, the output itself.
  const at::Tensor& logits() const { return logits_; }
  const at::Tensor& output() const { return output_; }  ///< of the chain as it is, the same dtype

  /// d sum(logits) / d input for the first `channels` channels (axis 1; 0: all): [N,channels,...]
  /// in the compute dtype, also where the input has more (a condition). Keeps itself and the
  /// back-propagated signals; the result is valid until it is asked for other channels.
  const at::Tensor& input_gradient(std::int64_t channels);

  /// Gradient of sum_n logit_scale[n] * logit[n] with respect to the first `channels` channels of
  /// the input: [N,channels,...] in the compute dtype. 0 means all. logit_scale: [N], or of several
  /// outputs the shape of the output.
  at::Tensor scaled_input_gradient(const at::Tensor& logit_scale, std::int64_t channels = 0);

  /// Gradients of the parameters, in the order of Chain::parameters, of the loss with
  /// dL/dlogits = logit_scale [N] (a chain with several outputs, such as a generator: dL/doutput in
  /// the shape of the output, and no penalty) plus the penalty with direction `v`: the derivative
  /// of the penalty with respect to `input_gradient`, in its shape; undefined: no penalty.
  /// Bias gradients are summed apart over `parts` equal parts of the batch, then together: what
  /// cancels between reals and fakes is exactly 0, as with a pass for each, and Adam has no
  /// rounding error to blow up. Gradients have dtype, shape and layout of their parameters.
  std::vector<at::Tensor> weight_gradients(const at::Tensor& logit_scale, const at::Tensor& v,
                                           std::int64_t parts = 1);

 private:
  at::Tensor back(std::size_t i, const at::Tensor& signal, std::int64_t channels) const;
  at::Tensor push(std::size_t i, const at::Tensor& tangent) const;
  at::Tensor weight_gradient(std::size_t i, const at::Tensor& signal,
                             const at::Tensor& input) const;
  at::Tensor run_back(const at::Tensor& start, std::int64_t channels, bool to_input,
                      std::vector<at::Tensor>* signals) const;
  std::int64_t kept_channels(std::int64_t channels) const;
  bool single_output(std::size_t i) const;
  std::vector<at::Tensor> plain_gradients(const at::Tensor& scale, std::int64_t parts) const;

  const Chain& chain_;
  std::vector<at::Tensor> weights_;  ///< of each layer in the compute dtype
  std::vector<at::Tensor> biases_;
  std::vector<at::Tensor> inputs_;   ///< input of each layer; of an activation, its output
  std::vector<at::Tensor> signals_;  ///< d sum(logits) / d output of each affine layer
  at::Tensor output_, logits_;
  at::Tensor input_gradient_;
  std::size_t first_ = 0, last_ = 0;  ///< positions of the first and last layer with a weight
};

}  // namespace saddle::nn
