#include "saddle/codec/packed.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "saddle/base/error.h"
#include "tests/base/temporary.h"
#include "tests/codec/packed_fixture.h"

namespace saddle::codec {
namespace {

using test::append_small;
using test::expect_error;
using test::small_info;
using test::TemporaryDirectory;
using test::write_small;

std::size_t files_in(const std::filesystem::path& directory) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(directory),
                                                std::filesystem::directory_iterator()));
}

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(Packed, BytesAreThoseOfTheFormat) {
  const TemporaryDirectory directory;
  write_small(directory / "a.saddle");
  const std::string file = read_file(directory / "a.saddle");
  EXPECT_TRUE(is_packed(file.substr(0, 8)));
  EXPECT_FALSE(is_packed("SADDLEP"));
  const test::PackedParts parts(file);
  EXPECT_EQ(parts.version, 1u);
  EXPECT_EQ(parts.numbers[0], 4096u);
  EXPECT_EQ(parts.numbers[6], file.size());
  EXPECT_EQ(parts.header.at("samples"), 9);
  EXPECT_EQ(parts.header.at("splits")[0].at("class_counts"), (std::vector<int>{2, 1, 3}));
  EXPECT_EQ(parts.header.at("splits")[1].at("class_counts"), (std::vector<int>{1, 2, 0}));
  const std::string pixels = text_of(std::as_bytes(std::span(test::small_pixels())));
  const auto x = parts.header.at("fields")[0].at("offset").get<std::size_t>();
  const auto label = parts.header.at("fields")[1].at("offset").get<std::size_t>();
  EXPECT_EQ(x % 4096, 0u);
  EXPECT_EQ(label % 4096, 0u);
  EXPECT_EQ(file.substr(x, pixels.size()), pixels);
  EXPECT_EQ(file.substr(label), text_of(std::as_bytes(std::span(test::small_labels()))));
  // 1,890,000 bytes are a whole block and a part; the labels are the third block.
  const std::uint32_t crcs[] = {crc32c_portable(pixels.substr(0, 1 << 20)),
                                crc32c_portable(pixels.substr(1 << 20)),
                                crc32c_portable(file.substr(label))};
  EXPECT_EQ(parts.table, text_of(std::as_bytes(std::span(crcs))));
  test::PackedParts again = parts;
  again.header_room = parts.numbers[1];
  EXPECT_EQ(again.bytes(), file);
}

