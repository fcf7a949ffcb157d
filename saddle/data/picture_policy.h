#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "saddle/codec/image.h"
#include "saddle/codec/resize.h"
#include "saddle/config/visitor.h"

namespace saddle::data {

enum class PicturePart { kWhole, kLeft, kRight };
enum class PictureFit { kExact, kCrop, kPad, kStretch };
enum class PictureChannels { kAsStored, kGrey, kRgb };
enum class PictureAlpha { kRefuse, kWhite, kBlack };

/// How pictures of any size and colour become samples of one shape. What is not asked for here is
/// refused, never done in silence.
struct PicturePolicy {
  static constexpr std::array<std::string_view, 3> kParts{"whole", "left", "right"};
  static constexpr std::array<std::string_view, 4> kFits{"exact", "crop", "pad", "stretch"};
  static constexpr std::array<std::string_view, 3> kChannels{"as_stored", "grey", "rgb"};
  static constexpr std::array<std::string_view, 3> kAlphas{"refuse", "white", "black"};
  static constexpr std::array<std::string_view, 4> kFilters{"box", "bilinear", "bicubic",
                                                            "lanczos"};

  std::int64_t resolution = 0;
  PictureFit fit = PictureFit::kExact;
  codec::Filter filter = codec::Filter::kLanczos;
  PictureChannels channels = PictureChannels::kAsStored;
  PictureAlpha alpha = PictureAlpha::kRefuse;
  PicturePart part = PicturePart::kWhole;
  std::int64_t fill = 0;

  void fields(config::Visitor& v) {
    v.field("resolution", resolution,
            "height and width in pixels of every sample; 0 takes the size that all pictures have",
            {.low = 0, .high = 4096});
    v.choice("fit", fit, kFits,
             "a picture of another size: exact refuses it, crop cuts out the square in its middle "
             "and scales that, pad scales its longer side and fills up, stretch scales both sides");
    v.choice("filter", filter, kFilters, "how pixels are weighted when a picture is scaled");
    v.choice("channels", channels, kChannels,
             "as_stored wants the same channels in all pictures; grey and rgb convert");
    v.choice("alpha", alpha, kAlphas,
             "transparent pictures: refuse them, or lay them on white or black");
    v.choice("part", part, kParts,
             "the half that is used of pictures that hold a pair side by side");
    v.field("fill", fill, "value of the pixels that pad adds, 0 to 255", {.low = 0, .high = 255});
  }
  bool operator==(const PicturePolicy&) const = default;
};

/// Width, height and channels of a picture.
struct PictureShape {
  int width = 0;
  int height = 0;
  int channels = 0;
  auto operator<=>(const PictureShape&) const = default;
};

/// The shape of the sample that a picture of this shape becomes. Throws Error(kInput) naming the
/// picture and the keys to set when the policy refuses it: alpha, another size than the resolution,
/// nothing left of a half, a sample of more than 256 MiB.
PictureShape sample_shape(const PicturePolicy& policy, const PictureShape& picture,
                          std::string_view name);

/// Whether every picture that is not refused becomes a sample of the same shape, so that sizes and
/// channels need no comparing.
bool fixes_shape(const PicturePolicy& policy);

/// Brings a picture into the shape that sample_shape says. Throws as sample_shape does.
codec::Image8 apply_policy(const PicturePolicy& policy, codec::Image8 picture,
                           std::string_view name);

/// Pixels [H,W,C] as a sample [C,H,W] in `out`.
void write_planar(const codec::Image8& picture, std::span<std::byte> out);

}  // namespace saddle::data
