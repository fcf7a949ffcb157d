#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "saddle/nn/network.h"
#include "saddle/nn/networks.h"

namespace saddle::nn {

/// Makes a generator with fresh parameters. Each tensor is drawn from `init` forked by its own
/// name, so that the numbers do not depend on the order of building. `options` gives dtype (f32 or
/// f64) and device; `channels_last` lays 4-dim weights out so and makes the network compute so.
/// Throws Error(kUnsupported) where the row cannot make data of these dimensions or a condition
/// asks for labels that the data has not.
std::unique_ptr<Generator> build_generator(const GeneratorConfig& config, const Dimensions& data,
                                           RandomKey init, const at::TensorOptions& options,
                                           bool channels_last = false);

/// Makes a discriminator with fresh parameters; see build_generator.
std::unique_ptr<Discriminator> build_discriminator(const DiscriminatorConfig& config,
                                                   const Dimensions& data, RandomKey init,
                                                   const at::TensorOptions& options,
                                                   bool channels_last = false);

}  // namespace saddle::nn
