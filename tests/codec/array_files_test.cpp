#include <gtest/gtest.h>

#include <numeric>

#include "saddle/base/file.h"
#include "saddle/base/philox.h"
#include "saddle/codec/gzip.h"
#include "saddle/codec/idx.h"
#include "saddle/codec/npy.h"
#include "tests/base/temporary.h"
#include "tests/codec/bytes.h"
#include "tests/codec/hostile.h"
#include "tests/paths.h"

namespace saddle::codec {
namespace {

using test::expect_error;
using test::from_hex;

template <class T>
Array small_array(std::vector<std::int64_t> shape) {
  std::int64_t count = 1;
  for (std::int64_t size : shape) count *= size;
  std::vector<T> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<T>(static_cast<T>(i) * T(7) - T(3));
  }
  return make_array(std::span<const T>(values), std::move(shape));
}

template <class Call>
void expect_input_error(Call&& call, const std::string& text) {
  expect_error(call, ErrorCode::kInput, text);
}

TEST(Gzip, ReadsWhatPythonWrote) {
  const std::string packed =
      from_hex("1f8b0800000000000203cb48cdc9c95748afca2c50c8803301ac5ff12715000000");
  EXPECT_EQ(gunzip(packed, 1000, "a.gz"), "hello gzip hello gzip");
  EXPECT_EQ(gunzip(packed + packed, 1000, "a.gz"), "hello gzip hello gziphello gzip hello gzip");
  EXPECT_EQ(gunzip_prefix(packed, 5, "a.gz"), "hello");
  EXPECT_EQ(gunzip_prefix(packed, 500, "a.gz"), "hello gzip hello gzip");
}

TEST(Gzip, RoundTripsAndIsTheSameEachTime) {
  PhiloxSequence random(5);
  for (std::size_t size : {0, 1, 1000, 300000}) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(random.below(7));
    const std::string packed = gzip(bytes);
    EXPECT_EQ(gunzip(packed, size, "a.gz"), bytes);
    EXPECT_EQ(gzip(bytes), packed);
  }
}

TEST(Gzip, RefusesDamage) {
  const std::string packed = gzip(std::string(100000, 'x') + "end");
  expect_input_error([] { gunzip("hello", 9, "a.gz"); },
                     "[gzip] 'a.gz' is not a gzip file: expected the first bytes 1f 8b");
  for (std::size_t cut = 2; cut < packed.size(); cut += 3) {
    expect_input_error([&] { gunzip(packed.substr(0, cut), 200000, "a.gz"); },
                       "[gzip] 'a.gz' is truncated: the gzip data end too early");
  }
  std::string wrong_sum = packed;
  wrong_sum[packed.size() - 8] ^= 1;
  expect_input_error([&] { gunzip(wrong_sum, 200000, "a.gz"); },
                     "[gzip] 'a.gz' is damaged gzip data: incorrect data check");
  expect_input_error([&] { gunzip(packed + "tail", 200000, "a.gz"); },
                     "[gzip] 'a.gz' has 4 bytes after the end of the gzip data");
  expect_input_error([&] { gunzip(packed, 100002, "a.gz"); },
                     "[gzip] 'a.gz' unpacks to more than 100002 bytes");
  EXPECT_EQ(gunzip(packed, 100003, "a.gz").size(), 100003u);
}

