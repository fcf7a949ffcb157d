#include "saddle/nn/tangent.h"

#include <ATen/ops/addcmul.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/ones_like.h>

#include "saddle/base/error.h"
#include "saddle/kernel/activation.h"
#include "saddle/kernel/convolution.h"
#include "saddle/kernel/linear.h"
#include "saddle/tensor/precision.h"

namespace saddle::nn {
namespace {

// The weight and bias of a layer, or null where it has none.
const at::Tensor* weight_of(const Layer& layer) {
  return std::visit(
      [](const auto& l) -> const at::Tensor* {
        if constexpr (requires { l.weight; }) return &l.weight;
        return nullptr;
      },
      layer);
}
const at::Tensor& bias_of(const Layer& layer) {
  static const at::Tensor kNone;
  return std::visit(
      [](const auto& l) -> const at::Tensor& {
        if constexpr (requires { l.bias; }) return l.bias;
        return kNone;
      },
      layer);
}

// A parameter in the compute dtype. Detached, because autocast keeps what it converts itself, and
// a conversion without a graph must not serve a later pass that wants one.
at::Tensor converted(const at::Tensor& parameter, at::ScalarType dtype) {
  if (!parameter.defined() || parameter.scalar_type() == dtype) return parameter;
  return parameter.detach().to(dtype);
}

bool is_activation(const Layer& layer) {
  return std::holds_alternative<LeakyRelu>(layer) || std::holds_alternative<Relu>(layer);
}

// signal times the derivative of the activation, whose sign its result keeps. Writes into `signal`
// where it is nobody else's.
at::Tensor through_activation(const Layer& layer, const at::Tensor& signal,
                              const at::Tensor& result, bool owned) {
  if (const auto* leaky = std::get_if<LeakyRelu>(&layer)) {
    return kernel::leaky_relu_gradient(signal, result, leaky->slope, owned);
  }
  return kernel::relu_gradient(signal, result, owned);
}

at::Tensor reshaped(const Layer& layer, const at::Tensor& x) {
  const auto* map = std::get_if<Unflatten>(&layer);
  if (map == nullptr) return x.flatten(1);
  return x.view({x.size(0), map->channels, map->height, map->width});
}

// [N] -> [N,1,...] with as many axes as `like`.
at::Tensor down_the_batch(const at::Tensor& values, const at::Tensor& like) {
  if (like.dim() == 2) return values.unsqueeze(1);
  return values.view({values.size(0), 1, 1, 1});
}

// sum over samples and space of scale[n] * signal[n]; undefined scale: 1. Each of the equal `parts`
// of the batch has a sum of its own first.
at::Tensor bias_gradient(const at::Tensor& signal, const at::Tensor& scale, std::int64_t parts,
                         at::ScalarType dtype) {
  if (!scale.defined()) {
    const at::Tensor by_part = signal.unflatten(0, {parts, -1});
    return (signal.dim() == 4 ? by_part.sum({1, 3, 4}, false, dtype)
                              : by_part.sum({1}, false, dtype))
        .sum({0}, false);
  }
  const at::Tensor rows = signal.dim() == 4 ? signal.sum({2, 3}, false, dtype) : signal.to(dtype);
  const PrecisionScope full(Precision::kFloat32, rows.device());
  return at::bmm(scale.to(dtype).view({parts, 1, -1}), rows.unflatten(0, {parts, -1}))
      .sum(at::IntArrayRef({0, 1}));
}

// [N,C,H,W] -> [N,K], the same order of elements for tensors of one layout; a view where it can.
at::Tensor rows_of(const at::Tensor& x, bool last) {
  if (x.dim() == 2) return x;
  return last ? x.permute({0, 2, 3, 1}).reshape({x.size(0), -1}) : x.reshape({x.size(0), -1});
}

at::Tensor as_parameter_like(at::Tensor gradient, const at::Tensor& parameter) {
  return gradient.to(parameter.scalar_type())
      .contiguous(parameter.dim() == 4 ? parameter.suggest_memory_format()
                                       : at::MemoryFormat::Contiguous);
}

}  // namespace

TangentPass::TangentPass(const Chain& chain, const at::Tensor& input) : chain_(chain) {
  if (!is_piecewise_linear(chain)) {
    throw Error(ErrorCode::kUnsupported, "tangent pass",
                "the network has batch norm, spectral norm or tanh: its penalties need double "
                "backward");
  }
  const NoGrad no_grad;
  const auto& layers = chain.layers();
  first_ = layers.size();
  weights_.resize(layers.size());
  biases_.resize(layers.size());
  inputs_.resize(layers.size());
  at::Tensor h = in_compute_precision(input.detach());
  const at::ScalarType dtype = h.scalar_type();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    inputs_[i] = h;
    if (const at::Tensor* weight = weight_of(layers[i])) {
      first_ = std::min(first_, i);
      last_ = i;
      weights_[i] = converted(*weight, dtype);
      biases_[i] = converted(bias_of(layers[i]), dtype);
    }
    const at::Tensor& w = weights_[i];
    const at::Tensor& b = biases_[i];
    if (std::holds_alternative<Linear>(layers[i])) {
      h = kernel::linear(h, w, b);
    } else if (const auto* conv = std::get_if<Conv>(&layers[i])) {
      h = kernel::conv2d(h, w, b, conv->stride, conv->padding);
    } else if (const auto* t = std::get_if<ConvTransposed>(&layers[i])) {
      h = kernel::conv_transpose2d(h, w, b, t->stride, t->padding, t->output_padding);
    } else if (is_activation(layers[i])) {
      const bool owned = i > 0 && weights_[i - 1].defined();
      const auto* leaky = std::get_if<LeakyRelu>(&layers[i]);
      if (!owned) h = h.clone();
      h = leaky != nullptr ? at::leaky_relu_(h, leaky->slope) : h.relu_();
      inputs_[i] = h;
    } else {
      h = reshaped(layers[i], h);
    }
  }
  output_ = h;
  logits_ = h.numel() == h.size(0) ? h.view(-1) : h;
}

