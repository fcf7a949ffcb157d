#include "saddle/data/picture_policy.h"

#include <algorithm>
#include <cmath>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::data {

namespace {

[[noreturn]] void refuse_picture(std::string_view name, const std::string& text) {
  throw Error(ErrorCode::kInput, "images", cat(name, ": ", text));
}

std::string size_text(const PictureShape& shape) {
  return cat(shape.width, "x", shape.height);
}

int shown_width(const PicturePolicy& policy, int width) {
  return policy.part == PicturePart::kWhole ? width : width / 2;
}

/// The alpha channel laid on one colour and gone.
codec::Image8 on_background(const codec::Image8& picture, int background) {
  codec::Image8 out = codec::make_image(picture.width, picture.height, 3);
  const std::size_t count = out.pixels.size() / 3;
  for (std::size_t i = 0; i < count; ++i) {
    const int alpha = picture.pixels[4 * i + 3];
    for (std::size_t c = 0; c < 3; ++c) {
      const int mixed = picture.pixels[4 * i + c] * alpha + background * (255 - alpha);
      out.pixels[3 * i + c] = static_cast<std::uint8_t>((mixed + 127) / 255);
    }
  }
  return out;
}

/// The rectangle at (x, y); what lies outside the picture is `fill`.
codec::Image8 window(const codec::Image8& picture, int x, int y, int width, int height,
                     std::uint8_t fill = 0) {
  codec::Image8 out = codec::make_image(width, height, picture.channels, fill);
  const int left = std::max(0, -x), right = std::min(width, picture.width - x);
  for (int row = std::max(0, -y); row < std::min(height, picture.height - y); ++row) {
    const auto* from = picture.pixels.data() + picture.offset(x + left, y + row);
    std::copy_n(from, static_cast<std::size_t>((right - left) * picture.channels),
                out.pixels.data() + out.offset(left, row));
  }
  return out;
}

codec::Image8 fitted(const PicturePolicy& policy, codec::Image8 picture) {
  const int side = static_cast<int>(policy.resolution);
  if (side == 0 || (picture.width == side && picture.height == side)) return picture;
  if (policy.fit == PictureFit::kStretch) {
    return codec::resize(picture, side, side, policy.filter);
  }
  const int kept = policy.fit == PictureFit::kCrop ? std::min(picture.width, picture.height)
                                                   : std::max(picture.width, picture.height);
  const auto scaled = [&](int length) {
    return std::max(1, static_cast<int>(std::lround(static_cast<double>(length) * side / kept)));
  };
  codec::Image8 small =
      codec::resize(picture, scaled(picture.width), scaled(picture.height), policy.filter);
  // An odd rest goes to the right and below; negative offsets are the bars of pad.
  const auto middle = [side](int length) {
    return length >= side ? (length - side) / 2 : -((side - length) / 2);
  };
  return window(small, middle(small.width), middle(small.height), side, side,
                static_cast<std::uint8_t>(policy.fill));
}

}  // namespace

PictureShape sample_shape(const PicturePolicy& policy, const PictureShape& picture,
                          std::string_view name) {
  PictureShape out = picture;
  out.width = shown_width(policy, picture.width);
  if (out.width < 1) refuse_picture(name, "is one pixel wide: it has no left and right half");
  if (policy.resolution > 0) {
    const int side = static_cast<int>(policy.resolution);
    if (policy.fit == PictureFit::kExact && (out.width != side || out.height != side)) {
      refuse_picture(name, cat("got ", size_text(out), " pixels, expected ", side, "x", side,
                               " (data.resolution); let it be scaled with data.fit = \"crop\", "
                               "\"pad\" or \"stretch\""));
    }
    out.width = out.height = side;
  }
  if (picture.channels == 4) {
    if (policy.alpha == PictureAlpha::kRefuse) {
      refuse_picture(name,
                     "got transparency (an alpha channel), expected grey or RGB; say what shines "
                     "through with data.alpha = \"white\" or \"black\"");
    }
    out.channels = 3;
  }
  if (policy.channels == PictureChannels::kGrey) out.channels = 1;
  if (policy.channels == PictureChannels::kRgb) out.channels = 3;
  return out;
}

bool fixes_shape(const PicturePolicy& policy) {
  return policy.resolution > 0 && policy.fit != PictureFit::kExact &&
         policy.channels != PictureChannels::kAsStored && policy.alpha != PictureAlpha::kRefuse;
}

codec::Image8 apply_policy(const PicturePolicy& policy, codec::Image8 picture,
                           std::string_view name) {
  const PictureShape wanted =
      sample_shape(policy, {picture.width, picture.height, picture.channels}, name);
  if (policy.part != PicturePart::kWhole) {
    const int half = picture.width / 2;
    const int x = policy.part == PicturePart::kLeft ? 0 : picture.width - half;
    picture = window(picture, x, 0, half, picture.height);
  }
  // Colours are mixed before they are scaled, so that no transparent colour bleeds in.
  if (picture.channels == 4) {
    picture = on_background(picture, policy.alpha == PictureAlpha::kWhite ? 255 : 0);
  }
  picture = fitted(policy, std::move(picture));
  if (picture.channels != wanted.channels) {
    picture = codec::with_channels(picture, wanted.channels);
  }
  return picture;
}

void write_planar(const codec::Image8& picture, std::span<std::byte> out) {
  const auto channels = static_cast<std::size_t>(picture.channels);
  const std::size_t count = picture.pixels.size() / channels;
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t i = 0; i < count; ++i) {
      out[c * count + i] = std::byte{picture.pixels[channels * i + c]};
    }
  }
}

}  // namespace saddle::data
