#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "saddle/base/file.h"
#include "saddle/base/hash.h"
#include "saddle/codec/packed.h"

namespace saddle::test {

/// 9 samples of an image field of 3 x 70,000 bytes, so that samples cross blocks, and of a label.
inline codec::PackedInfo small_info() {
  codec::PackedInfo info;
  info.fields = {{.name = "x", .dtype = codec::ElementType::kU8, .shape = {3, 70'000}},
                 {.name = "label", .dtype = codec::ElementType::kI64, .shape = {}}};
  info.samples = 9;
  info.classes = 3;
  info.class_names = {"cat", "dog", "\xc3\xa4"};
  info.splits = {{.name = "train", .first = 0, .count = 6},
                 {.name = "test", .first = 6, .count = 3}};
  info.origin = "made for a test";
  return info;
}

inline const std::vector<std::uint8_t>& small_pixels() {
  static const std::vector<std::uint8_t> pixels = [] {
    std::vector<std::uint8_t> out(9 * 210'000);
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = static_cast<std::uint8_t>(i * 7 + i / 999);
    }
    return out;
  }();
  return pixels;
}
inline const std::vector<std::int64_t>& small_labels() {
  static const std::vector<std::int64_t> labels = {2, 0, 2, 1, 2, 0, 1, 1, 0};
  return labels;
}

/// Appends samples `first` to `first + count` of the above.
inline void append_small(codec::PackedWriter& writer, std::size_t first, std::size_t count) {
  const std::span<const std::byte> fields[] = {
      std::as_bytes(std::span(small_pixels()).subspan(first * 210'000, count * 210'000)),
      std::as_bytes(std::span(small_labels()).subspan(first, count))};
  writer.append(fields, static_cast<std::int64_t>(count));
}

inline void write_small(const std::filesystem::path& path) {
  codec::PackedWriter writer(path, small_info());
  append_small(writer, 0, 9);
  writer.finish();
}

/// The parts of a packed file, read and put together after the description of the format alone.
struct PackedParts {
  explicit PackedParts(const std::string& file) {
    std::memcpy(&version, file.data() + 8, 4);
    std::memcpy(numbers, file.data() + 16, sizeof numbers);
    header = nlohmann::json::parse(file.substr(numbers[0], numbers[1]));
    table = file.substr(numbers[2], numbers[3]);
    data = file.substr(numbers[4]);
  }

  /// The file with true checksums, whatever else was changed.
  std::string bytes() const {
    std::string text = raw_header.empty() ? header.dump() : raw_header;
    text.resize(std::max<std::size_t>(text.size(), header_room), ' ');
    std::string page(4096, '\0');
    std::uint64_t values[7];
    std::memcpy(values, numbers, sizeof values);
    page.replace(0, 8, "SADDLEPK");
    std::memcpy(page.data() + 8, &version, 4);
    std::memcpy(page.data() + 16, values, sizeof values);
    const std::string hash = sha256_hex(text + table);
    for (std::size_t i = 0; i < 32; ++i) {
      page[72 + i] = static_cast<char>(std::stoi(hash.substr(2 * i, 2), nullptr, 16));
    }
    const std::uint32_t crc = crc32c_portable(std::string_view(page).substr(0, 4092));
    std::memcpy(page.data() + 4092, &crc, 4);
    std::string file = page + text + table;
    file.resize(std::max<std::size_t>(file.size(), (file.size() + 4095) / 4096 * 4096), '\0');
    return file + data;
  }

  std::uint32_t version = 0;
  /// Offset and size of header, table and data; size of the file.
  std::uint64_t numbers[7] = {};
  nlohmann::json header;
  std::string raw_header;  // in place of `header` where it is not empty
  std::size_t header_room = 0;
  std::string table;
  std::string data;
};

}  // namespace saddle::test
