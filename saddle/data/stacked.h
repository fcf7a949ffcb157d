#pragma once

#include <cstdint>
#include <memory>

#include "saddle/data/source.h"

namespace saddle::data {

/// Pictures whose channels are independent draws of a source of grey pictures: "x" u8
/// [layers,H,W], and "label" the labels of the layers as the digits of one number, the first layer
/// leading. Three layers of ten digits are the 1000 modes of stacked MNIST (Metz 2017,
/// arXiv:1611.02163). Endless: of a source without end, picture i is made of its samples
/// layers i .. layers i + layers - 1; of a finite one each layer is a draw with replacement, keyed
/// by `seed` and place.
/// Throws Error(kInput) unless the source has pictures u8 [1,H,W] and labels, Error(kUsage) for
/// layers below 1 or so many that classes^layers passes 2^31.
std::shared_ptr<Source> stacked_source(std::shared_ptr<const Source> source, std::int64_t layers,
                                       std::uint64_t seed = 0);

}  // namespace saddle::data
