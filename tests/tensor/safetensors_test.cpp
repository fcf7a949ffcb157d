#include "saddle/tensor/safetensors.h"

#include <ATen/ATen.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "saddle/base/file.h"
#include "saddle/base/hash.h"
#include "tests/base/temporary.h"
#include "tests/paths.h"
#include "tests/tensor/throws.h"

namespace saddle {
namespace {

std::string file_of(std::string_view header, std::size_t data_bytes) {
  std::string file(8, '\0');
  const std::uint64_t length = header.size();
  std::memcpy(file.data(), &length, 8);
  return file.append(header).append(data_bytes, '\0');
}

std::string refusal(std::string_view header, std::size_t data_bytes) {
  return message_of([&] { parse_safetensors(file_of(header, data_bytes), "f"); });
}

struct Malformed {
  const char* name;
  std::string header;
  std::size_t data_bytes;
  std::string message;
};

class SafetensorsMalformed : public ::testing::TestWithParam<Malformed> {};

TEST_P(SafetensorsMalformed, IsRefusedWithAPreciseMessage) {
  EXPECT_EQ(refusal(GetParam().header, GetParam().data_bytes),
            "[safetensors] f: " + GetParam().message);
}

std::string one(std::string_view dtype, std::string_view shape, std::string_view offsets) {
  return std::string("{\"a\":{\"dtype\":\"") + std::string(dtype) +
         "\",\"shape\":" + std::string(shape) + ",\"data_offsets\":" + std::string(offsets) + "}}";
}

std::vector<Malformed> malformed() {
  const std::string f4 = "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":";
  return {
      {"NotABrace", "[]", 0, "not a safetensors file: the header does not start with '{'"},
      {"Empty", "", 0, "not a safetensors file: the header does not start with '{'"},
      {"BadJson", "{\"a\":", 0, "the header is not JSON: error at byte 6"},
      {"NumberTooLarge", "{\"a\":1e999}", 0, "the header is not JSON: a number is too large"},
      {"TextAfterJson", "{}x", 0, "the header is not JSON: error at byte 3"},
      {"NotUtf8", "{\"\xff\":1}", 0, "the header is not JSON: error at byte 3"},
      {"DuplicateTensor", "{\"a\":" + f4 + "[0,4]},\"a\":" + f4 + "[4,8]}}", 8,
       "the header has the key 'a' twice in one object"},
      {"DuplicateField",
       "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4,
       "the header has the key 'dtype' twice in one object"},
      {"NotAnObject", "{\"a\":1}", 0, "tensor 'a': is not an object"},
      {"UnknownField",
       "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"strides\":[1]}}", 4,
       "tensor 'a': unknown key 'strides'"},
      {"NoDtype", "{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4,
       "tensor 'a': 'dtype' is missing"},
      {"NoShape", "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4,
       "tensor 'a': 'shape' is missing"},
      {"NoOffsets", "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4,
       "tensor 'a': 'data_offsets' is missing"},
      {"DtypeNumber", "{\"a\":{\"dtype\":1,\"shape\":[1],\"data_offsets\":[0,4]}}", 4,
       "tensor 'a': 'dtype' is not a text"},
      {"UnknownDtype", one("F8_E4M3", "[1]", "[0,1]"), 1,
       "tensor 'a': unknown dtype: got 'F8_E4M3', expected one of F64 F32 F16 BF16 I64 I32 I16 I8 "
       "U8 BOOL"},
      {"ShapeText", one("F32", "\"1\"", "[0,4]"), 4, "tensor 'a': 'shape' is not a list"},
      {"ShapeNegative", one("F32", "[-1]", "[0,4]"), 4,
       "tensor 'a': 'shape' has an entry that is not a whole number >= 0"},
      {"ShapeFraction", one("F32", "[1.0]", "[0,4]"), 4,
       "tensor 'a': 'shape' has an entry that is not a whole number >= 0"},
      {"ShapeBeyond63Bits", one("F32", "[9223372036854775808]", "[0,4]"), 4,
       "tensor 'a': 'shape' has an entry that is not a whole number >= 0"},
      {"ShapeOverflow", one("F32", "[4611686018427387904,4]", "[0,0]"), 0,
       "tensor 'a': shape [4611686018427387904,4] is too large"},
      {"ShapeOverflowHiddenByZero", one("U8", "[0,4611686018427387904,4]", "[0,0]"), 0,
       "tensor 'a': shape [0,4611686018427387904,4] is too large"},
      {"OffsetsThree", one("F32", "[1]", "[0,4,8]"), 4,
       "tensor 'a': 'data_offsets' is not a list of two whole numbers >= 0"},
      {"OffsetsNegative", one("F32", "[1]", "[-4,0]"), 4,
       "tensor 'a': 'data_offsets' is not a list of two whole numbers >= 0"},
      {"OffsetsReversed", one("F32", "[1]", "[4,0]"), 4,
       "tensor 'a': data_offsets are reversed: [4, 0]"},
      {"OffsetsBeyondTheEnd", one("F32", "[2]", "[0,8]"), 4,
       "tensor 'a': data_offsets [0, 8] reach beyond the data: the file has 4 bytes of data; is "
       "it truncated?"},
      {"SizeDiffers", one("F32", "[2]", "[0,4]"), 4,
       "tensor 'a': data_offsets hold 4 bytes, but F32 [2] needs 8"},
      {"HoleAtTheStart", one("F32", "[1]", "[4,8]"), 8,
       "tensor 'a': starts at 4 and leaves a hole after 0"},
      {"HoleBetween", "{\"a\":" + f4 + "[0,4]},\"b\":" + f4 + "[8,12]}}", 12,
       "tensor 'b': starts at 8 and leaves a hole after 4"},
      {"Overlap", "{\"a\":" + f4 + "[0,4]},\"b\":" + f4 + "[2,6]}}", 6,
       "tensor 'b': starts at 2 and overlaps the data before 4"},
      {"BytesLeft", one("F32", "[1]", "[0,4]"), 7, "3 bytes after the last tensor belong to none"},
      {"BytesWithoutTensors", "{}", 1, "1 bytes after the last tensor belong to none"},
      {"MetadataNotAnObject", "{\"__metadata__\":[]}", 0, "__metadata__ is not an object of texts"},
      {"MetadataNumber", "{\"__metadata__\":{\"k\":1}}", 0, "__metadata__ entry 'k' is not a text"},
  };
}

INSTANTIATE_TEST_SUITE_P(Files, SafetensorsMalformed, ::testing::ValuesIn(malformed()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Safetensors, WrongLengthsAreRefused) {
  EXPECT_EQ(message_of([] { parse_safetensors("short", "f"); }),
            "[safetensors] f: not a safetensors file: got 5 bytes, expected at least 8 (the length "
            "of the header)");
  std::string file(8, '\0');
  file[0] = 100;
  EXPECT_EQ(message_of([&] { parse_safetensors(file + "{}", "f"); }),
            "[safetensors] f: truncated: header of 100 bytes, but only 2 bytes follow");
  const std::uint64_t large = 100'000'001;
  std::memcpy(file.data(), &large, 8);
  EXPECT_EQ(message_of([&] { parse_safetensors(file + "{}", "f"); }),
            "[safetensors] f: not a safetensors file: header of 100000001 bytes, expected at most "
            "100000000");
  std::memset(file.data(), 0xff, 8);
  EXPECT_NE(message_of([&] { parse_safetensors(file, "f"); }), "");
}

TEST(Safetensors, EveryCutOfAGoodFileIsRefused) {
  const std::string file =
      safetensors_bytes({{"a", at::ones({3})}, {"b", at::zeros({2, 2})}}, {{"key", "value"}});
  for (std::size_t length = 0; length < file.size(); ++length) {
    EXPECT_THROW(parse_safetensors(file.substr(0, length), "f"), Error) << length;
  }
}

TEST(Safetensors, DeeplyNestedHeadersAreRefusedWithoutACrash) {
  const std::string header = "{\"a\":" + std::string(1'000'000, '[');
  EXPECT_NE(refusal(header, 0).find("is not JSON"), std::string::npos);
}

TEST(Safetensors, ABoolIsZeroOrOne) {
  std::string file = file_of(one("BOOL", "[2]", "[0,2]"), 2);
  file.back() = 2;
  EXPECT_EQ(message_of([&] { parse_safetensors(file, "f"); }),
            "[safetensors] f: tensor 'a': a BOOL is neither 0 nor 1");
}

TEST(Safetensors, SpacesAfterTheHeaderAreAllowed) {
  EXPECT_EQ(parse_safetensors(file_of("{}   ", 0), "f").tensors.size(), 0u);
}

NamedTensors every_dtype() {
  NamedTensors tensors;
  for (const at::ScalarType type : {at::kByte, at::kBool, at::kHalf, at::kDouble, at::kFloat,
                                    at::kBFloat16, at::kLong, at::kInt, at::kShort, at::kChar}) {
    const std::string name = c10::toString(type);
    tensors.push_back({name, at::arange(3, at::kFloat).remainder(2).to(type)});
    tensors.push_back({name + ".empty", at::empty({2, 0}, type)});
    tensors.push_back({name + ".scalar", at::ones({}, type)});
  }
  return tensors;
}

void expect_same(const NamedTensors& got, const NamedTensors& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].name, expected[i].name);
    EXPECT_EQ(got[i].tensor.scalar_type(), expected[i].tensor.scalar_type());
    EXPECT_TRUE(got[i].tensor.equal(expected[i].tensor)) << got[i].name;
  }
}

