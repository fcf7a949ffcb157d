#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/nn/chain.h"
#include "saddle/tensor/random.h"

namespace saddle::nn {

/// How fresh parameters are drawn and laid out.
struct Making {
  RandomKey key;  ///< forked by the name of each tensor
  at::TensorOptions options;
  bool channels_last = false;
};

/// A parameter from N(mean, deviation^2), drawn from `making.key` forked by `name`.
at::Tensor normal_parameter(const Making& making, std::string_view name, at::IntArrayRef shape,
                            double mean, double deviation);
/// A parameter from U(-bound, bound).
at::Tensor uniform_parameter(const Making& making, std::string_view name, at::IntArrayRef shape,
                             double bound);
/// A parameter of zeros.
at::Tensor zero_parameter(const Making& making, at::IntArrayRef shape);

/// Puts layers one after the other, names their tensors and draws them.
/// Convolutions and batch norms follow DCGAN: weights N(0, 0.02^2), scales N(1, 0.02^2), biases 0.
/// Linear layers follow PyTorch: weights and biases U(-1/sqrt(in), 1/sqrt(in)).
class ChainBuilder {
 public:
  explicit ChainBuilder(const Making& making) : making_(making) {}

  ChainBuilder& linear(std::int64_t in, std::int64_t out);
  ChainBuilder& conv(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride,
                     std::int64_t padding, bool bias);
  ChainBuilder& conv_transposed(std::int64_t in, std::int64_t out, std::int64_t kernel,
                                std::int64_t stride, std::int64_t padding, bool bias);
  ChainBuilder& batch_norm(std::int64_t features);
  /// Spectral norm of the layer added last, which has `out` outputs.
  ChainBuilder& spectral_norm(std::int64_t out);
  /// A layer without tensors.
  ChainBuilder& add(Layer layer);

  Chain take() { return Chain(std::move(layers_)); }

 private:
  std::string next_name(std::string_view tensor) const;

  Making making_;
  std::vector<Layer> layers_;
  std::int64_t position_ = 0;
};

/// labels [N] int64 -> [N,classes] of 0 and 1 in the options' dtype.
at::Tensor one_hot(const at::Tensor& labels, std::int64_t classes,
                   const at::TensorOptions& options);

}  // namespace saddle::nn
