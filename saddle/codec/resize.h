#pragma once

#include "saddle/codec/image.h"

namespace saddle::codec {

/// What a resized pixel is a weighted mean of. Half widths are in pixels of the picture when it
/// grows and times the scale when it shrinks, so that shrinking does not alias.
enum class Filter {
  kBox,       ///< half width 0.5: the mean of what falls into the pixel; nearest when it grows
  kBilinear,  ///< half width 1: triangle
  kBicubic,   ///< half width 2: Keys 1981 with a = -0.5; may overshoot
  kLanczos,   ///< half width 3: sinc(x) sinc(x / 3); may overshoot
};

/// The picture at another size, each direction by its own scale. Weights are normalised, and at an
/// edge only pixels of the picture count. Values are taken as they are stored (no gamma), colours
/// of RGBA are weighted by their alpha, and a pixel that becomes transparent is 0. Sums are in
/// floats and rounded once. Throws Error(kInternal) for sizes below 1.
Image8 resize(const Image8& image, int width, int height, Filter filter);

}  // namespace saddle::codec
