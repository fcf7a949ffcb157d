#include "saddle/data/inspect_tally.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "saddle/base/hash.h"

namespace saddle::data {

namespace {

using codec::ElementType;

/// Beyond this, the coordinates of points are counted together.
constexpr std::size_t kMaxChannels = 1024;

SampleKey key_of(const PictureShape& shape, ElementType dtype, std::span<const std::byte> bytes) {
  const std::array<std::int32_t, 4> head{shape.width, shape.height, shape.channels,
                                         static_cast<std::int32_t>(dtype)};
  Sha256 sha;
  sha.update(std::as_bytes(std::span(head)));
  sha.update(bytes);
  const std::string hex = sha.hex();
  SampleKey key;
  std::from_chars(hex.data(), hex.data() + 16, key.high, 16);
  std::from_chars(hex.data() + 16, hex.data() + 32, key.low, 16);
  return key;
}

/// Whether the bytes repeat with this period.
bool repeats(std::span<const std::byte> bytes, std::size_t period) {
  return bytes.size() <= period ||
         std::memcmp(bytes.data(), bytes.data() + period, bytes.size() - period) == 0;
}

ChannelValues of_histogram(const std::array<std::int64_t, 256>& counts) {
  std::int64_t n = 0, sum = 0;
  ChannelValues out{.low = 255, .high = 0};
  for (int v = 0; v < 256; ++v) {
    const std::int64_t count = counts[static_cast<std::size_t>(v)];
    if (count == 0) continue;
    out.low = std::min<double>(out.low, v);
    out.high = std::max<double>(out.high, v);
    n += count;
    sum += count * v;
  }
  if (n == 0) return {};
  const double mean = static_cast<double>(sum) / static_cast<double>(n);
  double squares = 0;
  for (int v = 0; v < 256; ++v) {
    squares += static_cast<double>(counts[static_cast<std::size_t>(v)]) * (v - mean) * (v - mean);
  }
  out.mean = mean / 255;
  out.std = std::sqrt(squares / static_cast<double>(n)) / 255;
  return out;
}

}  // namespace

double element_at(const std::byte* bytes, ElementType type, std::size_t index) {
  const auto as = [&]<class T>(T value) {
    std::memcpy(&value, bytes + index * sizeof value, sizeof value);
    return static_cast<double>(value);
  };
  switch (type) {
    case ElementType::kU8:
      return as(std::uint8_t{});
    case ElementType::kI8:
      return as(std::int8_t{});
    case ElementType::kI16:
      return as(std::int16_t{});
    case ElementType::kI32:
      return as(std::int32_t{});
    case ElementType::kI64:
      return as(std::int64_t{});
    case ElementType::kF32:
      return as(float{});
    case ElementType::kF64:
      return as(double{});
  }
  return 0;
}

void SampleTally::Moments::add(double value) {
  if (count++ == 0) low = high = origin = value;
  low = std::min(low, value);
  high = std::max(high, value);
  sum += value - origin;
  squares += (value - origin) * (value - origin);
}

SampleFacts SampleTally::add(const StoredSample& sample) {
  const bool bytes = sample.image && sample.dtype == ElementType::kU8;
  if (sample.image) ++shapes_[sample.shape];
  return bytes ? add_image(sample) : add_numbers(sample);
}

void SampleTally::count_values(int channels, int colours) {
  auto& all = histograms_[colours];
  all.resize(static_cast<std::size_t>(colours));
  const std::uint8_t* p = pixels_.data();
  const std::size_t n = pixels_.size();
  if (channels == 1) {
    // Four tables: equal neighbours would wait for each other's increment.
    std::array<std::array<std::uint32_t, 256>, 4> part{};
    std::size_t i = 0;
    for (; i + 4 <= n; i += 4) {
      for (std::size_t k = 0; k < 4; ++k) ++part[k][p[i + k]];
    }
    for (; i < n; ++i) ++part[0][p[i]];
    for (std::size_t v = 0; v < 256; ++v) {
      for (const auto& counts : part) all[0][v] += counts[v];
    }
    return;
  }
  const auto step = static_cast<std::size_t>(channels), used = static_cast<std::size_t>(colours);
  for (std::size_t i = 0; i < n; i += step) {
    for (std::size_t c = 0; c < used; ++c) ++all[c][p[i + c]];
  }
}

SampleFacts SampleTally::add_image(const StoredSample& sample) {
  const auto channels = static_cast<std::size_t>(sample.shape.channels);
  pixels_ = {reinterpret_cast<const std::uint8_t*>(sample.bytes.data()), sample.bytes.size()};
  if (sample.planar && channels > 1) {
    const std::size_t plane = pixels_.size() / channels;
    interleaved_.resize(pixels_.size());
    for (std::size_t c = 0; c < channels; ++c) {
      for (std::size_t i = 0; i < plane; ++i)
        interleaved_[channels * i + c] = pixels_[c * plane + i];
    }
    pixels_ = interleaved_;
  }
  count_values(sample.shape.channels, sample.shape.channels == 4 ? 3 : sample.shape.channels);

  SampleFacts facts{.constant = repeats(std::as_bytes(pixels_), channels)};
  facts.grey_as_rgb = channels == 3 || channels == 4;
  for (std::size_t i = 0; facts.grey_as_rgb && i < pixels_.size(); i += channels) {
    facts.grey_as_rgb = pixels_[i] == pixels_[i + 1] && pixels_[i] == pixels_[i + 2];
  }
  facts.opaque = channels == 4;
  for (std::size_t i = 3; facts.opaque && i < pixels_.size(); i += 4)
    facts.opaque = pixels_[i] == 255;

  // Copies are told by what is seen, not by how it is stored.
  PictureShape seen = sample.shape;
  if (facts.grey_as_rgb && (channels == 3 || facts.opaque)) seen.channels = 1;
  if (facts.opaque && !facts.grey_as_rgb) seen.channels = 3;
  std::span<const std::uint8_t> reduced = pixels_;
  if (seen.channels != sample.shape.channels) {
    const auto kept = static_cast<std::size_t>(seen.channels);
    reduced_.resize(pixels_.size() / channels * kept);
    for (std::size_t i = 0, to = 0; i < pixels_.size(); i += channels, to += kept) {
      std::copy_n(pixels_.data() + i, kept, reduced_.data() + to);
    }
    reduced = reduced_;
  }
  keys_.push_back(key_of(seen, ElementType::kU8, std::as_bytes(reduced)));
  return facts;
}

SampleFacts SampleTally::add_numbers(const StoredSample& sample) {
  pixels_ = {};
  const std::size_t size = codec::element_size(sample.dtype);
  const std::size_t count = sample.bytes.size() / size;
  std::size_t channels = static_cast<std::size_t>(std::max(1, sample.shape.channels));
  if (channels > kMaxChannels) channels = 1;
  const std::size_t plane = sample.planar ? std::max<std::size_t>(1, count / channels) : 1;
  if (moments_.size() < channels) moments_.resize(channels);
  SampleFacts facts{.constant = count > 1 && repeats(sample.bytes, size)};
  for (std::size_t i = 0; i < count; ++i) {
    const double value = element_at(sample.bytes.data(), sample.dtype, i);
    if (!std::isfinite(value)) {
      (std::isnan(value) ? facts.not_a_number : facts.infinite) = true;
    } else {
      moments_[i / plane % channels].add(value);
    }
  }
  keys_.push_back(key_of(sample.shape, sample.dtype, sample.bytes));
  return facts;
}

std::vector<ShapeCount> SampleTally::shapes() const {
  std::vector<ShapeCount> out;
  for (const auto& [shape, count] : shapes_) out.push_back({shape, count});
  std::ranges::stable_sort(out, {}, [](const ShapeCount& one) {
    return static_cast<std::int64_t>(one.shape.width) * one.shape.height;
  });
  return out;
}

std::vector<ChannelValues> SampleTally::channels() const {
  std::vector<ChannelValues> out;
  if (!histograms_.empty()) {
    auto all = histograms_.rbegin()->second;
    if (const auto grey = histograms_.find(1); all.size() > 1 && grey != histograms_.end()) {
      for (Histogram& counts : all) {
        for (std::size_t v = 0; v < 256; ++v) counts[v] += grey->second[0][v];
      }
    }
    for (const Histogram& counts : all) out.push_back(of_histogram(counts));
    return out;
  }
  for (const Moments& m : moments_) {
    if (m.count == 0) {
      out.emplace_back();
      continue;
    }
    const double n = static_cast<double>(m.count), mean = m.sum / n;
    out.push_back(
        {m.low, m.high, m.origin + mean, std::sqrt(std::max(0.0, m.squares / n - mean * mean))});
  }
  return out;
}

}  // namespace saddle::data