TEST(Safetensors, EveryDtypeAndShapeComesBackInOrder) {
  const SafetensorsMetadata metadata{{"preset", "caf\xc3\xa9 \"x\"\n"}, {"", ""}};
  const std::string file = safetensors_bytes(every_dtype(), metadata);
  const Safetensors read = parse_safetensors(file, "memory");
  expect_same(read.tensors, every_dtype());
  EXPECT_EQ(read.metadata, metadata);
  std::uint64_t header = 0;
  std::memcpy(&header, file.data(), 8);
  EXPECT_EQ(header % 8, 0u);
}

TEST(Safetensors, FilesComeBackCopiedOrMapped) {
  const test::TemporaryDirectory directory;
  const auto path = directory / "all.safetensors";
  save_safetensors(path, every_dtype());
  expect_same(load_safetensors(path).tensors, every_dtype());
  at::Tensor kept;
  {
    const Safetensors mapped = load_safetensors(path, SafetensorsAccess::kMapped);
    expect_same(mapped.tensors, every_dtype());
    kept = mapped.at("Double");
  }
  std::filesystem::remove(path);
  // The mapping lives as long as a tensor of it.
  EXPECT_EQ(kept.sum().item<double>(), 1);
  EXPECT_NE(message_of([&] { load_safetensors(path); }).find(path.string()), std::string::npos);
}

