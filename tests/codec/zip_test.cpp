#include "saddle/codec/zip.h"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>

#include "saddle/base/file.h"
#include "tests/base/temporary.h"
#include "tests/codec/bytes.h"
#include "tests/codec/hostile.h"

namespace saddle::codec {
namespace {

using test::expect_error;
using test::from_hex;

/// Python's zipfile: a.txt stored, the folder sub/, sub/ä.txt deflated, an empty file.
std::string python_zip() {
  return from_hex(
      "504b0304140000000000831822508b7395ac090000000900000005000000612e74787468656c6c6f207a6970"
      "504b030414000000000083182250000000000000000000000000040000007375622f504b0304140000080800"
      "831822502c2ff45d07000000640000000a0000007375622fc3a42e7478744b4c4aa4390400504b0304140000"
      "0000008318225000000000000000000000000005000000656d707479504b0102140314000000000083182250"
      "8b7395ac0900000009000000050000000000000000000000800100000000612e747874504b01021403140000"
      "0000008318225000000000000000000000000004000000000000000000000080012c0000007375622f504b01"
      "021403140000080800831822502c2ff45d07000000640000000a000000000000000000000080014e00000073"
      "75622fc3a42e747874504b010214031400000000008318225000000000000000000000000005000000000000"
      "000000000080017d000000656d707479504b05060000000004000400d0000000a00000000000");
}

std::string ab50() {
  std::string out;
  for (int i = 0; i < 50; ++i) out += "ab";
  return out;
}

std::string zip_of(const std::string& name, std::string_view bytes,
                   ZipMethod method = ZipMethod::kStored) {
  const ZipInput file{name, bytes};
  return encode_zip({&file, 1}, method);
}

/// Every occurrence of `from` replaced by `to`, which is as long.
std::string patched(std::string bytes, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = bytes.find(from, at)) != std::string::npos; at += to.size()) {
    bytes.replace(at, from.size(), to);
  }
  return bytes;
}

constexpr std::string_view kCentral{"PK\x01\x02", 4};
constexpr std::string_view kEnd{"PK\x05\x06", 4};

/// A number put into the first entry of the directory: its flags are at 8, its method at 10, CRC at
/// 16, packed size at 20, size at 24, local header at 42 (APPNOTE 4.3.12).
template <class T>
std::string with_central(std::string bytes, std::size_t offset, T value) {
  std::memcpy(bytes.data() + bytes.find(kCentral) + offset, &value, sizeof value);
  return bytes;
}

void expect_refused(const std::string& bytes, const std::string& text) {
  expect_error([&] { ZipReader(bytes, "f.zip"); }, ErrorCode::kInput, "[zip] 'f.zip' " + text);
}

void expect_unreadable(const std::string& bytes, const std::string& text,
                       std::size_t max_bytes = 1000) {
  const ZipReader archive(bytes, "f.zip");
  expect_error([&] { archive.read(0, max_bytes); }, ErrorCode::kInput,
               "[zip] 'f.zip' holds the file 'a', which " + text);
}

TEST(Zip, ReadsWhatPythonWrote) {
  const test::TemporaryDirectory directory;
  write_file_atomic(directory / "a.zip", python_zip());
  const ZipReader archive(directory / "a.zip");
  const auto entries = archive.entries();
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].name, "a.txt");
  EXPECT_EQ(entries[0].size, 9u);
  EXPECT_FALSE(entries[0].deflated);
  EXPECT_EQ(entries[0].crc32, 0xac95738bu);  // zlib.crc32(b"hello zip")
  EXPECT_EQ(archive.read(0, 100), "hello zip");
  EXPECT_EQ(entries[1].name, "sub/\xc3\xa4.txt");
  EXPECT_EQ(entries[1].size, 100u);
  EXPECT_EQ(entries[1].compressed_size, 7u);
  EXPECT_TRUE(entries[1].deflated);
  EXPECT_EQ(archive.read(1, 100), ab50());
  EXPECT_EQ(archive.read_prefix(1, 3), "aba");
  EXPECT_EQ(archive.read_prefix(1, 1000), ab50());
  EXPECT_EQ(archive.read(2, 0), "");
  EXPECT_EQ(archive.find("empty"), 2u);
  EXPECT_EQ(archive.find("sub/"), std::nullopt);
  EXPECT_EQ(archive.name(), (directory / "a.zip").string());
  expect_error([&] { archive.read(3, 100); }, ErrorCode::kInternal,
               "[zip] file 3 of 3 in '" + archive.name() + "'");
}

TEST(Zip, WritesTheSameBytesEachTimeInEveryTimeZone) {
  // Python's zipfile reads this archive and gives 1980-01-01 as its time.
  const std::string expected = from_hex(
      "504b03040a000000000000002100ac2a93d8020000000200000001000000616869504b01023f030a00000000"
      "0000002100ac2a93d80200000002000000010000000000000000000000b6810000000061504b050600000000"
      "010001002f000000210000000000");
  const char* const old = std::getenv("TZ");
  const std::string kept = old != nullptr ? old : "";
  for (const char* zone : {"UTC", "Pacific/Auckland", "America/Los_Angeles"}) {
    ::setenv("TZ", zone, 1);
    ::tzset();
    EXPECT_EQ(zip_of("a", "hi"), expected) << zone;
  }
  old != nullptr ? ::setenv("TZ", kept.c_str(), 1) : ::unsetenv("TZ");
  ::tzset();
}

