#pragma once

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <numeric>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "saddle/base/file.h"
#include "saddle/codec/png.h"
#include "saddle/data/source.h"

namespace saddle::data {

/// Stops a write in its middle, as a signal does.
struct Stopped : std::runtime_error {
  Stopped() : std::runtime_error("stopped") {}
};

/// Writes a file and the folders above it.
inline void put_file(const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::create_directories(path.parent_path());
  write_file_atomic(path, bytes);
}

/// A picture whose pixels count up from `first`, modulo 256.
inline codec::Image8 counting_picture(int width, int height, int channels, int first = 0) {
  codec::Image8 image = codec::make_image(width, height, channels);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    image.pixels[i] = static_cast<std::uint8_t>(static_cast<std::size_t>(first) + i);
  }
  return image;
}

/// Writes a grey picture of 2x2 pixels that all have this value.
inline void put_dot(const std::filesystem::path& path, int value) {
  put_file(path, codec::encode_png(codec::make_image(2, 2, 1, static_cast<std::uint8_t>(value))));
}

inline std::vector<std::int64_t> all_indices(const Source& source) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(source.size()));
  std::iota(indices.begin(), indices.end(), 0);
  return indices;
}

/// The bytes of field `field` of one sample.
inline std::vector<int> values_of(const Source& source, std::int64_t index, std::size_t field = 0) {
  const auto read = read_bytes(source, std::vector{index});
  std::vector<int> values;
  for (const std::byte byte : read[field]) values.push_back(std::to_integer<int>(byte));
  return values;
}

/// The first byte of "x" of every sample: the value of a dot.
inline std::vector<int> dots_of(const Source& source) {
  std::vector<int> values;
  for (std::int64_t i = 0; i < source.size(); ++i) values.push_back(values_of(source, i)[0]);
  return values;
}

inline std::vector<std::int64_t> all_labels(const Source& source) {
  auto read = read_bytes(source, all_indices(source));
  const auto* labels = numbers<std::int64_t>(read[field_index(source, "label")]);
  return {labels, labels + source.size()};
}

/// Samples in memory: fields with their bytes, one sample after the other.
class MadeSource final : public Source {
 public:
  explicit MadeSource(std::int64_t size, std::int64_t classes = 0,
                      std::vector<std::string> names = {})
      : size_(size), classes_(classes), names_(std::move(names)) {}

  template <class T>
  MadeSource& add(const std::string& name, codec::ElementType type, std::vector<std::int64_t> shape,
                  const std::vector<T>& values) {
    fields_.push_back({name, type, std::move(shape)});
    const auto bytes = std::as_bytes(std::span(values));
    data_.emplace_back(bytes.begin(), bytes.end());
    return *this;
  }

  const std::vector<FieldSpec>& fields() const override { return fields_; }
  std::int64_t size() const override { return size_; }
  std::int64_t classes() const override { return classes_; }
  std::vector<std::string> class_names() const override { return names_; }
  std::string fingerprint() const override { return "made"; }
  void read(std::span<const std::int64_t> indices, std::span<const Buffer> out) const override {
    for (std::size_t f = 0; f < fields_.size(); ++f) {
      const std::size_t bytes = fields_[f].bytes();
      for (std::size_t n = 0; n < indices.size(); ++n) {
        check_index(indices[n], size_);
        std::memcpy(out[f].data() + n * bytes,
                    data_[f].data() + static_cast<std::size_t>(indices[n]) * bytes, bytes);
      }
    }
  }

 private:
  std::int64_t size_;
  std::int64_t classes_;
  std::vector<std::string> names_;
  std::vector<FieldSpec> fields_;
  std::vector<std::vector<std::byte>> data_;
};

/// The names of what lies in a folder, hidden files too, sorted.
inline std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace saddle::data
