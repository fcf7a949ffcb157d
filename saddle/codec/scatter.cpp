#include "saddle/codec/scatter.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::codec {
namespace {

/// Blends a disc with a soft edge of one pixel; (cx, cy) in pixels, pixel centres at .5.
void draw_disc(Image8& image, double cx, double cy, const ScatterLayer& layer) {
  // A smaller dot would vanish between four pixel centres.
  const double radius = std::max(layer.radius, 0.5);
  const double reach = radius + 1;
  const int x_first = std::max(0, static_cast<int>(std::floor(cx - reach)));
  const int x_last = std::min(image.width - 1, static_cast<int>(std::floor(cx + reach)));
  const int y_first = std::max(0, static_cast<int>(std::floor(cy - reach)));
  const int y_last = std::min(image.height - 1, static_cast<int>(std::floor(cy + reach)));
  for (int y = y_first; y <= y_last; ++y) {
    for (int x = x_first; x <= x_last; ++x) {
      const double distance = std::hypot(x + 0.5 - cx, y + 0.5 - cy);
      const double cover = layer.alpha * std::clamp(radius + 0.5 - distance, 0.0, 1.0);
      if (cover <= 0) continue;
      std::uint8_t* pixel = &image.pixels[image.offset(x, y)];
      for (std::size_t c = 0; c < 3; ++c) {
        const double mixed = pixel[c] + (layer.colour[c] - pixel[c]) * cover;
        pixel[c] = static_cast<std::uint8_t>(std::lround(mixed));
      }
    }
  }
}

}  // namespace

ScatterView fit_view(std::span<const ScatterLayer> layers) {
  constexpr double kHuge = std::numeric_limits<double>::max();
  double low[2] = {kHuge, kHuge};
  double high[2] = {-kHuge, -kHuge};
  for (const ScatterLayer& layer : layers) {
    for (std::size_t i = 0; i + 1 < layer.points.size(); i += 2) {
      if (!std::isfinite(layer.points[i]) || !std::isfinite(layer.points[i + 1])) continue;
      for (std::size_t axis = 0; axis < 2; ++axis) {
        const double value = layer.points[i + axis];
        low[axis] = std::min(low[axis], value);
        high[axis] = std::max(high[axis], value);
      }
    }
  }
  if (low[0] > high[0]) return {};
  double half = std::max(high[0] - low[0], high[1] - low[1]) / 2;
  half = half > 0 ? 1.15 * half : 1;
  const double x = low[0] + (high[0] - low[0]) / 2;
  const double y = low[1] + (high[1] - low[1]) / 2;
  return {.x_low = x - half, .x_high = x + half, .y_low = y - half, .y_high = y + half};
}

Image8 draw_scatter(std::span<const ScatterLayer> layers, const ScatterView& view, int size) {
  if (!(view.x_high > view.x_low) || !(view.y_high > view.y_low)) {
    throw Error(ErrorCode::kInternal, "scatter",
                cat("got an empty view: x ", view.x_low, " to ", view.x_high, ", y ", view.y_low,
                    " to ", view.y_high));
  }
  Image8 image = make_image(size, size, 3, 255);
  for (const ScatterLayer& layer : layers) {
    for (std::size_t i = 0; i + 1 < layer.points.size(); i += 2) {
      const double x = (layer.points[i] - view.x_low) / (view.x_high - view.x_low);
      const double y = (view.y_high - layer.points[i + 1]) / (view.y_high - view.y_low);
      // False for NaN too.
      if (!(x >= 0 && x <= 1 && y >= 0 && y <= 1)) continue;
      draw_disc(image, x * size, y * size, layer);
    }
  }
  return image;
}

Image8 draw_real_and_fake(std::span<const float> real, std::span<const float> fake,
                          std::span<const float> centres, int size) {
  const double scale = size / 512.0;
  const ScatterLayer layers[] = {
      {.points = real, .colour = {175, 175, 175}, .radius = 1.6 * scale, .alpha = 0.6},
      {.points = fake, .colour = {31, 90, 200}, .radius = 1.6 * scale, .alpha = 0.6},
      {.points = centres, .colour = {0, 0, 0}, .radius = 2.2 * scale, .alpha = 1},
  };
  const ScatterLayer fitted[] = {layers[0], layers[2]};
  const bool anything = !real.empty() || !centres.empty();
  return draw_scatter(layers, anything ? fit_view(fitted) : fit_view(layers), size);
}

}  // namespace saddle::codec
