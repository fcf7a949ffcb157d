#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "saddle/config/visitor.h"
#include "saddle/data/holdout.h"

namespace saddle::data {

class Source;
enum class Split;

enum class ArrayLayout { kAuto, kChannelsFirst, kChannelsLast };

/// A NumPy array of samples, in a .npy or .npz file.
struct ArrayFiles {
  static constexpr std::string_view kName = "arrays";
  static constexpr std::string_view kDoc = "a NumPy array of images or points (.npy or .npz)";
  static constexpr bool kReadsFiles = true;
  static constexpr std::array<std::string_view, 3> kLayouts{"auto", "channels_first",
                                                            "channels_last"};

  std::string x;
  std::string labels = "auto";
  ArrayLayout layout = ArrayLayout::kAuto;
  double low = 0;
  double high = 1;
  Holdout holdout;

  void fields(config::Visitor& v) {
    v.field("x", x, "name of the samples in a .npz; \"\" takes x, or the only array but labels");
    v.field("labels", labels,
            "labels: a name in the .npz, or a .npy file beside; \"auto\" takes label, labels or y, "
            "or NAME-labels.npy; \"\" for none");
    v.choice("layout", layout, kLayouts,
             "where the channels of [N,a,b,c] are; auto takes the side that is 1 or 3");
    v.field("low", low, "float images: the value that is black");
    v.field("high", high, "float images: the value that is white");
    holdout.fields(v);
  }
  bool operator==(const ArrayFiles&) const = default;
};

/// The array as a source: images u8 or float [N,H,W], [N,C,H,W] or [N,H,W,C] become "x" u8
/// [C,H,W], floats by rounding (v - low) / (high - low) * 255; rows [N,D] become "x" f32 [D].
/// Labels are whole numbers [N] from 0. A .npy is mapped into memory, not read. Throws
/// Error(kInput) for other types and shapes; reading throws it for pixels out of range and for NaN.
std::shared_ptr<Source> make_source(const ArrayFiles& files, Split split, const std::string& path);

}  // namespace saddle::data
