#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "saddle/nn/chain.h"
#include "saddle/nn/network.h"
#include "saddle/nn/networks.h"

namespace saddle::nn {

/// A generator that is one chain of [z, one-hot label].
class ChainGenerator final : public Generator {
 public:
  struct Shape {
    std::int64_t latent = 0;
    std::int64_t classes = 0;  ///< 0: unconditional
    bool as_map = false;       ///< the chain starts with a convolution of a 1x1 map
  };
  ChainGenerator(Chain chain, Shape shape) : chain_(std::move(chain)), shape_(shape) {}

  at::Tensor forward(const at::Tensor& z, const Condition& condition, const Pass& pass) override;
  std::int64_t latent_size() const override { return shape_.latent; }
  void parameters(const TensorVisitor& visit) override { chain_.parameters("", visit); }
  void buffers(const TensorVisitor& visit) override { chain_.buffers("", visit); }
  Chain* piecewise_linear_chain() override {
    return is_piecewise_linear(chain_) ? &chain_ : nullptr;
  }
  /// z [N,latent] -> [N,latent + classes], or the same as a 1x1 map.
  at::Tensor chain_input(const at::Tensor& z, const Condition& condition) override;

 private:
  Chain chain_;
  Shape shape_;
};

/// A discriminator that is one chain of x or of [x, one-hot label]; with projection, plus the
/// product of a class embedding and the last hidden layer (summed over space).
class ChainDiscriminator final : public Discriminator {
 public:
  struct Shape {
    DiscriminatorCondition condition = DiscriminatorCondition::kNone;
    std::int64_t classes = 0;
    bool flat = false;  ///< the chain starts with a linear layer
  };
  /// `embedding` [classes,F] for projection, else undefined; its name is "embed.weight".
  ChainDiscriminator(Chain chain, Shape shape, at::Tensor embedding)
      : chain_(std::move(chain)), shape_(shape), embedding_(std::move(embedding)) {}

  Scores forward(const at::Tensor& x, const Condition& condition, const Pass& pass) override;
  void parameters(const TensorVisitor& visit) override;
  void buffers(const TensorVisitor& visit) override { chain_.buffers("", visit); }
  Chain* piecewise_linear_chain() override;
  /// x [N,...] -> x, or x flattened [N,F] where the chain is linear layers; with concatenation
  /// the one-hot label follows as features or as constant planes.
  at::Tensor chain_input(const at::Tensor& x, const Condition& condition) override;

 private:
  Chain chain_;
  Shape shape_;
  at::Tensor embedding_;
};

}  // namespace saddle::nn
