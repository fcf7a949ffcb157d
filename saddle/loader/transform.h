#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "saddle/config/visitor.h"

namespace at {
class Tensor;
}

namespace saddle::data {

/// What happens to image fields on their way to the network: u8 in [0,255] becomes float32 in
/// [-1,1] by x = u / 127.5 - 1. Fields that are not u8 images pass through unchanged.
struct Transform {
  std::int64_t pad = 0;        ///< pixels added on each side, after the flip
  std::int64_t pad_value = 0;  ///< what they hold, 0..255
  bool flip = false;           ///< each image is mirrored with probability 1/2
  /// Memory layout of the result. Not a config key: the task knows what its networks want.
  bool channels_last = false;

  void fields(config::Visitor& v) {
    v.field("pad", pad, "pixels added on each side", {.low = 0, .high = 1024});
    v.field("pad_value", pad_value, "value of the added pixels, 0 to 255", {.low = 0, .high = 255});
    v.field("flip", flip, "mirror each image left to right with probability 1/2");
  }
  bool operator==(const Transform&) const = default;
};

/// The shape of one image [C,H,W] after the transform.
std::vector<std::int64_t> transformed_shape(const Transform& transform,
                                            std::span<const std::int64_t> shape);

/// Whether the image at `position` of the run's endless data stream is mirrored: the keyed draw of
/// stream "transform" of the run's `seed`.
bool flips(std::uint64_t seed, std::int64_t position);

/// Images u8 [N,C,H,W] in [0,255], any strides -> float32 [N,C,H+2 pad,W+2 pad] in [-1,1],
/// contiguous or channels-last, in one pass. `positions` (N of them) key the flips and may be empty
/// without `flip`. Throws Error(kInternal) on another dtype or rank.
at::Tensor transform_images(const Transform& transform, const at::Tensor& images,
                            std::uint64_t seed, std::span<const std::int64_t> positions);

}  // namespace saddle::data
