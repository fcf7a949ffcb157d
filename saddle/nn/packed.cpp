#include "saddle/nn/packed.h"

#include <ATen/ATen.h>

#include <utility>
#include <vector>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::nn {

at::Tensor packed(const at::Tensor& samples, std::int64_t size) {
  if (size < 1 || samples.dim() < 2 || samples.size(0) % size != 0) {
    throw Error(ErrorCode::kInput, "pack",
                cat("samples of shape ", shape_text(samples.sizes()), " in packs of ", size,
                    ": expected [N,C,...] with N a multiple of the pack"));
  }
  std::vector<std::int64_t> shape = samples.sizes().vec();
  shape[0] /= size;
  shape[1] *= size;
  return samples.reshape(shape);
}

PackedGenerator::PackedGenerator(std::unique_ptr<Generator> member, std::int64_t size)
    : member_(std::move(member)), size_(size) {
  if (size_ < 1) {
    throw Error(ErrorCode::kInternal, "pack", cat("got ", size_, " samples in a pack, expected 1"));
  }
}

at::Tensor PackedGenerator::forward(const at::Tensor& z, const Condition& condition,
                                    const Pass& pass) {
  if (size_ == 1) return member_->forward(z, condition, pass);
  if (condition.labels.defined() || condition.vector.defined() || condition.image.defined()) {
    throw Error(
        ErrorCode::kUnsupported, "pack",
        cat("packs of ", size_, " samples cannot be conditioned: got a condition, expected none"));
  }
  const at::Tensor latents = z.reshape({z.size(0) * size_, member_->latent_size()});
  return packed(member_->forward(latents, condition, pass), size_);
}

Chain* PackedGenerator::piecewise_linear_chain() {
  return size_ == 1 ? member_->piecewise_linear_chain() : nullptr;
}

at::Tensor PackedGenerator::chain_input(const at::Tensor& z, const Condition& condition) {
  return member_->chain_input(z, condition);
}

}  // namespace saddle::nn
