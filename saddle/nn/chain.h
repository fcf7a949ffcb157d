#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "saddle/nn/network.h"

namespace saddle::nn {

/// [N,in] -> [N,out]; weight [out,in].
struct Linear {
  at::Tensor weight, bias;
};
/// [N,in,H,W] -> [N,out,H',W']; weight [out,in,kh,kw].
struct Conv {
  at::Tensor weight, bias;
  std::int64_t stride = 1, padding = 0;
};
/// Transposed convolution; weight [in,out,kh,kw].
struct ConvTransposed {
  at::Tensor weight, bias;
  std::int64_t stride = 1, padding = 0, output_padding = 0;
};
/// Batch normalisation over all axes but 1 (or 0 for [N,F]); running variance unbiased.
struct BatchNorm {
  at::Tensor weight, bias, running_mean, running_var;
  double momentum = 0.1, eps = 1e-5;
};
struct LeakyRelu {
  double slope = 0.2;  ///< also the derivative at exactly 0
};
struct Relu {};
struct Tanh {};
/// [N,...] -> [N, product].
struct Flatten {};
/// [N,F] -> [N,channels,height,width].
struct Unflatten {
  std::int64_t channels = 1, height = 1, width = 1;
};
/// Weight of the layer before is divided by its largest singular value (Miyato 2018,
/// arXiv:1802.05957): vector u [out] is the state of the power iteration. A training pass makes one
/// step from the stored u; all passes of one turn see the same u, because the ledger is applied
/// after them. Evaluation takes u as it is.
struct SpectralNorm {
  at::Tensor u;
};

using Layer = std::variant<Linear, Conv, ConvTransposed, BatchNorm, LeakyRelu, Relu, Tanh, Flatten,
                           Unflatten, SpectralNorm>;

/// Layers one after the other. Names of tensors are `<position>.weight` and so on, position = index
/// in the list, as in PyTorch's Sequential (SpectralNorm entries do not count as a position: their
/// vector is `<position of the layer before>.u`).
class Chain {
 public:
  Chain() = default;
  explicit Chain(std::vector<Layer> layers) : layers_(std::move(layers)) {}

  /// x [N,...] -> the last layer's output; also the input of the last linear or convolution layer
  /// in `hidden` where asked for.
  at::Tensor forward(const at::Tensor& x, const Pass& pass, at::Tensor* hidden = nullptr);
  void parameters(const std::string& prefix, const TensorVisitor& visit);
  void buffers(const std::string& prefix, const TensorVisitor& visit);
  std::vector<Layer>& layers() { return layers_; }
  const std::vector<Layer>& layers() const { return layers_; }

 private:
  std::vector<Layer> layers_;
};

/// Whether the chain is made of linear maps, (leaky) ReLUs and reshapes only: then it is linear in
/// its input as long as no unit changes sign, and penalties on its input gradient need no
/// second-order graph.
bool is_piecewise_linear(const Chain& chain);

}  // namespace saddle::nn