TEST(Packed, SamplesComeBack) {
  const TemporaryDirectory directory;
  write_small(directory / "a.saddle");
  const PackedFile file(directory / "a.saddle");
  PackedInfo expected = small_info();
  expected.splits[0].class_counts = {2, 1, 3};
  expected.splits[1].class_counts = {1, 2, 0};
  EXPECT_EQ(file.info(), expected);
  const auto pixels = test::small_pixels();
  const auto labels = test::small_labels();
  for (const std::int64_t i : {8, 0, 4, 5, 1}) {
    const auto k = static_cast<std::size_t>(i);
    EXPECT_EQ(text_of(file.sample(0, i)),
              text_of(std::as_bytes(std::span(pixels).subspan(k * 210'000, 210'000))));
    EXPECT_EQ(text_of(file.sample(1, i)), text_of(std::as_bytes(std::span(labels).subspan(k, 1))));
  }
  std::vector<std::int64_t> steps;
  file.verify([&](std::int64_t done, std::int64_t total) {
    EXPECT_EQ(total, 9 * 210'000 + 9 * 8);
    steps.push_back(done);
  });
  EXPECT_EQ(steps, (std::vector<std::int64_t>{1 << 20, 1'890'000, 1'890'072}));
  expect_error([&] { file.sample(2, 0); }, ErrorCode::kInternal,
               "[packed] sample 0 of field 2: '" + (directory / "a.saddle").string() +
                   "' has 9 samples of 2 fields");
  EXPECT_THROW(file.sample(0, 9), Error);
  EXPECT_THROW(file.sample(0, -1), Error);
}

TEST(Packed, AnyPortionsGiveTheSameFile) {
  const TemporaryDirectory directory;
  write_small(directory / "a.saddle");
  {
    PackedWriter writer(directory / "b.saddle", small_info());
    for (const auto& [first, count] : {std::pair{0, 1}, {1, 0}, {1, 6}, {7, 1}, {8, 1}}) {
      append_small(writer, static_cast<std::size_t>(first), static_cast<std::size_t>(count));
    }
    EXPECT_EQ(writer.file_bytes(), std::filesystem::file_size(directory / "a.saddle"));
    writer.finish();
  }
  EXPECT_EQ(read_file(directory / "a.saddle"), read_file(directory / "b.saddle"));
}

TEST(Packed, EveryTypeAndLabelTypeIsHeld) {
  const TemporaryDirectory directory;
  for (const ElementType type :
       {ElementType::kU8, ElementType::kI16, ElementType::kI32, ElementType::kI64}) {
    PackedInfo info;
    info.fields = {{.name = "label", .dtype = type, .shape = {1}},
                   {.name = "f", .dtype = ElementType::kF32, .shape = {2}}};
    info.samples = 3;
    info.classes = 3;
    info.splits = {{.name = "all", .count = 3}};
    PackedWriter writer(directory / "a.saddle", info);
    const std::size_t size = element_size(type);
    std::vector<std::byte> labels(3 * size);
    labels[0] = labels[2 * size] = std::byte{2};
    const std::vector<float> numbers = {1, 2, 3, 4, 5, 6};
    const std::span<const std::byte> fields[] = {labels, std::as_bytes(std::span(numbers))};
    writer.append(fields, 3);
    writer.finish();
    const PackedFile file(directory / "a.saddle");
    EXPECT_EQ(file.info().splits[0].class_counts, (std::vector<std::int64_t>{1, 0, 2}));
    EXPECT_EQ(text_of(file.sample(1, 2)), text_of(std::as_bytes(std::span(numbers).subspan(4))));
    file.verify();
  }
}

TEST(Packed, FingerprintsNameTheContentWithoutReadingIt) {
  const TemporaryDirectory directory;
  const auto path = directory / "a.saddle";
  write_small(path);
  const PackedFile first(path);
  const test::PackedParts parts(read_file(path));
  const std::string header = read_file(path).substr(4096, parts.numbers[1]);
  EXPECT_EQ(first.fingerprint(), sha256_hex(header + parts.table));
  PackedInfo info = small_info();
  PackedWriter writer(directory / "b.saddle", info);
  append_small(writer, 0, 8);
  append_small(writer, 0, 1);  // another last sample
  writer.finish();
  EXPECT_NE(PackedFile(directory / "b.saddle").fingerprint(), first.fingerprint());
  // A file whose data are all wrong opens: they are not read.
  std::string zeros = read_file(path);
  std::fill(zeros.begin() + static_cast<std::ptrdiff_t>(parts.numbers[4]), zeros.end(), '\0');
  write_file_atomic(path, zeros);
  EXPECT_EQ(PackedFile(path).fingerprint(), first.fingerprint());
}

TEST(Packed, DamageIsFoundWhereItIsTouched) {
  const TemporaryDirectory directory;
  const auto path = directory / "a.saddle";
  write_small(path);
  std::string bytes = read_file(path);
  const test::PackedParts parts(bytes);
  const auto x = parts.header.at("fields")[0].at("offset").get<std::size_t>();
  bytes[x + 1'500'000] ^= 4;
  write_file_atomic(path, bytes);
  const PackedFile file(path);
  const std::string text =
      "[packed] '" + path.string() +
      "' is damaged in field 'x', block 1 of 2, which holds samples 4 to 8: the "
      "CRC-32C differs; try to copy the file or pack the data again";
  EXPECT_EQ(file.sample(0, 3).size(), 210'000u);
  expect_error([&] { file.sample(0, 8); }, ErrorCode::kInput, text);
  // Sample 4 lies in both blocks.
  expect_error([&] { file.sample(0, 4); }, ErrorCode::kInput, text);
  expect_error([&] { file.verify(); }, ErrorCode::kInput, text);
  EXPECT_EQ(file.sample(1, 8).size(), 8u);
}

TEST(Packed, ManyThreadsReadTheSameFile) {
  const TemporaryDirectory directory;
  write_small(directory / "a.saddle");
  const PackedFile file(directory / "a.saddle");
  const auto pixels = test::small_pixels();
  std::vector<int> right(4);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < right.size(); ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < 90; ++i) {
        const std::size_t k = (i * 5 + t) % 9;
        const auto bytes = file.sample(0, static_cast<std::int64_t>(k));
        right[t] += std::memcmp(bytes.data(), pixels.data() + k * 210'000, bytes.size()) == 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, std::vector<int>(4, 90));
}

TEST(PackedWriter, LeavesNothingWithoutFinish) {
  const TemporaryDirectory directory;
  {
    PackedWriter writer(directory / "a.saddle", small_info());
    append_small(writer, 0, 5);
    EXPECT_EQ(files_in(directory.path()), 1u);
  }
  EXPECT_EQ(files_in(directory.path()), 0u);
  write_small(directory / "a.saddle");
  const std::string old = read_file(directory / "a.saddle");
  {
    PackedWriter writer(directory / "a.saddle", small_info());
    append_small(writer, 0, 5);
    expect_error([&] { writer.finish(); }, ErrorCode::kInternal,
                 "[packed] got 5 samples, expected 9");
  }
  EXPECT_EQ(files_in(directory.path()), 1u);
  EXPECT_EQ(read_file(directory / "a.saddle"), old);
}

TEST(PackedWriter, RemovesWhatAKilledOneLeft) {
  const TemporaryDirectory directory;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    PackedWriter writer(directory / "a.saddle", small_info());
    append_small(writer, 0, 5);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(files_in(directory.path()), 1u);
  write_small(directory / "b.saddle");  // what was left is not its own
  EXPECT_EQ(files_in(directory.path()), 2u);
  write_small(directory / "a.saddle");
  EXPECT_EQ(files_in(directory.path()), 2u);
}

TEST(PackedWriter, RefusesMisuse) {
  const TemporaryDirectory directory;
  const auto expect = [&](std::size_t pixel_bytes, std::size_t label_bytes, std::int64_t samples,
                          const std::string& text) {
    PackedWriter writer(directory / "a.saddle", small_info());
    const std::vector<std::byte> pixels(pixel_bytes), labels(label_bytes);
    const std::span<const std::byte> fields[] = {pixels, labels};
    expect_error([&] { writer.append(fields, samples); }, ErrorCode::kInternal, text);
    expect_error([&] { append_small(writer, 0, 1); }, ErrorCode::kInternal,
                 "[packed] append after finish or after an error");
    expect_error([&] { writer.finish(); }, ErrorCode::kInternal,
                 "[packed] finish after finish or after an error");
  };
  expect(210'000, 16, 2, "[packed] got 210000 bytes for field 'x', expected 420000 for 2 samples");
  expect(210'000, 4, 1, "[packed] got 4 bytes for field 'label', expected 8 for 1 samples");
  expect(0, 0, -1, "[packed] got -1 samples after 0, expected 9 in all");
  expect(0, 0, 10, "[packed] got 10 samples after 0, expected 9 in all");
  PackedWriter writer(directory / "a.saddle", small_info());
  expect_error([&] { writer.append({}, 1); }, ErrorCode::kInternal,
               "[packed] got 0 fields, expected 2");
  PackedInfo wrong = small_info();
  wrong.fields[0].dtype = ElementType::kF64;
  expect_error([&] { PackedWriter(directory / "b.saddle", wrong); }, ErrorCode::kInternal,
               "[packed] the info does not hold together: field 'x' is f64: expected u8, i16, i32, "
               "i64 or f32");
  PackedInfo wordy = small_info();
  wordy.origin.assign(17 << 20, 'x');
  EXPECT_THROW(PackedWriter(directory / "b.saddle", wordy), Error);
  EXPECT_EQ(files_in(directory.path()), 1u);
}

TEST(PackedWriter, RefusesLabelsOutOfRange) {
  const TemporaryDirectory directory;
  const std::vector<std::byte> pixels(2 * 210'000);
  for (const std::int64_t bad : {3, -1}) {
    PackedWriter writer(directory / "a.saddle", small_info());
    append_small(writer, 0, 4);
    const std::vector<std::int64_t> labels = {2, bad};
    const std::span<const std::byte> fields[] = {pixels, std::as_bytes(std::span(labels))};
    expect_error([&] { writer.append(fields, 2); }, ErrorCode::kInput,
                 "[packed] sample 5 has the label " + std::to_string(bad) + ": expected 0 to 2");
  }
}

TEST(PackedWriter, NamesThatAreNotUtf8AreMended) {
  const TemporaryDirectory directory;
  PackedInfo info = small_info();
  info.class_names[0] = "c\xff t";
  info.origin = "from a\xfe";
  PackedWriter writer(directory / "a.saddle", info);
  append_small(writer, 0, 9);
  writer.finish();
  const PackedFile file(directory / "a.saddle");
  EXPECT_EQ(file.info().class_names[0], "c\xef\xbf\xbd t");
  EXPECT_EQ(file.info().origin, "from a\xef\xbf\xbd");
}

TEST(PackedWriter, AsksForRoomBeforeItStarts) {
  const TemporaryDirectory directory;
  PackedInfo info = small_info();
  info.samples = std::int64_t{1} << 30;  // 210 TB
  info.splits = {{.name = "train", .count = info.samples}};
  try {
    PackedWriter writer(directory / "a.saddle", info);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_TRUE(error.message().starts_with("cannot write '" + (directory / "a.saddle").string() +
                                            "': it needs 2254"))
        << error.message();
    EXPECT_TRUE(error.message().ends_with(" left; try to free space or another directory"));
  }
  EXPECT_EQ(files_in(directory.path()), 0u);
  expect_error([&] { PackedWriter(directory / "no" / "a.saddle", small_info()); }, ErrorCode::kIo,
               "[file] cannot write '" + (directory / "no" / "a.saddle").string() +
                   "': No such file or directory");
}

/// Lets files of this process grow to `bytes` alone, as a full disk would.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;
  ~FileLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    ::signal(SIGXFSZ, SIG_DFL);
  }

 private:
  rlimit old_{};
};

TEST(PackedWriter, SaysWhatItNeedsWhenTheDiskIsFull) {
  const TemporaryDirectory directory;
  const auto path = directory / "a.saddle";
  write_small(path);
  const std::string need = std::to_string(std::filesystem::file_size(path));
  std::filesystem::remove(path);
  const std::string text = "[packed] cannot write '" + path.string() + "', which needs " + need +
                           " bytes: File too large; try to free space or another directory";
  {
    const FileLimit limit(1 << 20);
    expect_error([&] { PackedWriter(path, small_info()); }, ErrorCode::kIo, text);
  }
  EXPECT_EQ(files_in(directory.path()), 0u);
  {
    PackedWriter writer(path, small_info());
    append_small(writer, 0, 4);
    const FileLimit limit(1 << 20);
    expect_error([&] { append_small(writer, 4, 5); }, ErrorCode::kIo, text);
  }
  EXPECT_EQ(files_in(directory.path()), 0u);
}

}  // namespace
}  // namespace saddle::codec
