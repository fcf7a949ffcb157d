#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "saddle/data/inspect.h"
#include "saddle/data/inspect_set.h"

namespace saddle::data {

/// 128 bits of the SHA-256 of a sample's shape and elements.
struct SampleKey {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const SampleKey&) const = default;
};

/// What one sample told.
struct SampleFacts {
  bool constant = false;  ///< all pixels, or numbers, are equal
  bool not_a_number = false;
  bool infinite = false;
  bool grey_as_rgb = false;  ///< an RGB or RGBA image with three equal channels
  bool opaque = false;       ///< an RGBA image with alpha 255 everywhere
};

/// Gathers what the samples of a split have in common, one pass, 16 bytes a sample.
class SampleTally {
 public:
  SampleFacts add(const StoredSample& sample);
  /// A sample that could not be read: it has the key zero, which no other has.
  void add_broken() { keys_.emplace_back(); }

  /// One a sample, in order.
  const std::vector<SampleKey>& keys() const { return keys_; }
  std::vector<ShapeCount> shapes() const;
  /// Values by channel. Images in x/255; grey counts as RGB where any image is RGB.
  std::vector<ChannelValues> channels() const;
  /// The pixels of the image added last, [H,W,C].
  std::span<const std::uint8_t> pixels() const { return pixels_; }

 private:
  /// Of float and integer numbers, around the first value, so that sums of squares keep digits.
  struct Moments {
    double low = 0, high = 0, origin = 0, sum = 0, squares = 0;
    std::int64_t count = 0;
    void add(double value);
  };
  using Histogram = std::array<std::int64_t, 256>;

  SampleFacts add_image(const StoredSample& sample);
  SampleFacts add_numbers(const StoredSample& sample);
  void count_values(int channels, int colours);

  std::vector<SampleKey> keys_;
  std::map<PictureShape, std::int64_t> shapes_;
  std::map<int, std::vector<Histogram>> histograms_;  // by number of colour channels
  std::vector<Moments> moments_;
  std::vector<std::uint8_t> interleaved_;
  std::vector<std::uint8_t> reduced_;
  std::span<const std::uint8_t> pixels_;
};

}  // namespace saddle::data
