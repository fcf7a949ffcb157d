#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "saddle/tensor/ledger.h"
#include "saddle/tensor/named.h"
#include "saddle/tensor/random.h"

namespace saddle::nn {

/// What a sample is asked to be. Undefined tensors mean "not given".
struct Condition {
  at::Tensor labels;  ///< [N] int64 in [0, classes)
  at::Tensor vector;  ///< [N,K] float
  at::Tensor image;   ///< [N,C,H,W] float in [-1,1]
};

/// How a forward pass is run.
struct Pass {
  bool training = true;      ///< batch statistics, dropout on
  Ledger* ledger = nullptr;  ///< where changes of buffers go; null: they are dropped
  RandomKey noise{};         ///< dropout and noise of this pass
  /// Share of this batch in running statistics; 0: each layer's own momentum. 1/k for the k-th of
  /// several batches makes their plain mean.
  double statistics_share = 0;
};

/// What the discriminator says about a batch.
struct Scores {
  at::Tensor logits;        ///< [N] before any sigmoid
  at::Tensor features;      ///< [N,F] the last hidden layer, where an objective asks for it
  at::Tensor class_logits;  ///< [N,classes] of an auxiliary head
};

/// Visits parameters and buffers by dotted name in a fixed order.
using TensorVisitor = std::function<void(const std::string& name, at::Tensor& tensor)>;

class Chain;

/// Maps latents to samples.
class Generator {
 public:
  virtual ~Generator() = default;
  /// z [N,latent] -> [N,...] in the data's range.
  virtual at::Tensor forward(const at::Tensor& z, const Condition& condition, const Pass& pass) = 0;
  virtual std::int64_t latent_size() const = 0;
  virtual void parameters(const TensorVisitor& visit) = 0;
  virtual void buffers(const TensorVisitor& visit) = 0;
  /// The network as a piecewise-linear chain of `chain_input(z, condition)`, so that it can be run
  /// and differentiated without a graph; null where it is not one.
  virtual Chain* piecewise_linear_chain() { return nullptr; }
  virtual at::Tensor chain_input(const at::Tensor& z, const Condition& condition) { return z; }
};

/// Maps samples to logits.
class Discriminator {
 public:
  virtual ~Discriminator() = default;
  /// x [N,...] -> logits [N].
  virtual Scores forward(const at::Tensor& x, const Condition& condition, const Pass& pass) = 0;
  virtual void parameters(const TensorVisitor& visit) = 0;
  virtual void buffers(const TensorVisitor& visit) = 0;
  /// The network as a piecewise-linear chain of `chain_input(x, condition)`, whose leading
  /// channels are x; null where it is not one. Penalties then need no second-order graph.
  virtual Chain* piecewise_linear_chain() { return nullptr; }
  virtual at::Tensor chain_input(const at::Tensor& x, const Condition& condition) { return x; }
};

/// Number of trainable numbers.
template <class Network>
std::int64_t parameter_count(Network& network) {
  std::int64_t count = 0;
  network.parameters([&](const std::string&, at::Tensor& t) { count += t.numel(); });
  return count;
}

/// What a factory needs to know besides the config of the network itself.
struct Dimensions {
  std::int64_t channels = 1;    ///< image channels, or the dimension of a point
  std::int64_t resolution = 0;  ///< image height and width; 0 for points
  std::int64_t classes = 0;     ///< 0: no labels
};

}  // namespace saddle::nn
