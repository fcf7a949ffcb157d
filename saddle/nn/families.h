#pragma once

#include <memory>

#include "saddle/nn/layers.h"
#include "saddle/nn/network.h"
#include "saddle/nn/networks.h"

namespace saddle::nn {

/// Makes the network of one row of the tables; see build_generator and build_discriminator.
std::unique_ptr<Generator> make(const MlpGenerator& config, const Dimensions& data,
                                const Making& making);
std::unique_ptr<Generator> make(const DcganGenerator& config, const Dimensions& data,
                                const Making& making);
std::unique_ptr<Discriminator> make(const MlpDiscriminator& config, const Dimensions& data,
                                    const Making& making);
std::unique_ptr<Discriminator> make(const DcganDiscriminator& config, const Dimensions& data,
                                    const Making& making);

/// How many classes enter: those of the data where `conditional`, else 0.
/// Throws Error(kUnsupported) where a condition is asked for and the data has no labels.
std::int64_t conditioning_classes(bool conditional, std::string_view who, const Dimensions& data);

}  // namespace saddle::nn