TEST(Zip, RoundTripsStoredAndDeflated) {
  PhiloxSequence random(3);
  std::string noise;
  for (int i = 0; i < 200'000; ++i) noise += static_cast<char>(random.below(256));
  const std::string text = ab50();
  const test::TemporaryDirectory directory;
  for (const ZipMethod method : {ZipMethod::kStored, ZipMethod::kDeflated}) {
    const std::vector<ZipInput> inputs = {{"noise", noise}, {"d/text", text}, {"none", ""}};
    write_zip(directory / "a.zip", inputs, method);
    const ZipReader archive(directory / "a.zip");
    ASSERT_EQ(archive.entries().size(), inputs.size());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      EXPECT_EQ(archive.entries()[i].name, inputs[i].name);
      EXPECT_EQ(archive.read(i, 200'000), inputs[i].bytes);
    }
    EXPECT_EQ(archive.entries()[1].deflated, method == ZipMethod::kDeflated);
  }
  EXPECT_EQ(ZipReader(encode_zip({}, ZipMethod::kStored), "f").entries().size(), 0u);
  expect_error(
      [] { zip_of("../a", ""); }, ErrorCode::kInternal,
      "[zip] cannot pack '../a', which has a name that climbs out of the archive: expected "
      "none with '..'; try to pack it again");
}

TEST(Zip, ManyThreadsReadTheSameArchive) {
  std::vector<std::string> texts;
  for (int i = 0; i < 20; ++i) texts.push_back(std::string(1000 * i, static_cast<char>('a' + i)));
  std::vector<ZipInput> files;
  for (std::size_t i = 0; i < texts.size(); ++i) files.push_back({std::to_string(i), texts[i]});
  const ZipReader archive(encode_zip(files, ZipMethod::kDeflated), "f.zip");
  std::vector<int> right(4);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < right.size(); ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < 200; ++i) {
        const std::size_t k = (i * 7 + t) % texts.size();
        right[t] += archive.read(k, 1 << 20) == texts[k] ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, std::vector<int>(4, 200));
}

TEST(Zip, RefusesWhatIsNoArchive) {
  expect_refused("", "is not a ZIP archive: got 0 bytes, expected at least 22");
  expect_refused(std::string(1000, 'x'), "is not a ZIP archive: no directory of files at its end");
  const std::string bytes = python_zip();
  expect_refused(
      bytes.substr(0, bytes.size() - 100),
      "is truncated or damaged: it starts as a ZIP archive, but the directory at its end "
      "is missing; try to copy it again");
  std::string moved = bytes;
  moved[moved.rfind(kEnd) + 16] ^= 0x7f;  // where the directory starts
  expect_refused(moved, "is a damaged ZIP archive: Zip archive inconsistent");
  const test::TemporaryDirectory directory;
  expect_error([&] { ZipReader(directory / "none.zip"); }, ErrorCode::kInput,
               "[file] no such file: '" + (directory / "none.zip").string() + "'");
}

TEST(Zip, RefusesNamesThatLeaveTheArchive) {
  const std::string absolute =
      "has an absolute name: expected one within the archive; try to pack it again";
  const std::string climbing =
      "has a name that climbs out of the archive: expected none with '..'; try to pack it again";
  const auto expect = [](const std::string& name, const std::string& text) {
    const std::string honest(name.size(), 'q');
    expect_refused(patched(zip_of(honest, "hi"), honest, name),
                   "holds the file '" + name + "', which " + text);
  };
  expect("/etc/passwd", absolute);
  expect("\\server\\x", absolute);
  expect("C:\\x.png", absolute);
  expect("../x", climbing);
  expect("a/../../x", climbing);
  expect("a\\..\\..\\x", climbing);
  expect("a/..", climbing);
  expect("../", climbing);
  // libzip reads a zero byte in a name as a space.
  const std::string zero = patched(zip_of("aqqqb", "hi"), "qqq", std::string("q\0q", 3));
  EXPECT_EQ(ZipReader(zero, "f").entries()[0].name, "aq qb");
  for (const char* fine : {"a..b/..c", "...", "a\\b", "-", "C", "1:2"}) {
    EXPECT_EQ(ZipReader(zip_of(fine, ""), "f").entries()[0].name, fine);
  }
}

TEST(Zip, RefusesNamesThatAreTwiceOrEmpty) {
  const std::vector<ZipInput> files = {{"qqq1", "x"}, {"qqq2", "y"}};
  expect_refused(patched(encode_zip(files, ZipMethod::kStored), "qqq2", "qqq1"),
                 "holds two files of the name 'qqq1'");
  std::string bytes = zip_of("a", "hi");
  const std::size_t central = bytes.find(kCentral);
  bytes.erase(central + 46, 1);
  bytes[central + 28] = 0;
  bytes[bytes.rfind(kEnd) + 12] -= 1;
  expect_refused(bytes, "holds the file '', which has no name");
}

TEST(Zip, RefusesWhatItCannotUnpack) {
  const std::string bytes = zip_of("a", "hello");
  expect_refused(with_central(bytes, 8, std::uint16_t{1}),
                 "holds the file 'a', which is encrypted; try to unpack it and pack it without "
                 "password");
  expect_refused(with_central(bytes, 10, std::uint16_t{14}),
                 "holds the file 'a', which is packed by method 14: expected 0 (stored) or 8 "
                 "(deflate); try to pack it again");
  expect_refused(with_central(bytes, 20, std::uint32_t{5000}),
                 "holds the file 'a', which declares 5000 packed bytes: the archive has 105");
}

TEST(Zip, RefusesFilesThatShareTheirBytes) {
  const std::string one = zip_of("a", std::string(300, 'x'));
  const std::size_t central = one.find(kCentral);
  const std::size_t end = one.rfind(kEnd);
  const std::string entry = one.substr(central, end - central);
  std::string tail = one.substr(end);
  tail[8] = tail[10] = 2;
  tail[12] = static_cast<char>(2 * entry.size());
  std::string second = entry;
  second.back() = 'b';
  expect_refused(one.substr(0, end) + second + tail,
                 "is damaged: its files overlap, they declare more packed bytes than it has");
}

TEST(Zip, RefusesDamagedFiles) {
  const std::string stored = zip_of("a", "hello");
  const std::string deflated = zip_of("a", ab50(), ZipMethod::kDeflated);
  expect_unreadable(patched(stored, "hello", "hellO"), "is damaged: its CRC-32 differs");
  expect_unreadable(with_central(stored, 24, std::uint32_t{4}),
                    "is damaged: stored in 5 bytes, declares 4");
  expect_unreadable(with_central(deflated, 16, std::uint32_t{7}), "is damaged: its CRC-32 differs");
  expect_unreadable(with_central(deflated, 24, std::uint32_t{99}),
                    "unpacks to more than the 99 bytes that it declares");
  expect_unreadable(with_central(deflated, 24, std::uint32_t{101}),
                    "is truncated: unpacks to 100 bytes, declares 101");
  expect_unreadable(with_central(deflated, 20, std::uint32_t{5}),
                    "is truncated: unpacks to 3 bytes, declares 100");
  expect_unreadable(with_central(deflated, 20, std::uint32_t{9}),
                    "has 2 surplus bytes after its packed data");
  expect_unreadable(with_central(deflated, 42, std::uint32_t{3}), "is damaged: Invalid argument");
  std::string broken = deflated;
  broken[31] = '\xff';  // the first packed byte: a block type that does not exist
  expect_unreadable(broken, "is damaged: invalid block type");
}

TEST(Zip, RefusesBombs) {
  const std::string zeros(17 << 20, '\0');
  const std::string bomb = zip_of("a", zeros, ZipMethod::kDeflated);
  const ZipReader archive(bomb, "f.zip");
  const std::string packed = std::to_string(archive.entries()[0].compressed_size);
  expect_unreadable(
      bomb,
      "unpacks " + packed +
          " bytes to 17825792, as a zip bomb does: expected at most 1000 to 1; try to "
          "unpack it yourself, or to store it unpacked",
      100 << 20);
  expect_unreadable(bomb, "unpacks to 17825792 bytes: expected at most 1000");
  EXPECT_EQ(archive.read_prefix(0, 10), std::string(10, '\0'));
  const std::string_view small = std::string_view(zeros).substr(0, 16 << 20);
  EXPECT_EQ(ZipReader(zip_of("a", small, ZipMethod::kDeflated), "f").read(0, 16 << 20), small);
}

TEST(Zip, BrokenArchivesAreRefusedOrReadWhole) {
  PhiloxSequence random(1);
  std::string text;
  for (int i = 0; i < 400; ++i) text += static_cast<char>('a' + random.below(5));
  const std::vector<ZipInput> files = {
      {"one", text}, {"dir/two", std::string_view(text).substr(7)}, {"e", ""}};
  for (const ZipMethod method : {ZipMethod::kStored, ZipMethod::kDeflated}) {
    const auto result = test::try_broken_copies(
        encode_zip(files, method),
        [&](const std::string& bytes) {
          const ZipReader archive(bytes, "f");
          for (std::size_t i = 0; i < archive.entries().size(); ++i) {
            const ZipEntry& entry = archive.entries()[i];
            EXPECT_EQ(archive.find(entry.name), i);
            EXPECT_EQ(archive.read(i, 1 << 20).size(), entry.size);
            EXPECT_LE(archive.read_prefix(i, 5).size(), 5u);
          }
        },
        11);
    EXPECT_GT(result.refused, 1000);  // many flips hit times and attributes, which do not matter
  }
}

}  // namespace
}  // namespace saddle::codec
