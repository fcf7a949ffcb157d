#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace saddle::codec {

/// An 8-bit picture, rows from the top, channels last: 1 grey, 3 RGB or 4 RGBA.
struct Image8 {
  int width = 0;
  int height = 0;
  int channels = 0;
  std::vector<std::uint8_t> pixels{};  ///< [height, width, channels]

  /// Where the pixel at column x, row y starts.
  std::size_t offset(int x, int y) const {
    return (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
            static_cast<std::size_t>(x)) *
           static_cast<std::size_t>(channels);
  }
  bool operator==(const Image8&) const = default;
};

/// A picture of one value in all colour channels, alpha 255.
/// Throws Error(kInternal) for sizes below 1 or another number of channels.
Image8 make_image(int width, int height, int channels, std::uint8_t value = 0);

/// Throws Error(kInternal) unless sizes, channels and the number of pixels fit together.
void check_image(const Image8& image);

/// The picture with another number of channels: grey is copied to RGB, RGB becomes luma
/// (ITU-R BT.601), a new alpha is 255, an alpha that goes is ignored.
Image8 with_channels(const Image8& image, int channels);

/// A contact sheet: pictures row by row, `columns` a row, `gap` pixels of `background` between
/// them. Cells have the size of the largest picture, the sheet the channels of the richest one.
/// Throws Error(kInternal) without pictures or with columns < 1 or gap < 0.
Image8 tile(std::span<const Image8> images, int columns, int gap = 2,
            std::uint8_t background = 255);

/// Every pixel as a square of `factor` x `factor`. Throws Error(kInternal) for factor < 1.
Image8 enlarge(const Image8& image, int factor);

}  // namespace saddle::codec
