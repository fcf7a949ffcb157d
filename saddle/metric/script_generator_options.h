#pragma once

#include <cstdint>

#include "saddle/config/visitor.h"
#include "saddle/metric/extractor_options.h"

namespace saddle::metric {

/// How a generator in a TorchScript file is asked.
struct ScriptGeneratorOptions {
  std::int64_t latent = 0;
  FloatWidth precision = FloatWidth::kFloat32;
  PixelRange range = PixelRange::kSigned;

  void fields(config::Visitor& v) {
    v.field("latent", latent,
            "numbers of a latent; 0: the file's own attribute latent_size or z_dim",
            {.low = 0, .high = 1 << 20});
    v.choice("precision", precision, kFloatWidthWords, "numbers that images are computed in");
    v.choice("range", range, kPixelRangeWords, "range of the pixels that the file gives");
  }
  bool operator==(const ScriptGeneratorOptions&) const = default;
};

}  // namespace saddle::metric
