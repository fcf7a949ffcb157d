// NumPy arrays as a source. The files are put together byte by byte, or written by NumPy.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "npy_bytes.h"
#include "saddle/codec/zip.h"
#include "saddle/data/array_files.h"
#include "sets.h"
#include "tests/base/temporary.h"

namespace saddle::data {

namespace {

namespace fs = std::filesystem;
using codec::ElementType;
using test::expect_error;
using ::testing::ElementsAre;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// 0, 1, 2, ... as bytes.
std::vector<std::uint8_t> counted_bytes(std::size_t count) {
  std::vector<std::uint8_t> out(count);
  std::iota(out.begin(), out.end(), std::uint8_t{0});
  return out;
}

class Arrays : public testing::Test {
 protected:
  fs::path at(const std::string& name) const { return directory_ / name; }
  std::string text(const std::string& name) const { return at(name).string(); }
  std::shared_ptr<Source> open(const ArrayFiles& files = {}, Split split = Split::kTrain,
                               const std::string& name = "a.npy") const {
    return make_source(files, split, text(name));
  }
  template <class T>
  void put(const std::string& name, std::string_view type, std::string_view shape,
           const std::vector<T>& values) {
    put_file(at(name), npy_bytes(type, shape, values));
  }
  void put_images(std::string_view shape, std::size_t bytes) {
    put("a.npy", "|u1", shape, counted_bytes(bytes));
  }
  void put_npz(const std::string& name,
               const std::vector<std::pair<std::string, std::string>>& arrays) {
    std::vector<codec::ZipInput> files;
    for (const auto& [array, bytes] : arrays) files.push_back({array + ".npy", bytes});
    codec::write_zip(at(name), files, codec::ZipMethod::kDeflated);
  }
  void refused(const ArrayFiles& files, const std::string& message,
               const std::string& name = "a.npy") const {
    expect_error([&] { open(files, Split::kTrain, name); }, ErrorCode::kInput,
                 "[arrays] " + message);
  }

