#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "saddle/nn/chain.h"
#include "saddle/tensor/safetensors.h"

namespace saddle::lab {

/// Which of the two networks a prefix holds.
enum class TraceSide { kGenerator, kDiscriminator };

/// The chain whose weights are called `<prefix>.<position>.<weight|bias|...>` in `file`, cloned, in
/// float64. A 2-d weight is a linear layer, a 4-d weight a convolution (transposed in a generator),
/// a 1-d weight with running statistics a batch norm; a position without tensors is an activation:
/// ReLU in a generator of convolutions, leaky ReLU .2 elsewhere. A generator's first convolution
/// has stride 1 and padding 0, and so has a discriminator's last; all others have 2 and 1. A
/// generator of convolutions ends in tanh, such a discriminator in flatten.
/// Throws Error(kInput) naming `source` and the tensor that does not fit.
nn::Chain trace_chain(const Safetensors& file, const std::string& prefix, TraceSide side,
                      const std::string& source);

/// Whether the first layer is a convolution.
bool takes_maps(const nn::Chain& chain);

/// The shape of one sample, [F] or [C,H,W], after the chain. `prefix` and `source` name the weights
/// in errors. Throws Error(kInput) where a layer cannot take what comes.
std::vector<std::int64_t> trace_output_shape(const nn::Chain& chain,
                                             std::span<const std::int64_t> sample,
                                             const std::string& prefix, const std::string& source);

}  // namespace saddle::lab