bool TangentPass::single_output(std::size_t i) const {
  const Layer& layer = chain_.layers()[i];
  const at::Tensor& w = weights_[i];
  if (!w.defined() || w.size(0) != 1) return false;
  if (std::holds_alternative<Linear>(layer)) return true;
  const auto* conv = std::get_if<Conv>(&layer);
  return conv != nullptr && conv->padding == 0 && w.size(2) == inputs_[i].size(2) &&
         w.size(3) == inputs_[i].size(3);
}

// The signal at a layer's output, taken to its input. `channels` > 0 keeps only the first ones.
at::Tensor TangentPass::back(std::size_t i, const at::Tensor& signal, std::int64_t channels) const {
  const Layer& layer = chain_.layers()[i];
  at::Tensor w = weights_[i];
  if (!w.defined()) {
    std::vector<std::int64_t> shape = inputs_[i].sizes().vec();
    shape[1] = -1;
    return signal.reshape(shape);
  }
  const bool transposed = std::holds_alternative<ConvTransposed>(layer);
  if (channels > 0 && channels < w.size(transposed ? 0 : 1)) {
    w = w.narrow(transposed ? 0 : 1, 0, channels);
  }
  if (single_output(i)) {
    // One number a sample, in a hidden layer as in the last.
    std::vector<std::int64_t> column(static_cast<std::size_t>(w.dim()), 1);
    column[0] = signal.numel();
    return w.mul(signal.reshape(column));
  }
  if (const auto* conv = std::get_if<Conv>(&layer)) {
    std::vector<std::int64_t> shape = inputs_[i].sizes().vec();
    shape[1] = w.size(1);
    return kernel::conv2d_input_gradient(signal, w, shape, conv->stride, conv->padding);
  }
  if (const auto* t = std::get_if<ConvTransposed>(&layer)) {
    return kernel::conv_transpose2d_input_gradient(signal, w, t->stride, t->padding);
  }
  return kernel::linear_input_gradient(signal, w);
}

// A tangent at a layer's input, taken to its output. One with fewer channels than the input is
// zero in the others.
at::Tensor TangentPass::push(std::size_t i, const at::Tensor& tangent) const {
  const Layer& layer = chain_.layers()[i];
  at::Tensor w = weights_[i];
  if (const auto* t = std::get_if<ConvTransposed>(&layer)) {
    if (tangent.size(1) < w.size(0)) w = w.narrow(0, 0, tangent.size(1));
    return kernel::conv_transpose2d(tangent, w, {}, t->stride, t->padding, t->output_padding);
  }
  if (tangent.size(1) < w.size(1)) w = w.narrow(1, 0, tangent.size(1));
  if (const auto* conv = std::get_if<Conv>(&layer)) {
    return kernel::conv2d(tangent, w, {}, conv->stride, conv->padding);
  }
  return kernel::linear(tangent, w, {});
}

at::Tensor TangentPass::weight_gradient(std::size_t i, const at::Tensor& signal,
                                        const at::Tensor& input) const {
  const Layer& layer = chain_.layers()[i];
  const at::Tensor& w = weights_[i];
  if (w.dim() == 2) return kernel::linear_weight_gradient(signal, input);
  if (single_output(i)) {
    const bool last = input.suggest_memory_format() == at::MemoryFormat::ChannelsLast;
    const at::Tensor g = kernel::linear_weight_gradient(signal.view({-1, 1}), rows_of(input, last));
    return last ? g.view({1, w.size(2), w.size(3), w.size(1)}).permute({0, 3, 1, 2})
                : g.view(w.sizes());
  }
  if (const auto* conv = std::get_if<Conv>(&layer)) {
    return kernel::conv2d_weight_gradient(signal, input, w.sizes(), conv->stride, conv->padding);
  }
  const auto& t = std::get<ConvTransposed>(layer);
  return kernel::conv_transpose2d_weight_gradient(signal, input, w.sizes(), t.stride, t.padding);
}

