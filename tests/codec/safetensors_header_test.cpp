#include "saddle/codec/safetensors_header.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "tests/base/temporary.h"
#include "tests/codec/hostile.h"

namespace saddle::codec {
namespace {

std::string sample_file() {
  SafetensorsHeader header;
  header.metadata = {{"preset", "caf\xc3\xa9"}, {"step", "12"}};
  header.entries = {
      {.name = "layer.weight", .dtype = "F32", .shape = {2, 3}, .begin = 0, .end = 24},
      {.name = "layer.bias", .dtype = "F16", .shape = {3}, .begin = 24, .end = 30},
      {.name = "empty", .dtype = "U8", .shape = {0, 4}, .begin = 30, .end = 30},
      {.name = "count", .dtype = "BOOL", .shape = {}, .begin = 30, .end = 31}};
  return write_safetensors_header(header) + std::string(31, '\1');
}

TEST(SafetensorsHeader, BytesAreThoseOfTheFormat) {
  SafetensorsHeader header;
  header.entries = {{.name = "a", .dtype = "F32", .shape = {2}, .begin = 0, .end = 8}};
  const std::string text = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  const std::string expected = std::string("\x38\0\0\0\0\0\0\0", 8) + text + "  ";
  EXPECT_EQ(write_safetensors_header(header), expected);
}

TEST(SafetensorsHeader, RoundTrips) {
  const std::string file = sample_file();
  const SafetensorsHeader header = parse_safetensors_header(file, "f");
  ASSERT_EQ(header.entries.size(), 4u);
  EXPECT_EQ(header.entries[1].name, "layer.bias");
  EXPECT_EQ(header.entries[1].dtype, "F16");
  EXPECT_EQ(header.entries[1].begin, 24u);
  EXPECT_EQ(header.entries[3].shape, std::vector<std::int64_t>{});
  EXPECT_EQ(header.metadata.at("step"), "12");
  EXPECT_EQ(header.data_begin, file.size() - 31);
}

/// The tensors of a header cover the data without holes and overlaps.
void expect_cover(const SafetensorsHeader& header, std::size_t file_size) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  for (const SafetensorsEntry& entry : header.entries) {
    std::uint64_t bytes = 0;
    for (const SafetensorsDtype& dtype : kSafetensorsDtypes) {
      if (dtype.name == entry.dtype) bytes = dtype.bytes;
    }
    EXPECT_GT(bytes, 0u) << entry.dtype;
    for (const std::int64_t size : entry.shape) bytes *= static_cast<std::uint64_t>(size);
    EXPECT_EQ(entry.end - entry.begin, bytes);
    ranges.emplace_back(entry.begin, entry.end);
  }
  std::sort(ranges.begin(), ranges.end());
  std::uint64_t end = 0;
  for (const auto& [first, last] : ranges) {
    EXPECT_EQ(first, end);
    end = last;
  }
  EXPECT_EQ(header.data_begin + end, file_size);
}

TEST(SafetensorsHeader, BrokenFilesAreRefusedOrHoldTogether) {
  const auto result = test::try_broken_copies(
      sample_file(),
      [](const std::string& bytes) {
        expect_cover(parse_safetensors_header(bytes, "f"), bytes.size());
      },
      14);
  EXPECT_GT(result.refused, 1500);
  EXPECT_GT(result.taken, 50);  // names, metadata and data may be anything
}

}  // namespace
}  // namespace saddle::codec
