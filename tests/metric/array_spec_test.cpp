#include "saddle/metric/array_spec.h"

#include <gmock/gmock.h>

#include "saddle/codec/npy.h"
#include "saddle/codec/npz.h"
#include "tests/metric/fixtures.h"

namespace saddle::test {
namespace {

using metric::is_array_spec;
using metric::read_array;

/// The message of reading, files named without their folder.
std::string read_error(const TemporaryDirectory& place, const std::string& spec) {
  try {
    read_array((place / spec).string());
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInput);
    std::string text = error.what();
    const std::string folder = place.path().string() + "/";
    for (auto at = text.find(folder); at != std::string::npos; at = text.find(folder)) {
      text.erase(at, folder.size());
    }
    return text;
  }
  return "no error";
}

codec::Array three(float first) {
  const std::vector<float> values{first, 2, 3};
  return codec::make_array<float>(values, {3});
}

TEST(ArraySpec, SaysWhichWordsNameAnArray) {
  for (const char* spec :
       {"a.npy", "a.safetensors", "a.safetensors#x", "dir/a.npz#x", "set#1/a.npy"}) {
    EXPECT_TRUE(is_array_spec(spec)) << spec;
  }
  for (const char* spec : {"a.npz", "photos", "a.zip#x", "run", "a.pt", "", "#"}) {
    EXPECT_FALSE(is_array_spec(spec)) << spec;
  }
}

TEST(ArraySpec, EveryKindOfFileGivesTheSameNumbers) {
  const TemporaryDirectory place;
  const at::Tensor x = at::tensor({1.0f, 2.0f, 3.0f});
  codec::write_npy(place / "a.npy", three(1));
  codec::write_npz(place / "a.npz", std::vector<codec::NpzArray>{{"x", three(1)}, {"y", three(9)}});
  save_safetensors(place / "a.safetensors", {{"x", x}, {"y", x * 2}, {"z#1", x}});
  for (const char* spec : {"a.npy", "a.npz#x", "a.safetensors#x", "a.safetensors#z#1"}) {
    EXPECT_TRUE(at::equal(read_array((place / spec).string()), x)) << spec;
  }
}

TEST(ArraySpec, TheKeyOfAnOnlyArrayMayBeLeftOut) {
  const TemporaryDirectory place;
  const at::Tensor x = at::tensor({1.0f, 2.0f, 3.0f});
  codec::write_npz(place / "a.npz", std::vector<codec::NpzArray>{{"x", three(1)}});
  save_safetensors(place / "a.safetensors", {{"x", x}});
  for (const char* spec : {"a.npz", "a.safetensors"}) {
    EXPECT_TRUE(at::equal(read_array((place / spec).string()), x)) << spec;
  }
}

TEST(ArraySpec, HalfPrecisionOfSafetensorsIsRead) {
  const TemporaryDirectory place;
  const at::Tensor x = at::tensor({0.5f, -2.0f});
  save_safetensors(place / "a.safetensors",
                   {{"half", x.to(at::kHalf)}, {"brain", x.to(at::kBFloat16)}});
  for (const char* key : {"half", "brain"}) {
    const at::Tensor read = read_array((place / "a.safetensors").string() + "#" + key);
    EXPECT_TRUE(at::equal(read.to(at::kFloat), x)) << key;
  }
}

TEST(ArraySpec, WhatIsWrongIsSaidWithWhatThereIs) {
  const TemporaryDirectory place;
  const at::Tensor x = at::tensor({1.0f});
  save_safetensors(place / "two.safetensors", {{"real", x}, {"fake", x}});
  codec::write_npz(place / "two.npz",
                   std::vector<codec::NpzArray>{{"a", three(1)}, {"b", three(2)}});
  EXPECT_EQ(read_error(place, "two.safetensors"),
            "[array] two.safetensors holds 2 arrays: real, fake; name one, for example "
            "two.safetensors#real");
  EXPECT_EQ(read_error(place, "two.safetensors#reel"),
            "[array] two.safetensors has no array 'reel'; did you mean 'real'?");
  EXPECT_EQ(read_error(place, "two.npz"),
            "[array] two.npz holds 2 arrays: a, b; name one, for example two.npz#a");
  EXPECT_EQ(read_error(place, "two.npz#x"), "[array] two.npz has no array 'x'; known: a, b");
  EXPECT_EQ(read_error(place, "none.npy"), "[file] no such file: 'none.npy'");
  EXPECT_EQ(read_error(place, "a.txt"),
            "[array] 'a.txt' names no array: expected FILE.npy, FILE.npz#KEY or "
            "FILE.safetensors#KEY");
  EXPECT_EQ(read_error(place, "a.npy#x"),
            "[array] 'a.npy#x' names no array: expected FILE.npy, FILE.npz#KEY or "
            "FILE.safetensors#KEY");
}

TEST(ArraySpec, EmptyArraysAndFilesAreNotReadPastTheirEnd) {
  const TemporaryDirectory place;
  codec::write_npy(place / "empty.npy", codec::make_array<float>({}, {0, 4}));
  EXPECT_EQ(read_array((place / "empty.npy").string()).sizes(), (at::IntArrayRef{0, 4}));
  write_file_atomic(place / "cut.safetensors", std::string_view("\x10\0\0\0\0\0\0\0{}", 10));
  EXPECT_NE(read_error(place, "cut.safetensors"), "no error");
  write_file_atomic(place / "nothing.npy", std::string_view());
  EXPECT_NE(read_error(place, "nothing.npy"), "no error");
}

}  // namespace
}  // namespace saddle::test