  test::TemporaryDirectory directory_;
};

TEST_F(Arrays, GreyImagesGetAChannel) {
  put_images("(2, 2, 3)", 12);
  const auto source = open();
  EXPECT_EQ(source->size(), 2);
  EXPECT_EQ(source->classes(), 0);
  EXPECT_EQ(source->fields(), (std::vector<FieldSpec>{{"x", ElementType::kU8, {1, 2, 3}}}));
  EXPECT_EQ(values_of(*source, 0), (std::vector<int>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(values_of(*source, 1), (std::vector<int>{6, 7, 8, 9, 10, 11}));
  EXPECT_THAT(source->notes(), ElementsAre());
  EXPECT_THAT(source->class_counts(), ElementsAre());
}

TEST_F(Arrays, ChannelsAreTheSideThatIsOneOrThree) {
  put_images("(2, 3, 2, 2)", 24);
  EXPECT_EQ(open()->fields()[0].shape, (std::vector<std::int64_t>{3, 2, 2}));
  EXPECT_EQ(values_of(*open(), 1),
            (std::vector<int>{12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23}));
  put_images("(2, 2, 2, 3)", 24);
  EXPECT_EQ(open()->fields()[0].shape, (std::vector<std::int64_t>{3, 2, 2}));
  EXPECT_EQ(values_of(*open(), 1),
            (std::vector<int>{12, 15, 18, 21, 13, 16, 19, 22, 14, 17, 20, 23}));
  put_images("(1, 4, 2, 1)", 8);
  EXPECT_EQ(open()->fields()[0].shape, (std::vector<std::int64_t>{1, 4, 2}));
  EXPECT_EQ(values_of(*open(), 0), (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST_F(Arrays, SidesThatCouldBothBeChannelsAreAskedFor) {
  put_images("(2, 3, 2, 3)", 36);
  refused({}, text("a.npy") +
                  ": got an array [2,3,2,3], in which both sides could be the channels (1 or 3); "
                  "say which with data.layout = \"channels_first\" or \"channels_last\"");
  EXPECT_EQ(open({.layout = ArrayLayout::kChannelsFirst})->fields()[0].shape,
            (std::vector<std::int64_t>{3, 2, 3}));
  const auto last = open({.layout = ArrayLayout::kChannelsLast});
  EXPECT_EQ(last->fields()[0].shape, (std::vector<std::int64_t>{3, 3, 2}));
  EXPECT_EQ(values_of(*last, 0)[1], 3);  // the red of the pixel beside the first
  put_images("(2, 2, 4, 2)", 32);
  refused({}, text("a.npy") +
                  ": got an array [2,2,4,2], in which neither side could be the channels (1 or "
                  "3); say which with data.layout = \"channels_first\" or \"channels_last\"");
  EXPECT_EQ(open({.layout = ArrayLayout::kChannelsFirst})->fields()[0].shape,
            (std::vector<std::int64_t>{2, 4, 2}));
}

TEST_F(Arrays, FloatPixelsAreRoundedFromTheirRange) {
  // Halves of a step round away from 0: 0.5 is 127.5 of 255.
  put<float>("a.npy", "<f4", "(1, 1, 5)", {0, 0.25F, 0.5F, 0.75F, 1});
  EXPECT_EQ(values_of(*open(), 0), (std::vector<int>{0, 64, 128, 191, 255}));
  EXPECT_THAT(open()->notes(), ElementsAre("float pixels: rounded to 8 bits, 0 to 0 and 1 to 255"));
  put<double>("a.npy", "<f8", "(1, 1, 5)", {-1, -0.5, 0, 0.5, 1});
  EXPECT_EQ(values_of(*open({.low = -1}), 0), (std::vector<int>{0, 64, 128, 191, 255}));
  put<float>("a.npy", "<f4", "(1, 1, 256)", [] {
    std::vector<float> values(256);
    std::iota(values.begin(), values.end(), 0.0F);
    return values;
  }());
  std::vector<int> all(256);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(values_of(*open({.high = 255}), 0), all);
}

TEST_F(Arrays, FloatPixelsOutOfRangeAreRefusedWhereTheyAre) {
  put<float>("a.npy", "<f4", "(2, 1, 2)", {0, 1, 0.5F, 200});
  const auto source = open();
  EXPECT_EQ(values_of(*source, 0), (std::vector<int>{0, 255}));
  expect_error([&] { values_of(*source, 1); }, ErrorCode::kInput,
               "[arrays] " + text("a.npy") +
                   ": image 1 holds 200 at element 1, expected pixels in [0,1]; say their range "
                   "with data.low and data.high");
  put<float>("a.npy", "<f4", "(1, 1, 2)", {0, kNan});
  expect_error(
      [&] { values_of(*open(), 0); }, ErrorCode::kInput,
      "[arrays] " + text("a.npy") + ": sample 0 holds nan at element 1, expected finite numbers");
  expect_error([&] { open({.low = 1, .high = 1}); }, ErrorCode::kUsage,
               "[arrays] data.low = 1 and data.high = 1: expected finite numbers, low below high");
  expect_error([&] { open({.low = -1e308, .high = 1e308}); }, ErrorCode::kUsage,
               "[arrays] data.low = -1e+308 and data.high = 1e+308: expected finite numbers, low "
               "below high");
}

TEST_F(Arrays, RowsOfFloatsArePoints) {
  put<double>("a.npy", "<f8", "(2, 3)", {0, 1.5, -2, 1e-3, 4, 1e30});
  const auto source = open();
  EXPECT_EQ(source->fields(), (std::vector<FieldSpec>{{"x", ElementType::kF32, {3}}}));
  auto read = read_bytes(*source, std::vector<std::int64_t>{1, 0});
  const float* values = numbers<float>(read[0]);
  EXPECT_EQ(std::vector<float>(values, values + 6),
            (std::vector<float>{1e-3F, 4, 1e30F, 0, 1.5F, -2}));
  put<double>("a.npy", "<f8", "(1, 2)", {0, 1e39});
  expect_error([&] { values_of(*open(), 0); }, ErrorCode::kInput,
               "[arrays] " + text("a.npy") +
                   ": sample 0 holds 1e+39 at element 1, expected numbers that fit into f32; try "
                   "to scale them");
  put<float>("a.npy", "<f4", "(1, 2)", {std::numeric_limits<float>::infinity(), 0});
  expect_error(
      [&] { values_of(*open(), 0); }, ErrorCode::kInput,
      "[arrays] " + text("a.npy") + ": sample 0 holds inf at element 0, expected finite numbers");
}

struct WrongArray {
  const char* name;
  const char* type;
  const char* shape;
  std::size_t bytes;
  const char* message;
};

class WrongArrays : public Arrays, public testing::WithParamInterface<WrongArray> {};

TEST_P(WrongArrays, AreRefusedWithWhatIsExpected) {
  const WrongArray& wrong = GetParam();
  put("a.npy", wrong.type, wrong.shape, std::vector<std::uint8_t>(wrong.bytes));
  refused({}, text("a.npy") + ": " + wrong.message);
}

const WrongArray kWrongArrays[] = {
    {"one_number", "|u1", "()", 1,
     "got an array [], expected images [N,H,W], [N,C,H,W] or [N,H,W,C], or rows [N,D]"},
    {"one_row", "<f4", "(4,)", 16,
     "got an array [4], expected images [N,H,W], [N,C,H,W] or [N,H,W,C], or rows [N,D]"},
    {"no_images", "|u1", "(0, 8, 8)", 0,
     "got an array [0,8,8], expected images [N,H,W], [N,C,H,W] or [N,H,W,C], or rows [N,D]"},
    {"empty_images", "|u1", "(8, 0, 8)", 0, "got an array [8,0,8]: it holds nothing"},
    {"whole_rows", "<i8", "(2, 2)", 32,
     "got rows of i64, expected f32 or f64; try array.astype(numpy.float32)"},
    {"wide_images", "<i4", "(1, 2, 2)", 16,
     "got i32 [1,2,2], expected images u8, f32 or f64 as [N,H,W], [N,C,H,W] or [N,H,W,C]; try "
     "array.astype(numpy.uint8)"},
    {"five_sides", "|u1", "(1, 1, 1, 2, 2)", 4,
     "got u8 [1,1,1,2,2], expected images u8, f32 or f64 as [N,H,W], [N,C,H,W] or [N,H,W,C]"},
};
INSTANTIATE_TEST_SUITE_P(Table, WrongArrays, testing::ValuesIn(kWrongArrays),
                         [](const auto& one) { return std::string(one.param.name); });

TEST_F(Arrays, LabelsLieBesideUnderTheirName) {
  put_images("(3, 2, 2)", 12);
  put<std::int32_t>("a-labels.npy", "<i4", "(3,)", {2, 0, 2});
  const auto source = open();
  EXPECT_EQ(source->fields()[1], (FieldSpec{"label", ElementType::kI64, {}}));
  EXPECT_EQ(source->classes(), 3);
  EXPECT_EQ(all_labels(*source), (std::vector<std::int64_t>{2, 0, 2}));
  EXPECT_THAT(source->class_counts(), ElementsAre(1, 0, 2));
  EXPECT_EQ(open({.labels = ""})->classes(), 0);
  put<std::uint8_t>("other.npy", "|u1", "(3,)", {1, 1, 0});
  EXPECT_EQ(all_labels(*open({.labels = "other.npy"})), (std::vector<std::int64_t>{1, 1, 0}));
}

TEST_F(Arrays, LabelsMayBeOfAnyWholeType) {
  put_images("(3, 2, 2)", 12);
  const std::vector<std::int64_t> expected = {2, 0, 100};
  put<std::int8_t>("a-labels.npy", "|i1", "(3,)", {2, 0, 100});
  EXPECT_EQ(all_labels(*open()), expected);
  put<std::uint8_t>("a-labels.npy", "|u1", "(3,)", {2, 0, 100});
  EXPECT_EQ(all_labels(*open()), expected);
  put<std::int16_t>("a-labels.npy", "<i2", "(3,)", {2, 0, 100});
  EXPECT_EQ(all_labels(*open()), expected);
  put<std::int32_t>("a-labels.npy", "<i4", "(3,)", {2, 0, 100});
  EXPECT_EQ(all_labels(*open()), expected);
  put<std::int64_t>("a-labels.npy", "<i8", "(3,)", {2, 0, 100});
  EXPECT_EQ(all_labels(*open()), expected);
}

TEST_F(Arrays, WrongLabelsAreRefused) {
  put_images("(3, 2, 2)", 12);
  const std::string labels = text("a-labels.npy");
  put<float>("a-labels.npy", "<f4", "(3,)", {0, 1, 2});
  refused({}, labels + ": got f32, expected whole numbers");
  put<std::int64_t>("a-labels.npy", "<i8", "(2,)", {0, 1});
  refused({}, labels + ": got labels [2], expected [3], one for each sample of " + text("a.npy"));
  put<std::int64_t>("a-labels.npy", "<i8", "(3, 1)", {0, 1, 2});
  refused({}, labels + ": got labels [3,1], expected [3], one for each sample of " + text("a.npy"));
  put<std::int64_t>("a-labels.npy", "<i8", "(3,)", {0, -1, 2});
  refused({}, labels + ": label of sample 1: got -1, expected 0 to 999999");
  put<std::int64_t>("a-labels.npy", "<i8", "(3,)", {0, 1, 1'000'000});
  refused({}, labels + ": label of sample 2: got 1000000, expected 0 to 999999");
  EXPECT_THROW(open({.labels = "gone.npy"}), Error);
}

TEST_F(Arrays, AnArchiveHoldsSamplesAndLabels) {
  const std::string images = npy_bytes("|u1", "(2, 2, 2)", counted_bytes(8));
  const std::string labels = npy_bytes("<i8", "(2,)", std::vector<std::int64_t>{1, 0});
  for (const std::string name : {"label", "labels", "y"}) {
    put_npz("a.npz", {{"x", images}, {name, labels}});
    const auto source = open({}, Split::kTrain, "a.npz");
    EXPECT_EQ(values_of(*source, 1), (std::vector<int>{4, 5, 6, 7})) << name;
    EXPECT_EQ(all_labels(*source), (std::vector<std::int64_t>{1, 0})) << name;
    put_npz("a.npz", {{name, labels}, {"faces", images}});
    EXPECT_EQ(values_of(*open({}, Split::kTrain, "a.npz"), 0), (std::vector<int>{0, 1, 2, 3}));
  }
  put_npz("a.npz", {{"faces", images}, {"kind", labels}});
  refused({},
          text("a.npz") +
              ": got the arrays faces, kind, expected one named x; name the samples with data.x",
          "a.npz");
  EXPECT_EQ(open({.x = "faces"}, Split::kTrain, "a.npz")->classes(), 0);
  EXPECT_EQ(all_labels(*open({.labels = "kind"}, Split::kTrain, "a.npz")),
            (std::vector<std::int64_t>{1, 0}));
  EXPECT_THROW(open({.x = "gone"}, Split::kTrain, "a.npz"), Error);
  put_npz("a.npz", {{"x", images}, {"y", npy_bytes("<f4", "(2,)", std::vector<float>{1, 0})}});
  refused({}, "y of " + text("a.npz") + ": got f32, expected whole numbers", "a.npz");
}

TEST_F(Arrays, TheHoldoutSplitsSamplesAndLabelsAlike) {
  put_images("(5, 1, 1)", 5);
  put<std::int64_t>("a-labels.npy", "<i8", "(5,)", {0, 1, 2, 3, 4});
  const ArrayFiles files{.holdout = {.test_every = 2, .test_last = 0}};
  EXPECT_EQ(dots_of(*open(files)), (std::vector<int>{0, 2, 4}));
  EXPECT_EQ(all_labels(*open(files, Split::kTest)), (std::vector<std::int64_t>{1, 3}));
  EXPECT_THAT(open(files, Split::kTest)->class_counts(), ElementsAre(0, 1, 0, 1, 0));
  EXPECT_EQ(open(files, Split::kTest)->classes(), 5);
  EXPECT_NE(open(files)->fingerprint(), open(files, Split::kTest)->fingerprint());
  EXPECT_THROW(open({}, Split::kTest), MissingSplit);
}

TEST_F(Arrays, TheFingerprintIsThatOfTheContent) {
  put_images("(2, 2, 2)", 8);
  const std::string hash = open()->fingerprint();
  EXPECT_EQ(hash.substr(0, 7), "sha256:");
  fs::copy(at("a.npy"), at("b.npy"));
  EXPECT_EQ(open({}, Split::kTrain, "b.npy")->fingerprint(), hash);
  EXPECT_NE(open({.high = 2})->fingerprint(), hash);
  auto changed = counted_bytes(8);
  changed[7] ^= 1;
  put("b.npy", "|u1", "(2, 2, 2)", changed);
  EXPECT_NE(open({}, Split::kTrain, "b.npy")->fingerprint(), hash);
  put<std::int64_t>("a-labels.npy", "<i8", "(2,)", {0, 1});
  EXPECT_NE(open()->fingerprint(), hash);
}

TEST_F(Arrays, WhatIsNoArrayFileIsRefused) {
  expect_error([&] { make_source(ArrayFiles{}, Split::kTrain, ""); }, ErrorCode::kUsage,
               "[arrays] no data given: expected a .npy or .npz file; try --data FILE");
  refused({}, "'" + text("gone.npy") + "' is not there: expected a .npy or .npz file", "gone.npy");
  fs::create_directory(at("folder"));
  refused({}, "'" + text("folder") + "' is a folder: expected a .npy or .npz file", "folder");
  put_images("(2, 2, 2)", 7);
  EXPECT_THROW(open(), Error);  // cut
  put_file(at("a.npy"), "no array");
  EXPECT_THROW(open(), Error);
  put("a.npy", ">f4", "(2, 2)", std::vector<std::uint8_t>(16));
  EXPECT_THROW(open(), Error);  // big-endian
  put_npz("a.npz", {});
  EXPECT_THROW(open({}, Split::kTrain, "a.npz"), Error);
}

TEST_F(Arrays, AnIndexOutOfRangeIsRefused) {
  put_images("(2, 2, 2)", 8);
  EXPECT_THROW(values_of(*open(), 2), Error);
  EXPECT_THROW(values_of(*open(), -1), Error);
}

}  // namespace

}  // namespace saddle::data
