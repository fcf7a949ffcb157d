#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "saddle/codec/image.h"

namespace saddle::codec {

/// One cloud of 2-D points and how to draw it.
struct ScatterLayer {
  std::span<const float> points{};  ///< [N,2]: x, y, x, y, ...
  std::array<std::uint8_t, 3> colour = {0, 0, 0};
  double radius = 1.5;  ///< pixels; at least half a pixel is drawn
  double alpha = 1;     ///< 0 invisible to 1 opaque
};

/// The part of the plane that is drawn; y grows upwards.
struct ScatterView {
  double x_low = -1;
  double x_high = 1;
  double y_low = -1;
  double y_high = 1;
};

/// A square view around all finite points of all layers with a margin; [-1,1]^2 without points.
ScatterView fit_view(std::span<const ScatterLayer> layers);

/// Draws the layers one over the other on white, `size` pixels wide and high, with smooth dots.
/// Points outside the view or not finite are left out. Throws Error(kInternal) for size < 1 or an
/// empty view.
Image8 draw_scatter(std::span<const ScatterLayer> layers, const ScatterView& view, int size = 512);

/// Real points in grey, fakes in blue over them, the worlds' centres as small black dots; the view
/// is fitted to the real points and centres so that it does not move while training.
Image8 draw_real_and_fake(std::span<const float> real, std::span<const float> fake,
                          std::span<const float> centres = {}, int size = 512);

}  // namespace saddle::codec