TEST(Safetensors, LayoutsAndViewsAreWrittenAsPlainCOrder) {
  const at::Tensor plain = at::arange(48, at::kFloat).view({2, 3, 4, 2});
  const std::string expected = safetensors_bytes({{"w", plain}});
  EXPECT_EQ(safetensors_bytes({{"w", plain.contiguous(at::MemoryFormat::ChannelsLast)}}), expected);
  EXPECT_EQ(safetensors_bytes({{"w", plain.clone().requires_grad_()}}), expected);
  EXPECT_EQ(safetensors_bytes({{"w", at::cat({plain, plain}).narrow(0, 2, 2)}}), expected);
}

TEST(Safetensors, MisusesAreNamed) {
  EXPECT_EQ(message_of([] {
              safetensors_bytes({{"a", at::ones({1})}, {"a", at::ones({1})}});
            }),
            "[safetensors] the name 'a' is reserved or used twice");
  EXPECT_EQ(message_of([] {
              safetensors_bytes({{"__metadata__", at::ones({1})}});
            }),
            "[safetensors] the name '__metadata__' is reserved or used twice");
  EXPECT_EQ(message_of([] {
              safetensors_bytes({{"a", at::Tensor()}});
            }),
            "[safetensors] tensor 'a' is undefined");
  EXPECT_EQ(message_of([] {
              safetensors_bytes({{"a", at::ones({1}, at::kComplexFloat)}});
            }),
            "[safetensors] tensor 'a' is ComplexFloat, which the format does not have");
  EXPECT_NE(message_of([] {
              safetensors_bytes({{"\xff", at::ones({1})}});
            }).find("is not UTF-8"),
            std::string::npos);
  const Safetensors read = parse_safetensors(safetensors_bytes({{"weight", at::ones({1})}}), "f");
  EXPECT_EQ(message_of([&] { read.at("weigth"); }),
            "[safetensors] no tensor 'weigth'; did you mean 'weight'?");
}

TEST(Safetensors, ReadsFilesOfTheReferenceWriter) {
  const std::filesystem::path path =
      std::filesystem::path(test::kSharedDirectory) / "golden/training/mlp_inputs.safetensors";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not here";
  const Safetensors read = load_safetensors(path);
  EXPECT_EQ(read.tensors.size(), 17u);
  // Hashes of the bytes that each tensor has in the file, found with Python's struct and hashlib.
  const auto expect = [&](std::string_view name, std::vector<std::int64_t> shape,
                          std::string_view hash) {
    const at::Tensor& tensor = read.at(name);
    EXPECT_EQ(tensor.scalar_type(), at::kDouble) << name;
    EXPECT_EQ(tensor.sizes().vec(), shape) << name;
    Sha256 sha;
    sha.update(
        std::string_view(static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes()));
    EXPECT_EQ(sha.hex().substr(0, 16), hash) << name;
  };
  expect("eps", {5, 8}, "3c41c0ab01b96629");
  expect("init.D.4.bias", {1}, "2510684f5c900b53");
  expect("init.G.0.weight", {16, 4}, "938c2981b9fa9753");
  expect("x_d", {5, 8, 2}, "f7264e5616f0d11f");
  expect("z_g", {5, 8, 4}, "38a19684c5e9b247");
}

}  // namespace
}  // namespace saddle
