#include "saddle/codec/image.h"

#include <algorithm>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::codec {
namespace {

[[noreturn]] void fail_image(std::string_view what) {
  throw Error(ErrorCode::kInternal, "image", what);
}

void check_channels(int channels) {
  if (channels != 1 && channels != 3 && channels != 4) {
    fail_image(cat("got ", channels, " channels, expected 1, 3 or 4"));
  }
}

}  // namespace

Image8 make_image(int width, int height, int channels, std::uint8_t value) {
  check_channels(channels);
  if (width < 1 || height < 1) fail_image(cat("got a size of ", width, " x ", height));
  Image8 out{.width = width, .height = height, .channels = channels};
  out.pixels.assign(out.offset(0, height), value);
  if (channels == 4) {
    for (std::size_t i = 3; i < out.pixels.size(); i += 4) out.pixels[i] = 255;
  }
  return out;
}

void check_image(const Image8& image) {
  check_channels(image.channels);
  if (image.width < 1 || image.height < 1 || image.pixels.size() != image.offset(0, image.height)) {
    fail_image(cat("got ", image.pixels.size(), " bytes for a picture of ", image.width, " x ",
                   image.height, " x ", image.channels));
  }
}

Image8 with_channels(const Image8& image, int channels) {
  check_image(image);
  check_channels(channels);
  if (channels == image.channels) return image;
  Image8 out = make_image(image.width, image.height, channels);
  const std::size_t from = static_cast<std::size_t>(image.channels);
  const std::size_t to = static_cast<std::size_t>(channels);
  for (std::size_t p = 0; p < image.pixels.size() / from; ++p) {
    const std::uint8_t* in = &image.pixels[p * from];
    std::uint8_t* pixel = &out.pixels[p * to];
    if (to == 1) {
      pixel[0] = static_cast<std::uint8_t>((299 * in[0] + 587 * in[1] + 114 * in[2] + 500) / 1000);
    } else {
      for (std::size_t c = 0; c < 3; ++c) pixel[c] = from == 1 ? in[0] : in[c];
    }
  }
  return out;
}

Image8 flatten_alpha(const Image8& image, std::array<std::uint8_t, 3> background) {
  check_image(image);
  if (image.channels != 4) return image;
  Image8 out = make_image(image.width, image.height, 3);
  for (std::size_t p = 0; p < image.pixels.size() / 4; ++p) {
    const std::uint8_t* in = &image.pixels[p * 4];
    const int alpha = in[3];
    for (std::size_t c = 0; c < 3; ++c) {
      const int sum = in[c] * alpha + background[c] * (255 - alpha);
      out.pixels[p * 3 + c] = static_cast<std::uint8_t>((sum + 127) / 255);
    }
  }
  return out;
}

Image8 crop(const Image8& image, int x, int y, int width, int height) {
  check_image(image);
  if (x < 0 || y < 0 || width < 1 || height < 1 || width > image.width - x ||
      height > image.height - y) {
    fail_image(cat("got a crop of ", width, " x ", height, " at ", x, ", ", y,
                   ", expected one within ", image.width, " x ", image.height));
  }
  Image8 out = make_image(width, height, image.channels);
  for (int row = 0; row < height; ++row) {
    std::copy_n(&image.pixels[image.offset(x, y + row)], out.offset(width, 0),
                &out.pixels[out.offset(0, row)]);
  }
  return out;
}

Image8 pad(const Image8& image, const Padding& border, std::uint8_t value) {
  check_image(image);
  if (std::min({border.left, border.right, border.top, border.bottom}) < 0) {
    fail_image(cat("got a border of ", border.left, ", ", border.right, ", ", border.top, " and ",
                   border.bottom, ", expected none below 0"));
  }
  Image8 out = make_image(image.width + border.left + border.right,
                          image.height + border.top + border.bottom, image.channels, value);
  for (int row = 0; row < image.height; ++row) {
    std::copy_n(&image.pixels[image.offset(0, row)], image.offset(image.width, 0),
                &out.pixels[out.offset(border.left, border.top + row)]);
  }
  return out;
}

Image8 oriented(const Image8& image, int exif_orientation) {
  check_image(image);
  if (exif_orientation < 1 || exif_orientation > 8) {
    fail_image(cat("got an orientation of ", exif_orientation, ", expected 1 to 8"));
  }
  if (exif_orientation == 1) return image;
  const bool swap = exif_orientation >= 5;
  const bool from_right = exif_orientation == 2 || exif_orientation == 3 || exif_orientation == 7 ||
                          exif_orientation == 8;
  const bool from_bottom = exif_orientation == 3 || exif_orientation == 4 ||
                           exif_orientation == 6 || exif_orientation == 7;
  Image8 out = make_image(swap ? image.height : image.width, swap ? image.width : image.height,
                          image.channels);
  const std::size_t channels = static_cast<std::size_t>(image.channels);
  for (int y = 0; y < out.height; ++y) {
    for (int x = 0; x < out.width; ++x) {
      const int column = swap ? y : x;
      const int row = swap ? x : y;
      const std::size_t from = image.offset(from_right ? image.width - 1 - column : column,
                                            from_bottom ? image.height - 1 - row : row);
      std::copy_n(&image.pixels[from], channels, &out.pixels[out.offset(x, y)]);
    }
  }
  return out;
}

Image8 tile(std::span<const Image8> images, int columns, int gap, std::uint8_t background) {
  if (images.empty() || columns < 1 || gap < 0) {
    fail_image(cat("a sheet needs pictures, columns and no negative gap: got ", images.size(), ", ",
                   columns, " and ", gap));
  }
  int cell_width = 0;
  int cell_height = 0;
  int channels = 0;
  for (const Image8& image : images) {
    check_image(image);
    cell_width = std::max(cell_width, image.width);
    cell_height = std::max(cell_height, image.height);
    channels = std::max(channels, image.channels);
  }
  const int count = static_cast<int>(images.size());
  columns = std::min(columns, count);
  const int rows = (count + columns - 1) / columns;
  Image8 sheet = make_image(columns * (cell_width + gap) - gap, rows * (cell_height + gap) - gap,
                            channels, background);
  for (int i = 0; i < count; ++i) {
    const Image8 cell = with_channels(images[static_cast<std::size_t>(i)], channels);
    const int x = i % columns * (cell_width + gap);
    const int y = i / columns * (cell_height + gap);
    const std::size_t row_bytes = cell.offset(cell.width, 0);
    for (int row = 0; row < cell.height; ++row) {
      std::copy_n(&cell.pixels[cell.offset(0, row)], row_bytes,
                  &sheet.pixels[sheet.offset(x, y + row)]);
    }
  }
  return sheet;
}

Image8 enlarge(const Image8& image, int factor) {
  check_image(image);
  if (factor < 1) fail_image(cat("got a factor of ", factor, ", expected at least 1"));
  Image8 out = make_image(image.width * factor, image.height * factor, image.channels);
  const std::size_t channels = static_cast<std::size_t>(image.channels);
  for (int y = 0; y < out.height; ++y) {
    for (int x = 0; x < out.width; ++x) {
      std::copy_n(&image.pixels[image.offset(x / factor, y / factor)], channels,
                  &out.pixels[out.offset(x, y)]);
    }
  }
  return out;
}

}  // namespace saddle::codec