TEST(Idx, BytesAreBigEndian) {
  const std::string bytes = from_hex("00000c0200000001000000020102030480000000");
  const IdxArray array = parse_idx(bytes, "a");
  EXPECT_EQ(array.dtype, ElementType::kI32);
  EXPECT_EQ(array.shape, (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(array.values<std::int32_t>(), (std::vector<std::int32_t>{0x01020304, INT32_MIN}));
  EXPECT_EQ(encode_idx(array), bytes);
  // 1.5 as float32 is 3fc00000.
  const IdxArray real = parse_idx(from_hex("00000d01000000013fc00000"), "a");
  EXPECT_EQ(real.as_doubles(), std::vector<double>{1.5});
}

TEST(Idx, EveryTypeRoundTripsPlainAndGzipped) {
  const test::TemporaryDirectory directory;
  const Array arrays[] = {small_array<std::uint8_t>({2, 3, 4}), small_array<std::int8_t>({5}),
                          small_array<std::int16_t>({2, 2}),    small_array<std::int32_t>({3, 1}),
                          small_array<float>({2, 3, 1, 2}),     small_array<double>({7})};
  for (const Array& array : arrays) {
    write_idx(directory / "a.idx", array);
    write_idx(directory / "a.idx.gz", array);
    EXPECT_EQ(read_idx(directory / "a.idx"), array) << to_text(array.dtype);
    EXPECT_EQ(read_idx(directory / "a.idx.gz"), array) << to_text(array.dtype);
    EXPECT_TRUE(is_gzip(read_file(directory / "a.idx.gz")));
  }
}

TEST(Idx, RefusesEveryMalformedFile) {
  const auto expect = [](const std::string& hex, const std::string& text) {
    expect_input_error([&] { parse_idx(from_hex(hex), "f"); }, "[idx] 'f' " + text);
    if (hex.size() < 8) return;
    expect_input_error([&] { parse_idx(gzip(from_hex(hex)), "f"); }, "[idx] 'f' " + text);
  };
  expect("0000", "is not an IDX file: got 2 bytes, expected at least 4");
  expect("89504e470d0a",
         "is not an IDX file: got the first bytes 89 50 4e 47, expected 00 00, a "
         "type and a rank");
  expect("00000a0100000001aa",
         "has an unknown IDX type: got 0a, expected 08 (u8), 09 (i8), 0b "
         "(i16), 0c (i32), 0d (f32) or 0e (f64)");
  expect("00000800", "has a wrong IDX rank: got 0, expected 1 to 4");
  expect("0000080500000001000000010000000100000001000000010a",
         "has a wrong IDX rank: got 5, expected 1 to 4");
  expect("0000080200000001", "is truncated: got 8 bytes, expected a header of 12");
  expect("00000803000000000000001c0000001c", "holds no data: got shape [0,28,28]");
  expect("0000080200000002000000020102",
         "is truncated: got 2 bytes of data, expected 4 for shape [2,2] of u8");
  expect("00000b010000000101020304",
         "has 2 surplus bytes: expected 2 bytes of data for shape [1] of i16");
  expect("00000e04ffffffffffffffffffffffffffffffff",
         "declares too much data: got shape [4294967295,4294967295,4294967295,4294967295] of f64, "
         "expected at most 8589934592 bytes");
  expect("000008020000ffff00ffffff",
         "declares too much data: got shape [65535,16777215] of u8, expected at most 8589934592 "
         "bytes");
}

TEST(Idx, AHugeDeclaredSizeTakesNoMemory) {
  // 4,000,000,000 bytes declared, 4 there.
  expect_input_error([] { parse_idx(from_hex("000008020000000277359400") + "abcd", "f"); },
                     "[idx] 'f' is truncated: got 4 bytes of data, expected 4000000000 for shape "
                     "[2,2000000000] of u8");
}

TEST(Idx, CannotWriteWhatTheFormatCannotHold) {
  expect_error([] { encode_idx(small_array<std::int64_t>({2})); }, ErrorCode::kUnsupported,
               "[idx] IDX cannot hold i64 of shape [2]: expected u8, i8, i16, i32, f32 or f64 of "
               "rank 1 to 4; try .npy");
  expect_error(
      [] {
        encode_idx(small_array<float>({1, 1, 1, 1, 1}));
      },
      ErrorCode::kUnsupported,
      "[idx] IDX cannot hold f32 of shape [1,1,1,1,1]: expected u8, i8, i16, i32, f32 or "
      "f64 of rank 1 to 4; try .npy");
}

TEST(Idx, ReadsMnist) {
  const std::filesystem::path folder =
      std::filesystem::path(saddle::test::kSharedDirectory) / "data/mnist";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no MNIST in " << folder;
  const IdxArray images = read_idx(folder / "t10k-images-idx3-ubyte.gz");
  EXPECT_EQ(images.shape, (std::vector<std::int64_t>{10000, 28, 28}));
  const auto sum = std::accumulate(images.bytes.begin(), images.bytes.end(), std::int64_t{0});
  EXPECT_NEAR(static_cast<double>(sum) / 255 / 7840000, 0.13251, 5e-6);  // published mean
  const IdxArray labels = read_idx(folder / "t10k-labels-idx1-ubyte.gz");
  std::vector<int> counts(10);
  for (std::uint8_t label : labels.bytes) ++counts.at(label);
  EXPECT_EQ(counts, (std::vector<int>{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009}));
}

TEST(Npy, BytesAreThoseOfNumpy) {
  // numpy.save of [[1.5, -2], [0, 3]] as float32.
  const std::string spaces(58, ' ');
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }";
  const std::string bytes = from_hex("934e554d505901007600") + header + spaces + "\n" +
                            from_hex("0000c03f000000c00000000000004040");
  const std::vector<float> values = {1.5f, -2, 0, 3};
  const NpyArray array = make_array(std::span<const float>(values), {2, 2});
  EXPECT_EQ(encode_npy(array), bytes);
  EXPECT_EQ(parse_npy(bytes, "a"), array);
  const std::vector<std::int64_t> shape = {2, 2};
  EXPECT_EQ(encode_npy(std::span<const float>(values), shape), bytes);
}

TEST(Npy, EveryTypeAndRankRoundTrips) {
  const test::TemporaryDirectory directory;
  const Array arrays[] = {
      small_array<std::uint8_t>({2, 3, 4}), small_array<std::int64_t>({5}),
      small_array<std::int8_t>({3}),        small_array<std::int16_t>({2, 1}),
      small_array<std::int32_t>({4}),       small_array<float>({}),
      small_array<double>({0, 3}),          small_array<float>({1, 2, 1, 2, 1})};
  for (const Array& array : arrays) {
    write_npy(directory / "a.npy", array);
    EXPECT_EQ(read_npy(directory / "a.npy"), array) << to_text(array.dtype);
    EXPECT_EQ(encode_npy(array).size() % 64, array.bytes.size() % 64) << "data must be aligned";
  }
}

std::string npy_with(const std::string& header, const std::string& data = "") {
  return from_hex("934e554d50590100") + static_cast<char>(header.size()) + '\0' + header + data;
}

TEST(Npy, RefusesEveryMalformedFile) {
  const auto expect = [](const std::string& bytes, const std::string& text) {
    expect_input_error([&] { parse_npy(bytes, "f"); }, "[npy] 'f' " + text);
  };
  const std::string good = "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }\n";
  EXPECT_EQ(parse_npy(npy_with(good, "ab"), "f").count(), 2);
  expect("PK", "is not a .npy file: expected the first bytes 93 'NUMPY'");
  expect(from_hex("934e554d5059090076007b"),
         "has an unknown format version: got 9, expected 1 to 3");
  expect(npy_with(good).substr(0, 20), "is truncated in its header");
  expect("\x93NUMPY", "is truncated in its header");
  expect(npy_with(good, "a"), "is truncated: got 1 bytes of data, expected 2 for shape [2] of u8");
  expect(npy_with(good, "abc"),
         "has surplus bytes: got 3 bytes of data, expected 2 for shape [2] of u8");
  expect(npy_with("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }\n"),
         "is in Fortran order: expected C order; try numpy.ascontiguousarray(array)");
  expect(npy_with("{'descr': '|u1', 'fortran_order': False, 'shape': (-2,), }\n"),
         "has a negative size in its shape: got -2");
  expect(npy_with("{'descr': '|u1', 'fortran_order': False, 'shape': (9223372036854775808,), }\n"),
         "has a size beyond 63 bits");
  expect(npy_with("{'descr': '|u1', 'fortran_order': False, 'shape': "
                  "(0, 4294967296, 4294967296), }\n"),
         "declares too much data: got shape [0,4294967296,4294967296]");
  expect(npy_with("{'descr': '<f4', 'fortran_order': False, 'shape': "
                  "(4294967296, 4294967296, 4294967296), }\n"),
         "declares too much data: got shape [4294967296,4294967296,4294967296]");
  for (const char* broken :
       {"", "{", "{}", "{'descr': '<f4', 'shape': (2,)}", "{'descr': 1}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x",
        "{'descr': '<f4', 'fortran_order': maybe, 'shape': (2,)}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}"}) {
    expect(npy_with(broken),
           "has a broken header: expected {'descr': '<f4', 'fortran_order': False, 'shape': (2, "
           "3), } or the like; try to save it again with numpy.save");
  }
}

TEST(Npy, RefusesOtherTypesWithWhatToTry) {
  const auto expect = [](const std::string& descr, const std::string& text) {
    expect_input_error(
        [&] {
          parse_npy_header(
              npy_with("{'descr': " + descr + ", 'fortran_order': False, 'shape': (2,), }\n"), "f");
        },
        "[npy] 'f' " + text);
  };
  const std::string known = "', expected |u1, |b1, |i1, <i2, <i4, <i8, <f4 or <f8";
  expect("'<u2'", "has an unsupported type: got '<u2" + known + "; try array.astype(numpy.int32)");
  expect("'<u4'", "has an unsupported type: got '<u4" + known + "; try array.astype(numpy.int64)");
  expect("'<f2'",
         "has an unsupported type: got '<f2" + known + "; try array.astype(numpy.float32)");
  expect("'<U2'", "has an unsupported type: got '<U2" + known);
  expect("'>f4'", "is big-endian: got '>f4', expected little-endian; try array.astype('<f4')");
  expect("'|O'",
         "holds Python objects, which are never loaded (they are programs, NumPy's allow_pickle): "
         "expected plain numbers; try array.astype(numpy.float32)");
  expect(
      "[('a', '<i4'), ('b', '<f4')]",
      "holds records of named fields: expected plain numbers; try to save each field as an array "
      "of its own");
}

TEST(Npy, HeadersAreReadWithoutTheirData) {
  // The first bytes of numpy.save of an int16 array of shape (1, 2).
  const std::string bytes = from_hex("934e554d505901007600") +
                            "{'descr': '<i2', 'fortran_order': False, 'shape': (1, 2), }" +
                            std::string(58, ' ') + "\n";
  const NpyHeader header = parse_npy_header(bytes, "f");
  EXPECT_EQ(header.dtype, ElementType::kI16);
  EXPECT_EQ(header.shape, (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(header.data_offset, 128u);
  EXPECT_EQ(header.data_bytes, 4u);
  const std::string file = bytes + from_hex("0100feff");
  EXPECT_EQ(npy_data(header, file, "f"), from_hex("0100feff"));
  EXPECT_EQ(parse_npy(file, "f").values<std::int16_t>(), (std::vector<std::int16_t>{1, -2}));
  expect_input_error([&] { npy_data(header, bytes, "f"); },
                     "[npy] 'f' is truncated: got 0 bytes of data, expected 4 for shape [1,2] of "
                     "i16");
  // Terabytes may be declared: a header takes no memory.
  const NpyHeader large = parse_npy_header(
      npy_with("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000), }"), "f");
  EXPECT_EQ(large.data_bytes, 8'000'000'000'000u);
}

TEST(Npy, BoolsAreBytesAndOneLongSizeHasNoOrder) {
  const NpyArray flags = parse_npy(
      npy_with("{'descr': '|b1', 'fortran_order': True, 'shape': (1, 3), }", from_hex("010001")),
      "f");
  EXPECT_EQ(flags.values<std::uint8_t>(), (std::vector<std::uint8_t>{1, 0, 1}));
  EXPECT_EQ(flags.shape, (std::vector<std::int64_t>{1, 3}));
}

void expect_whole(const Array& array) {
  std::size_t bytes = element_size(array.dtype);
  for (const std::int64_t size : array.shape) bytes *= static_cast<std::size_t>(size);
  EXPECT_EQ(bytes, array.bytes.size());
}

TEST(ArrayFiles, BrokenOnesAreRefusedOrHoldTogether) {
  const Array array = small_array<std::int16_t>({3, 4, 2});
  const auto npy = [](const std::string& bytes) { expect_whole(parse_npy(bytes, "f")); };
  const auto idx = [](const std::string& bytes) { expect_whole(parse_idx(bytes, "f", 1 << 20)); };
  const auto packed = [](const std::string& bytes) {
    EXPECT_LE(gunzip(bytes, 1 << 16, "f").size(), std::size_t{1} << 16);
  };
  EXPECT_GT(test::try_broken_copies(encode_npy(array), npy, 17).refused, 1000);
  EXPECT_GT(test::try_broken_copies(encode_idx(array), idx, 18).refused, 500);
  EXPECT_GT(test::try_broken_copies(gzip(encode_idx(array)), idx, 19).refused, 1000);
  EXPECT_GT(test::try_broken_copies(gzip(encode_npy(array)), packed, 20).refused, 1000);
}

TEST(Array, ValuesNeedTheirType) {
  expect_error([] { small_array<float>({1}).values<double>(); }, ErrorCode::kInternal,
               "[array] wrong element type: got f32, expected f64");
  const std::vector<float> two = {1, 2};
  expect_error([&] { make_array(std::span<const float>(two), {3}); }, ErrorCode::kInternal,
               "[array] got 2 values for shape [3]");
}

}  // namespace
}  // namespace saddle::codec
