#include "saddle/nn/chain.h"

#include <ATen/ops/dot.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/mv.h>

#include <algorithm>

#include "saddle/base/text.h"
#include "saddle/kernel/activation.h"
#include "saddle/kernel/convolution.h"
#include "saddle/kernel/linear.h"
#include "saddle/kernel/normalisation.h"
#include "saddle/tensor/precision.h"

namespace saddle::nn {
namespace {

constexpr double kUnitEps = 1e-12;

at::Tensor unit(const at::Tensor& x) {
  return x.div(at::linalg_vector_norm(x).clamp_min(kUnitEps));
}

// Weight over its largest singular value as the stored vector u sees it. Every forward pass of one
// turn sees the same u, because the ledger is applied after the turn: real and fake batches go
// through the same weight, and u makes one step of power iteration for each recorded pass's turn.
at::Tensor spectrally_normed(const at::Tensor& weight, bool transposed, const SpectralNorm& norm,
                             const Pass& pass) {
  const PrecisionScope full(Precision::kFloat32, weight.device());
  const at::Tensor matrix = (transposed ? weight.transpose(0, 1) : weight).flatten(1);
  at::Tensor u = norm.u, v;
  {
    const NoGrad no_grad;
    const at::Tensor fixed = matrix.detach();
    v = unit(at::mv(fixed.t(), u));
    if (pass.training) u = unit(at::mv(fixed, v));
  }
  if (pass.training && pass.ledger != nullptr) {
    pass.ledger->record([stored = norm.u, u]() mutable {
      const NoGrad no_grad;
      stored.copy_(u);
    });
  }
  return weight.div(at::dot(u, at::mv(matrix, v)));
}

// What one layer does to its input; `norm` is set where a SpectralNorm follows.
struct Forward {
  const at::Tensor& x;
  const Pass& pass;
  const SpectralNorm* norm;

  at::Tensor operator()(const Linear& layer) const {
    return kernel::linear(x, weight_of(layer.weight, false), layer.bias);
  }
  at::Tensor operator()(const Conv& layer) const {
    return in_layout_of(layer.weight, kernel::conv2d(x, weight_of(layer.weight, false), layer.bias,
                                                     layer.stride, layer.padding));
  }
  at::Tensor operator()(const ConvTransposed& layer) const {
    return in_layout_of(
        layer.weight, kernel::conv_transpose2d(x, weight_of(layer.weight, true), layer.bias,
                                               layer.stride, layer.padding, layer.output_padding));
  }
  at::Tensor operator()(const BatchNorm& layer) const {
    if (!pass.training) {
      return kernel::batch_norm_inference(x, layer.weight, layer.bias, layer.running_mean,
                                          layer.running_var, layer.eps);
    }
    kernel::BatchStatistics statistics;
    at::Tensor y = kernel::batch_norm(x, layer.weight, layer.bias, layer.eps, &statistics);
    if (pass.ledger != nullptr) {
      pass.ledger->record([mean = layer.running_mean, var = layer.running_var, statistics,
                           momentum = pass.statistics_share > 0 ? pass.statistics_share
                                                                : layer.momentum]() mutable {
        const NoGrad no_grad;
        mean.lerp_(statistics.mean, momentum);
        var.lerp_(statistics.unbiased_var, momentum);
      });
    }
    return y;
  }
  at::Tensor operator()(const LeakyRelu& layer) const { return kernel::leaky_relu(x, layer.slope); }
  at::Tensor operator()(const Relu&) const { return kernel::relu(x); }
  at::Tensor operator()(const Tanh&) const { return kernel::tanh(x); }
  at::Tensor operator()(const Flatten&) const { return x.flatten(1); }
  at::Tensor operator()(const Unflatten& layer) const {
    return x.view({x.size(0), layer.channels, layer.height, layer.width});
  }
  at::Tensor operator()(const SpectralNorm&) const { return x; }

  at::Tensor weight_of(const at::Tensor& weight, bool transposed) const {
    return norm != nullptr ? spectrally_normed(weight, transposed, *norm, pass) : weight;
  }
  // A map of one pixel is in both layouts at once, so that a convolution of it may pick the wrong
  // one for all that follow.
  static at::Tensor in_layout_of(const at::Tensor& weight, at::Tensor y) {
    return weight.suggest_memory_format() == at::MemoryFormat::ChannelsLast ? channels_last(y) : y;
  }
};

bool is_affine(const Layer& layer) {
  return std::holds_alternative<Linear>(layer) || std::holds_alternative<Conv>(layer) ||
         std::holds_alternative<ConvTransposed>(layer);
}

// Calls f(name prefix, layer); SpectralNorm takes the position of the layer before it.
template <class F>
void each_position(std::vector<Layer>& layers, const std::string& prefix, F&& f) {
  std::int64_t position = -1;
  for (Layer& layer : layers) {
    if (!std::holds_alternative<SpectralNorm>(layer)) ++position;
    f(cat(prefix, position, "."), layer);
  }
}

}  // namespace

at::Tensor Chain::forward(const at::Tensor& x, const Pass& pass, at::Tensor* hidden) {
  std::size_t last = layers_.size();
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (is_affine(layers_[i])) last = i;
  }
  at::Tensor h = x;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const SpectralNorm* norm =
        i + 1 < layers_.size() ? std::get_if<SpectralNorm>(&layers_[i + 1]) : nullptr;
    if (hidden != nullptr && i == last) *hidden = h;
    h = std::visit(Forward{h, pass, norm}, layers_[i]);
  }
  return h;
}

void Chain::parameters(const std::string& prefix, const TensorVisitor& visit) {
  each_position(layers_, prefix, [&](const std::string& name, Layer& layer) {
    std::visit(
        [&](auto& l) {
          if constexpr (requires {
                          l.weight;
                          l.bias;
                        }) {
            visit(name + "weight", l.weight);
            if (l.bias.defined()) visit(name + "bias", l.bias);
          }
        },
        layer);
  });
}

void Chain::buffers(const std::string& prefix, const TensorVisitor& visit) {
  each_position(layers_, prefix, [&](const std::string& name, Layer& layer) {
    if (auto* norm = std::get_if<BatchNorm>(&layer)) {
      visit(name + "running_mean", norm->running_mean);
      visit(name + "running_var", norm->running_var);
    } else if (auto* spectral = std::get_if<SpectralNorm>(&layer)) {
      visit(name + "u", spectral->u);
    }
  });
}

bool is_piecewise_linear(const Chain& chain) {
  return std::none_of(chain.layers().begin(), chain.layers().end(), [](const Layer& layer) {
    return std::holds_alternative<BatchNorm>(layer) || std::holds_alternative<Tanh>(layer) ||
           std::holds_alternative<SpectralNorm>(layer);
  });
}

}  // namespace saddle::nn
