#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/config/visitor.h"

namespace saddle::metric {

/// In what numbers networks that judge compute.
enum class FloatWidth { kFloat32, kFloat64 };
inline constexpr std::array<std::string_view, 2> kFloatWidthWords{"float32", "float64"};

/// How images come to the side that a network wants.
enum class ResizeFilter {
  kBilinear,     ///< triangle, with antialias when it shrinks
  kBilinearTf1,  ///< TensorFlow 1: two pixels a direction at source = target * scale, no antialias
  kBicubic,      ///< Keys 1981 with a = -0.5, with antialias; may overshoot, which is not clipped
};
inline constexpr std::array<std::string_view, 3> kResizeFilterWords{"bilinear", "bilinear_tf1",
                                                                    "bicubic"};

/// What the values 0..255 of 8 bits become.
enum class PixelRange {
  kSigned,  ///< u / 127.5 - 1
  kUnit,    ///< u / 255
  kBytes,   ///< u
};
inline constexpr std::array<std::string_view, 3> kPixelRangeWords{"-1..1", "0..1", "0..255"};

/// How extractors see images. A row of the table takes what concerns it: `range`, `arguments` and
/// `logits` a TorchScript file, `seed` and `widths` the random network, the rest all of them but
/// the classifier, which keeps to what it was trained on.
struct ExtractorOptions {
  FloatWidth precision = FloatWidth::kFloat32;
  std::int64_t resize = 0;
  ResizeFilter filter = ResizeFilter::kBilinear;
  std::int64_t channels = 0;
  bool quantise = true;
  PixelRange range = PixelRange::kSigned;
  std::vector<std::string> arguments;
  bool logits = false;
  std::int64_t seed = 0;
  std::vector<std::int64_t> widths{16, 24, 24, 32};

  void fields(config::Visitor& v) {
    v.choice("precision", precision, kFloatWidthWords, "numbers that features are computed in");
    v.field("resize", resize, "side in pixels that images are resized to first; 0: as they are",
            {.low = 0, .high = 4096});
    v.choice("filter", filter, kResizeFilterWords,
             "filter of the resizing; bilinear_tf1, without antialias, is that of published FID");
    v.field("channels", channels, "3: grey images are repeated to three channels; 0: as they are",
            {.low = 0, .high = 3});
    v.field("quantise", quantise,
            "generated images are rounded to 8 bits first, as files hold them; off for path "
            "lengths, whose steps are smaller");
    v.choice("range", range, kPixelRangeWords, "range of the pixels that a TorchScript file takes");
    v.field("arguments", arguments,
            "names of true-or-false arguments of a TorchScript file's forward that are set");
    v.field("logits", logits, "what a TorchScript file gives are logits of classes");
    v.field("seed", seed, "seed of the weights of the random network", {.low = 0});
    v.field("widths", widths, "channels of each stage of the random network",
            {.low = 1, .high = 4096});
  }
  bool operator==(const ExtractorOptions&) const = default;
};

}  // namespace saddle::metric
