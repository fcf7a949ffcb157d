#pragma once

#include <ATen/core/Tensor.h>

#include "saddle/codec/image.h"

namespace saddle::data {

/// An image [C,H,W], u8 or float in [-1,1] (clamped and rounded), as a picture.
codec::Image8 picture_of(const at::Tensor& image);

/// Images u8, or float in [-1,1], as u8 by u = round((x + 1) 127.5), clamped; any shape.
at::Tensor image_bytes(const at::Tensor& images);

}  // namespace saddle::data
