#include "saddle/data/picture_policy.h"

#include <algorithm>
#include <cmath>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::data {

namespace {

constexpr std::int64_t kMaxSampleBytes = std::int64_t{1} << 28;

[[noreturn]] void refuse_picture(std::string_view name, const std::string& text) {
  throw Error(ErrorCode::kInput, "images", cat("'", name, "': ", text));
}

std::string size_text(const PictureShape& shape) {
  return cat(shape.width, "x", shape.height);
}

int shown_width(const PicturePolicy& policy, int width) {
  return policy.part == PicturePart::kWhole ? width : width / 2;
}

codec::Image8 fitted(const PicturePolicy& policy, codec::Image8 picture) {
  const int side = static_cast<int>(policy.resolution);
  if (side == 0 || (picture.width == side && picture.height == side)) return picture;
  // An odd rest goes to the right and below.
  if (policy.fit == PictureFit::kCrop) {
    // Cut first: a long strip scaled whole would not fit into memory.
    const int kept = std::min(picture.width, picture.height);
    picture =
        codec::crop(picture, (picture.width - kept) / 2, (picture.height - kept) / 2, kept, kept);
  }
  if (policy.fit != PictureFit::kPad) return codec::resize(picture, side, side, policy.filter);
  const int longer = std::max(picture.width, picture.height);
  const auto scaled = [&](int length) {
    return std::max(1, static_cast<int>(std::lround(static_cast<double>(length) * side / longer)));
  };
  const codec::Image8 small =
      codec::resize(picture, scaled(picture.width), scaled(picture.height), policy.filter);
  const int left = (side - small.width) / 2, top = (side - small.height) / 2;
  return codec::pad(small,
                    {.left = left,
                     .right = side - small.width - left,
                     .top = top,
                     .bottom = side - small.height - top},
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
  // A file of some bytes may declare any size, and whoever reads samples makes room for one first.
  if (std::int64_t{out.width} * out.height * out.channels > kMaxSampleBytes) {
    refuse_picture(
        name, cat("got ", size_text(out), " pixels, expected a sample of at most ", kMaxSampleBytes,
                  " bytes; let it be scaled with data.resolution = 256 "
                  "and data.fit = \"crop\", \"pad\" or \"stretch\""));
  }
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
    picture = codec::crop(picture, x, 0, half, picture.height);
  }
  // Colours are mixed before they are scaled, so that no transparent colour bleeds in.
  if (picture.channels == 4) {
    const std::uint8_t below = policy.alpha == PictureAlpha::kWhite ? 255 : 0;
    picture = codec::flatten_alpha(picture, {below, below, below});
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
