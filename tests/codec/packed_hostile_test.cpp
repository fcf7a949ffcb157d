#include <gtest/gtest.h>

#include <fstream>
#include <functional>

#include "saddle/base/error.h"
#include "saddle/codec/packed.h"
#include "tests/base/temporary.h"
#include "tests/codec/hostile.h"
#include "tests/codec/packed_fixture.h"

namespace saddle::codec {
namespace {

using test::expect_error;
using test::PackedParts;
using test::TemporaryDirectory;

/// Without a sync, which thousands of files would wait for; some file systems also sync a file that
/// is emptied and written again.
void write_plain(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::remove(path);
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

/// A file of 5 samples of [2,3] i16, a u8 label and an f32.
std::string tiny_file(const std::filesystem::path& path) {
  PackedInfo info;
  info.fields = {{.name = "x", .dtype = ElementType::kI16, .shape = {2, 3}},
                 {.name = "label", .dtype = ElementType::kU8, .shape = {}},
                 {.name = "w", .dtype = ElementType::kF32, .shape = {1}}};
  info.samples = 5;
  info.classes = 2;
  info.class_names = {"no", "yes"};
  info.splits = {{.name = "train", .first = 0, .count = 4},
                 {.name = "test", .first = 4, .count = 1}};
  info.origin = "made for a test";
  PackedWriter writer(path, info);
  const std::vector<std::byte> x(60, std::byte{7}), w(20, std::byte{1});
  const std::vector<std::byte> labels = {std::byte{1}, std::byte{0}, std::byte{1}, std::byte{1},
                                         std::byte{0}};
  const std::span<const std::byte> fields[] = {x, labels, w};
  writer.append(fields, 5);
  writer.finish();
  return read_file(path);
}

PackedParts tiny_parts(const std::filesystem::path& path) {
  PackedParts parts(tiny_file(path));
  parts.header_room = parts.numbers[1];
  return parts;
}

struct Violation {
  const char* name;
  std::function<void(PackedParts&)> make;
  std::string text;  ///< %F: the file, %N: its size, %J: after its header
};

class PackedViolation : public ::testing::TestWithParam<Violation> {};

TEST_P(PackedViolation, IsRefusedAtOpening) {
  const TemporaryDirectory directory;
  const auto path = directory / "a.saddle";
  PackedParts parts = tiny_parts(path);
  GetParam().make(parts);
  const std::string bytes = parts.bytes();
  write_plain(path, bytes);
  std::string text = GetParam().text;
  for (const auto& [from, to] :
       {std::pair<std::string, std::string>{"%F", "'" + path.string() + "'"},
        {"%N", std::to_string(bytes.size())},
        {"%J", std::to_string(parts.header_room + 1)}}) {
    if (const auto at = text.find(from); at != std::string::npos) {
      text.replace(at, from.size(), to);
    }
  }
  expect_error([&] { PackedFile file(path); }, ErrorCode::kInput, "[packed] " + text);
}

std::vector<Violation> header_violations() {
  const std::string fault = "%F contradicts itself: ";
  const auto set = [](const char* pointer, nlohmann::json value) {
    return [pointer, value](PackedParts& parts) {
      parts.header[nlohmann::json::json_pointer(pointer)] = value;
    };
  };
  const auto erase = [](const char* key) {
    return [key](PackedParts& parts) { parts.header.erase(key); };
  };
  return {
      {"NotJson",
       [](PackedParts& p) {
         p.raw_header = "{\"fields\":";
         p.raw_header.resize(p.header_room, ' ');
       },
       "the header of %F is not valid JSON: error at line 1, column %J"},
      {"NoFieldsKey", erase("fields"), "the header of %F: key 'fields' is missing"},
      {"NoSplitsKey", erase("splits"), "the header of %F: key 'splits' is missing"},
      {"NoOrigin", erase("origin"), "the header of %F: key 'origin' is missing"},
      {"FieldsNoList", set("/fields", 3), "the header of %F 'fields': got number, expected array"},
      {"SamplesText", set("/samples", "5"),
       "the header of %F 'samples': got string, expected a whole number"},
      {"SamplesFraction", set("/samples", 5.5),
       "the header of %F 'samples': got 5.5, expected a whole number"},
      {"UnknownType", set("/fields/0/type", "f64"),
       "the header of %F 'fields[0].type': got 'f64', expected u8, i16, i32, i64 or f32"},
      {"NegativeOffset", set("/fields/0/offset", -4096),
       "the header of %F 'fields[0].offset': got -4096, expected at least 0"},
      {"NoFields", set("/fields", nlohmann::json::array()), fault + "has no fields"},
      {"NoSamples", set("/samples", 0), fault + "has 0 samples: expected at least 1"},
      {"FieldWithoutName", set("/fields/1/name", ""), fault + "has a field without a name"},
      {"FieldTwice", set("/fields/1/name", "x"), fault + "has the field 'x' twice"},
      {"ZeroSize", set("/fields/0/shape/1", 0),
       fault + "field 'x' has the shape [2,0]: expected sizes of at least 1"},
      {"NegativeSize", set("/fields/0/shape/1", -3),
       fault + "field 'x' has the shape [2,-3]: expected sizes of at least 1"},
      {"ShapeOverflow", set("/fields/0/shape", {1LL << 40, 1LL << 40}),
       fault + "field 'x' has the shape [1099511627776,1099511627776], which is too large"},
      {"SamplesOverflow", set("/samples", 1LL << 60),
       fault + "field 'x' has 1152921504606846976 samples of shape [2,3], which is too large"},
      {"RankTooHigh", set("/fields/0/shape", {1, 1, 1, 1, 1, 1, 1, 1, 6}),
       fault + "field 'x' has 9 sizes: expected at most 8"},
      {"NegativeClasses", set("/classes", -1), fault + "has -1 classes: expected 0 to 1000000"},
      {"TooManyClasses", set("/classes", 1'000'001),
       fault + "has 1000001 classes: expected 0 to 1000000"},
      {"ClassNamesDiffer", set("/class_names", {"one"}), fault + "has 1 class names for 2 classes"},
      {"SplitWithoutName", set("/splits/0/name", ""), fault + "has a split without a name"},
      {"SplitTwice", set("/splits/1/name", "train"), fault + "has the split 'train' twice"},
      {"SplitOverlaps", set("/splits/1/first", 3),
       fault + "split 'test' starts at sample 3: expected 4"},
      {"SplitEmpty", set("/splits/1/count", 0),
       fault + "split 'test' has 0 samples: expected at least 1"},
      {"SplitTooLong", set("/splits/1/count", 9223372036854775807LL),
       fault + "split 'test' ends at sample 4 + 9223372036854775807 of 5"},
      {"SplitsTooShort", set("/splits/1", nlohmann::json()),
       "the header of %F 'splits[1]': got null, expected object"},
      {"SplitsNotAll", [](PackedParts& p) { p.header["splits"].erase(1); },
       fault + "has splits of 4 samples together: expected all 5"},
      {"ClassCountsShort", set("/splits/0/class_counts", {4}),
       fault + "split 'train' counts 1 classes: expected 2"},
      {"ClassCountsWrong", set("/splits/0/class_counts", {1, 4}),
       fault + "split 'train' has class counts that do not add up to its 4"},
      {"ClassCountsFew", set("/splits/0/class_counts", {1, 2}),
       fault + "split 'train' has class counts that do not add up to its 4"},
      {"ClassCountsNegative", set("/splits/0/class_counts", {-1, 5}),
       fault + "split 'train' has a negative number of samples in a class"},
      {"ClassCountsOverflow",
       set("/splits/0/class_counts", {9223372036854775807LL, 9223372036854775807LL}),
       fault + "split 'train' has class counts that do not add up to its 4"},
  };
}

/// The tiny file: preamble, header and table in 8,192 bytes, then x, label and w on a page each.
std::vector<Violation> layout_violations() {
  const auto offset = [](std::size_t field, std::uint64_t value) {
    return [=](PackedParts& parts) { parts.header["fields"][field]["offset"] = value; };
  };
  return {
      {"Version", [](PackedParts& p) { p.version = 9; },
       "%F has version 9 of the format: expected 1; try a newer Saddle, or pack the data again"},
      {"FileTooShort", [](PackedParts& p) { p.data.pop_back(); },
       "%F is truncated: got %N bytes, expected 16404; try to copy it again"},
      {"FileTooLong", [](PackedParts& p) { p.data += "tail"; },
       "%F has surplus bytes: got %N bytes, expected 16404; try to copy it again"},
      {"OffPage", offset(1, 12289),
       "%F has field 'label' at byte 12289: expected a multiple of 4096"},
      {"InTheHeader", offset(0, 4096),
       "%F has field 'x' at byte 4096, which overlaps what ends at 8192"},
      {"Overlap", offset(1, 8192),
       "%F has field 'label' at byte 8192, which overlaps what ends at 8252"},
      {"BeyondTheFile", offset(2, 1 << 20),
       "%F has field 'w' at byte 1048576 with 20 bytes, which reaches beyond the 16404 bytes of "
       "the "
       "file"},
      {"FarBeyondTheFile", offset(2, 9223372036854771712ULL),
       "%F has field 'w' at byte 9223372036854771712 with 20 bytes, which reaches beyond the 16404 "
       "bytes of the file"},
      {"DataLeft",
       [](PackedParts& p) {
         p.data += "1234";
         p.numbers[5] += 4;
         p.numbers[6] += 4;
       },
       "%F has 4 bytes after its last field, which belong to none"},
      {"TableTooLong",
       [](PackedParts& p) {
         p.table += "1234";
         p.numbers[3] += 4;
       },
       "%F has a table of 4 blocks: expected 3"},
      {"FieldGrows", [](PackedParts& p) { p.header["fields"][0]["shape"][1] = 2000; },
       "%F has field 'x' at byte 8192 with 40000 bytes, which reaches beyond the 16404 bytes of "
       "the "
       "file"},
  };
}

INSTANTIATE_TEST_SUITE_P(Layouts, PackedViolation, ::testing::ValuesIn(layout_violations()),
                         [](const auto& info) { return std::string(info.param.name); });

INSTANTIATE_TEST_SUITE_P(Headers, PackedViolation, ::testing::ValuesIn(header_violations()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(PackedHostile, PartsThatDoNotFitAreRefused) {
  const TemporaryDirectory directory;
  const auto path = directory / "a.saddle";
  const PackedParts good = tiny_parts(path);
  constexpr std::uint64_t kHuge[] = {0,
                                     1,
                                     4095,
                                     4097,
                                     1 << 20,
                                     ~std::uint64_t{0},
                                     ~std::uint64_t{0} - 4095,
                                     std::uint64_t{1} << 63};
  for (std::size_t index = 0; index < 6; ++index) {
    for (const std::uint64_t value : kHuge) {
      // A table of no bytes ends on the same page; then the hash differs.
      if (value == good.numbers[index] || (index == 3 && value == 0)) continue;
      PackedParts parts = good;
      parts.numbers[index] = value;
      write_plain(path, parts.bytes());
      try {
        PackedFile file(path);
        ADD_FAILURE() << "number " << index << " = " << value << " was taken";
      } catch (const Error& error) {
        EXPECT_NE(error.message().find("has parts that do not fit: header at "), std::string::npos)
            << error.message();
      }
    }
  }
}

TEST(PackedHostile, FirstPagesThatAreDamagedAreRefused) {
  const TemporaryDirectory directory;
  const auto path = directory / "a.saddle";
  const std::string good = tiny_file(path);
  const auto expect = [&](const std::string& bytes, const std::string& text) {
    write_plain(path, bytes);
    expect_error([&] { PackedFile file(path); }, ErrorCode::kInput,
                 "[packed] '" + path.string() + "' " + text);
  };
  expect("", "is not a packed data set: expected the first bytes SADDLEPK");
  expect("PK", "is not a packed data set: expected the first bytes SADDLEPK");
  expect(good.substr(0, 4000), "is truncated: got 4000 bytes, expected at least 4096");
  std::string bytes = good;
  bytes[4000] = 1;
  expect(bytes, "is damaged in its first page: the CRC-32C differs; try to copy it again");
  bytes = good;
  bytes[4100] ^= 1;
  expect(bytes, "is damaged in its header or table: the SHA-256 differs; try to copy it again");
}

TEST(PackedHostile, VerifyFindsLabelsThatTheHeaderDoesNotCount) {
  const TemporaryDirectory directory;
  const auto path = directory / "a.saddle";
  const auto expect = [&](std::string_view labels, const std::string& text) {
    PackedParts parts = tiny_parts(path);
    parts.data.replace(4096, 5, labels);
    const std::uint32_t crc = crc32c_portable(labels);
    std::memcpy(parts.table.data() + 4, &crc, 4);
    write_plain(path, parts.bytes());
    const PackedFile file(path);
    EXPECT_EQ(file.sample(1, 1).size(), 1u);
    expect_error([&] { file.verify(); }, ErrorCode::kInput,
                 "[packed] '" + path.string() + "' " + text);
  };
  expect(std::string_view("\1\2\1\1\0", 5), "has the label 2 at sample 1: expected 0 to 1");
  expect(std::string_view("\1\1\1\1\0", 5),
         "has other labels in split 'train': got the counts [0,4], its header says [1,3]");
}

/// Reads all that a file gives.
void read_all(const PackedFile& file) {
  const PackedInfo& info = file.info();
  std::int64_t covered = 0;
  for (const PackedSplit& split : info.splits) covered += split.count;
  EXPECT_EQ(covered, info.samples);
  std::uint8_t sum = 0;
  for (std::size_t f = 0; f < info.fields.size(); ++f) {
    for (std::int64_t i = 0; i < info.samples; ++i) {
      const auto bytes = file.sample(f, i);
      EXPECT_EQ(bytes.size(), info.fields[f].sample_bytes());
      for (const std::byte byte : bytes) sum = static_cast<std::uint8_t>(sum + std::uint8_t(byte));
    }
  }
  file.verify();
  [[maybe_unused]] volatile std::uint8_t keep = sum;
}

TEST(PackedHostile, BrokenFilesAreRefusedOrTheirSamplesAreRight) {
  const TemporaryDirectory directory;
  const auto path = directory / "a.saddle";
  const std::string good = tiny_file(directory / "good.saddle");
  const PackedFile original(directory / "good.saddle");
  const auto result = test::try_broken_copies(
      good,
      [&](const std::string& bytes) {
        write_plain(path, bytes);
        const PackedFile file(path);
        read_all(file);
        // Only the zeros between the parts may differ.
        EXPECT_EQ(file.info(), original.info());
        for (std::size_t f = 0; f < 3; ++f) {
          for (std::int64_t i = 0; i < 5; ++i) {
            const auto got = file.sample(f, i), expected = original.sample(f, i);
            EXPECT_TRUE(std::equal(got.begin(), got.end(), expected.begin(), expected.end()));
          }
        }
      },
      15);
  EXPECT_GT(result.refused, 1000);
}

TEST(PackedHostile, BrokenHeadersWithTrueChecksumsAreRefusedOrHoldTogether) {
  const TemporaryDirectory directory;
  const auto path = directory / "a.saddle";
  const PackedParts good = tiny_parts(path);
  const std::string header = read_file(path).substr(4096, good.numbers[1]);
  const auto result = test::try_broken_copies(
      header,
      [&](const std::string& bytes) {
        PackedParts parts = good;
        parts.raw_header = bytes.empty() ? " " : bytes;
        write_plain(path, parts.bytes());
        const PackedFile file(path);
        read_all(file);
      },
      16);
  EXPECT_GT(result.refused, 500);
  EXPECT_GT(result.taken, 50);  // names and the origin may be anything
}

}  // namespace
}  // namespace saddle::codec
