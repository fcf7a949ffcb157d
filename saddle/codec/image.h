#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace saddle::codec {

/// The largest picture a file may declare, in bytes once decoded, where a reader is told no other
/// bound: 1 GiB.
inline constexpr std::size_t kPictureMaxBytes = std::size_t{1} << 30;

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

/// RGB without alpha: every pixel of an RGBA picture laid over `background` (RGB),
/// round((colour * alpha + background * (255 - alpha)) / 255). Grey and RGB stay as they are.
Image8 flatten_alpha(const Image8& image, std::array<std::uint8_t, 3> background = {255, 255, 255});

/// The part of `width` x `height` pixels whose first pixel is column x, row y.
/// Throws Error(kInternal) unless it lies within the picture.
Image8 crop(const Image8& image, int x, int y, int width, int height);

/// How many pixels `pad` adds on each side.
struct Padding {
  int left = 0;
  int right = 0;
  int top = 0;
  int bottom = 0;
};

/// The picture with a border whose colour channels hold `value` and whose alpha is 255.
/// Throws Error(kInternal) for a negative border.
Image8 pad(const Image8& image, const Padding& border, std::uint8_t value = 0);

/// The picture as it is to be looked at, given how EXIF says that it is stored (tag 0x0112): 1 as
/// it is, 2 mirrored left to right, 3 turned by 180 degrees, 4 mirrored top to bottom, 5
/// transposed, 6 to turn 90 degrees clockwise, 7 transposed over the other diagonal, 8 to turn 90
/// degrees counter-clockwise. 5 to 8 swap width and height. Throws Error(kInternal) for another
/// number.
Image8 oriented(const Image8& image, int exif_orientation);

/// A contact sheet: pictures row by row, `columns` a row, `gap` pixels of `background` between
/// them. Cells have the size of the largest picture, the sheet the channels of the richest one.
/// Throws Error(kInternal) without pictures or with columns < 1 or gap < 0.
Image8 tile(std::span<const Image8> images, int columns, int gap = 2,
            std::uint8_t background = 255);

/// Every pixel as a square of `factor` x `factor`. Throws Error(kInternal) for factor < 1.
Image8 enlarge(const Image8& image, int factor);

}  // namespace saddle::codec
