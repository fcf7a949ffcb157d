#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

#include "saddle/nn/network.h"

namespace saddle::nn {

/// Rows of `size` neighbouring samples each, side by side along axis 1: [N*size,C,...] ->
/// [N,size*C,...]. What a discriminator of packs sees (Lin 2018, arXiv:1712.04086). Throws
/// Error(kInput) unless the samples make whole packs.
at::Tensor packed(const at::Tensor& samples, std::int64_t size);

/// A generator of packs: its latent is that of `size` samples side by side, its row their pack.
/// Parameters and buffers are those of `member`, by the same names, and batch statistics are over
/// all samples of all packs. A pack of 1 is the member itself, bit for bit. forward() throws
/// Error(kUnsupported) for a condition: the samples of a pack would share it, those of the data
/// do not.
class PackedGenerator final : public Generator {
 public:
  /// size >= 1.
  PackedGenerator(std::unique_ptr<Generator> member, std::int64_t size);

  at::Tensor forward(const at::Tensor& z, const Condition& condition, const Pass& pass) override;
  std::int64_t latent_size() const override { return size_ * member_->latent_size(); }
  void parameters(const TensorVisitor& visit) override { member_->parameters(visit); }
  void buffers(const TensorVisitor& visit) override { member_->buffers(visit); }
  /// Only of a pack of 1: the chain of a member makes samples, not packs.
  Chain* piecewise_linear_chain() override;
  at::Tensor chain_input(const at::Tensor& z, const Condition& condition) override;

 private:
  std::unique_ptr<Generator> member_;
  std::int64_t size_;
};

}  // namespace saddle::nn
