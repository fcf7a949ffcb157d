#pragma once

#include <cstdint>
#include <span>

#include "saddle/data/picture_policy.h"

namespace saddle::data {

/// What the pixels of a picture tell about how it was made.
struct PictureFlaws {
  bool bars = false;     ///< bars of one colour on two opposite sides: padded to a size
  bool doubled = false;  ///< enlarged by repeating pixels: every block of 2x2 is one colour
  bool plain = false;    ///< 99 % of the pixels have one colour, but not all
};

/// Looks for flaws in 8-bit pixels [H,W,C]. Rather overlooks than cries wolf: bars end at a
/// straight edge, are equally wide, and only two sides have them; lossy files are never `doubled`.
PictureFlaws find_flaws(const PictureShape& shape, std::span<const std::uint8_t> pixels);

}  // namespace saddle::data
