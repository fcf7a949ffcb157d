#include "saddle/codec/npz.h"

#include <gtest/gtest.h>

#include "saddle/base/file.h"
#include "tests/base/temporary.h"
#include "tests/codec/bytes.h"
#include "tests/codec/hostile.h"

namespace saddle::codec {
namespace {

using test::expect_error;
using test::from_hex;

/// numpy.savez_compressed(x=numpy.arange(6, dtype=int32).reshape(2, 3), flag=[True, False, True]).
std::string numpy_npz() {
  return from_hex(
      "504b03042d00000008000000210050b44d84ffffffffffffffff05001400782e6e7079010010009800000000"
      "00000055000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9369a2aea3a09e965f5452"
      "9498179f5f94920a12774bcc294e058a17672416a402f91a463a0ac69a3a0ab50a64032e0620600462262066"
      "0662162066056200504b03042d00000008000000210016938cbbffffffffffffffff08001400666c61672e6e"
      "707901001000830000000000000047000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a05e"
      "9364a8aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416a402f91ac63a9a3a0ab50a1400"
      "2e46064600504b01022d032d00000008000000210050b44d8455000000980000000500000000000000000000"
      "00800100000000782e6e7079504b01022d032d00000008000000210016938cbb470000008300000008000000"
      "000000000000000080018c000000666c61672e6e7079504b05060000000002000200690000000d0100000000");
}

NpyArray bytes_array(std::vector<std::uint8_t> values) {
  const auto size = static_cast<std::int64_t>(values.size());
  return make_array(std::span<const std::uint8_t>(values), {size});
}

TEST(Npz, ReadsWhatNumpyWrote) {
  const ZipReader archive(numpy_npz(), "a.npz");
  EXPECT_EQ(npz_names(archive), (std::vector<std::string>{"x", "flag"}));
  const NpyArray x = read_npz(archive, "x");
  EXPECT_EQ(x.shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(x.values<std::int32_t>(), (std::vector<std::int32_t>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(read_npz(archive, "flag"), bytes_array({1, 0, 1}));
  const NpyHeader header = npz_header(archive, "x");
  EXPECT_EQ(header.dtype, ElementType::kI32);
  EXPECT_EQ(header.shape, x.shape);
  EXPECT_EQ(header.data_bytes, 24u);
}

TEST(Npz, RoundTripsStoredAndDeflated) {
  const test::TemporaryDirectory directory;
  const std::vector<float> values(5000, 1.5f);
  const std::vector<NpzArray> arrays = {
      {"images", make_array(std::span<const float>(values), {50, 100})},
      {"label/s", bytes_array({3, 1, 4})}};
  for (const ZipMethod method : {ZipMethod::kStored, ZipMethod::kDeflated}) {
    write_npz(directory / "a.npz", arrays, method);
    EXPECT_EQ(npz_names(directory / "a.npz"), (std::vector<std::string>{"images", "label/s"}));
    EXPECT_EQ(read_npz(directory / "a.npz", "label/s"), arrays[1].array);
    const auto all = read_npz(directory / "a.npz");
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].name, "images");
    EXPECT_EQ(all[0].array, arrays[0].array);
    EXPECT_EQ(std::filesystem::file_size(directory / "a.npz") > 20000,
              method == ZipMethod::kStored);
  }
}

TEST(Npz, OneArrayIsReadWithoutTheOthers) {
  std::string bytes = numpy_npz();
  bytes[80] ^= 1;  // in the packed data of x
  const ZipReader archive(bytes, "a.npz");
  EXPECT_THROW(read_npz(archive, "x"), Error);
  EXPECT_EQ(read_npz(archive, "flag"), bytes_array({1, 0, 1}));
}

TEST(Npz, RefusesWithTheNamesOfFileAndArray) {
  const ZipReader archive(numpy_npz(), "a.npz");
  expect_error([&] { read_npz(archive, "flags"); }, ErrorCode::kInput,
               "[npz] 'a.npz' has no array 'flags'; did you mean 'flag'?");
  expect_error([&] { npz_header(archive, "images"); }, ErrorCode::kInput,
               "[npz] 'a.npz' has no array 'images'; known: x, flag");
  expect_error([&] { read_npz(archive, "x", 151); }, ErrorCode::kInput,
               "[zip] 'a.npz' holds the file 'x.npy', which unpacks to 152 bytes: expected at most "
               "151");
  const std::vector<ZipInput> files = {{"x.npy", "PK"}, {"readme.txt", ""}};
  const ZipReader other(encode_zip(files, ZipMethod::kStored), "b.npz");
  expect_error([&] { npz_names(other); }, ErrorCode::kInput,
               "[npz] 'b.npz' is no .npz file: it holds 'readme.txt', expected names that end in "
               ".npy");
  expect_error([&] { read_npz(other, "x"); }, ErrorCode::kInput,
               "[npy] 'b.npz:x.npy' is not a .npy file: expected the first bytes 93 'NUMPY'");
}

TEST(Npz, BrokenFilesAreRefusedOrHoldTogether) {
  const auto result = test::try_broken_copies(
      numpy_npz(),
      [](const std::string& bytes) {
        const ZipReader archive(bytes, "f");
        for (const std::string& name : npz_names(archive)) {
          const NpyArray array = read_npz(archive, name, 1 << 20);
          const NpyHeader header = npz_header(archive, name);
          EXPECT_EQ(header.shape, array.shape);
          EXPECT_EQ(header.data_bytes, array.bytes.size());
          EXPECT_EQ(static_cast<std::size_t>(array.count()) * element_size(array.dtype),
                    array.bytes.size());
        }
      },
      12);
  EXPECT_GT(result.refused, 1000);
}

}  // namespace
}  // namespace saddle::codec