// Takes `start` (shape of the output) back to the input, or to the first weight only; keeps the
// signals at the outputs of layers with weights where asked.
at::Tensor TangentPass::run_back(const at::Tensor& start, std::int64_t channels, bool to_input,
                                 std::vector<at::Tensor>* signals) const {
  const auto& layers = chain_.layers();
  // Flattened before the first weight, the leading channels are leading features.
  if (first_ < layers.size()) channels *= inputs_[first_].size(1) / inputs_[0].size(1);
  at::Tensor signal = start;
  bool owned = false;
  for (std::size_t i = layers.size(); i-- > 0;) {
    if (is_activation(layers[i])) {
      signal = through_activation(layers[i], signal, inputs_[i], owned);
      owned = true;
      continue;
    }
    const bool affine = weights_[i].defined();
    if (affine && signals != nullptr) (*signals)[i] = signal;
    if (i == first_ && !to_input) return {};
    signal = back(i, signal, i == first_ ? channels : 0);
    owned = owned || affine;
  }
  return signal;
}

std::int64_t TangentPass::kept_channels(std::int64_t channels) const {
  const std::int64_t all = inputs_.empty() ? output_.size(1) : inputs_[0].size(1);
  return channels > 0 ? std::min(channels, all) : all;
}

const at::Tensor& TangentPass::input_gradient(std::int64_t channels) {
  const std::int64_t kept = kept_channels(channels);
  if (!input_gradient_.defined() || input_gradient_.size(1) != kept) {
    const NoGrad no_grad;
    signals_.resize(chain_.layers().size());
    input_gradient_ = run_back(at::ones_like(output_), kept, true, &signals_);
  }
  return input_gradient_;
}

at::Tensor TangentPass::scaled_input_gradient(const at::Tensor& logit_scale,
                                              std::int64_t channels) {
  const NoGrad no_grad;
  const at::Tensor scale = logit_scale.to(output_.scalar_type());
  const bool known =
      input_gradient_.defined() && input_gradient_.size(1) == kept_channels(channels);
  if (known && output_.numel() == output_.size(0)) {
    return input_gradient_.mul(down_the_batch(scale, input_gradient_));
  }
  return run_back(scale.view(output_.sizes()), channels, true, nullptr);
}

std::vector<at::Tensor> TangentPass::plain_gradients(const at::Tensor& scale,
                                                     std::int64_t parts) const {
  const auto& layers = chain_.layers();
  std::vector<at::Tensor> signals(layers.size()), gradients;
  run_back(scale.view(output_.sizes()), 0, false, &signals);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const at::Tensor* weight = weight_of(layers[i]);
    if (weight == nullptr) continue;
    gradients.push_back(as_parameter_like(weight_gradient(i, signals[i], inputs_[i]), *weight));
    if (bias_of(layers[i]).defined()) {
      gradients.push_back(bias_gradient(signals[i], {}, parts, weight->scalar_type()));
    }
  }
  return gradients;
}

std::vector<at::Tensor> TangentPass::weight_gradients(const at::Tensor& logit_scale,
                                                      const at::Tensor& v, std::int64_t parts) {
  const NoGrad no_grad;
  const at::Tensor scale = logit_scale.to(output_.scalar_type());
  if (!v.defined() && !input_gradient_.defined()) return plain_gradients(scale, parts);
  if (signals_.empty()) input_gradient(v.defined() ? v.size(1) : 0);
  const auto& layers = chain_.layers();
  std::vector<at::Tensor> gradients;
  at::Tensor tangent = v.defined() ? v.to(output_.scalar_type()) : v;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const at::Tensor* weight = weight_of(layers[i]);
    if (weight == nullptr) {
      if (!tangent.defined()) continue;
      tangent = is_activation(layers[i])
                    ? through_activation(layers[i], tangent, inputs_[i], i > first_)
                    : reshaped(layers[i], tangent);
      continue;
    }
    // scale * input + tangent: one product serves the loss and the penalty.
    const at::Tensor rows = down_the_batch(scale, inputs_[i]);
    at::Tensor input;
    if (!tangent.defined() || tangent.size(1) < inputs_[i].size(1)) {
      input = inputs_[i].mul(rows);
      if (tangent.defined()) input.narrow(1, 0, tangent.size(1)).add_(tangent);
    } else {
      input = at::addcmul(tangent, inputs_[i], rows);
    }
    gradients.push_back(as_parameter_like(weight_gradient(i, signals_[i], input), *weight));
    if (bias_of(layers[i]).defined()) {
      gradients.push_back(bias_gradient(signals_[i], logit_scale, parts, weight->scalar_type()));
    }
    if (i == last_) break;
    if (tangent.defined()) tangent = push(i, tangent);
  }
  return gradients;
}

}  // namespace saddle::nn
