#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "errors.h"
#include "saddle/base/file.h"
#include "saddle/codec/idx.h"
#include "saddle/data/idx_source.h"
#include "saddle/data/source.h"
#include "tests/base/temporary.h"
#include "tests/paths.h"

namespace saddle::data {

namespace {

namespace fs = std::filesystem;

constexpr const char* kWanted =
    "a folder with train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, "
    "t10k-labels-idx1-ubyte (each may end in .gz)";

std::vector<std::int64_t> labels_of(const Source& source, std::int64_t n) {
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 0; i < n; ++i) indices.push_back(i);
  auto read = read_bytes(source, indices);
  const auto* labels = numbers<std::int64_t>(read[1]);
  return {labels, labels + n};
}

std::vector<int> pixels_of(const Source& source, std::int64_t index) {
  const auto read = read_bytes(source, std::vector{index});
  std::vector<int> pixels;
  for (const std::byte pixel : read[0]) pixels.push_back(std::to_integer<int>(pixel));
  return pixels;
}

}  // namespace

/// A folder of its own that goes away with the test.
class IdxFolder : public testing::Test {
 protected:
  void SetUp() override { folder_ = directory_.path(); }

  template <class T>
  std::string put(const std::string& name, std::vector<T> values, std::vector<std::int64_t> shape) {
    codec::write_idx(folder_ / name, codec::make_array<T>(values, std::move(shape)));
    return (folder_ / name).string();
  }

  /// Four training images 2x2 counting up from 0, two test images; labels 0 1 2 1 and 2 0.
  void put_set() {
    std::vector<std::uint8_t> pixels(16);
    for (std::size_t i = 0; i < 16; ++i) pixels[i] = static_cast<std::uint8_t>(i);
    put<std::uint8_t>("train-images-idx3-ubyte", pixels, {4, 2, 2});
    put<std::uint8_t>("train-labels-idx1-ubyte.gz", {0, 1, 2, 1}, {4});
    put<std::uint8_t>("t10k-images-idx3-ubyte.gz", {9, 9, 9, 9, 8, 8, 8, 8}, {2, 2, 2});
    put<std::uint8_t>("t10k-labels-idx1-ubyte", {2, 0}, {2});
  }

  std::string error(const IdxFiles& files = {}, Split split = Split::kTrain) {
    return data_error_text([&] { make_source(files, split, folder_.string()); });
  }

  test::TemporaryDirectory directory_;
  fs::path folder_;
};

TEST_F(IdxFolder, ReadsBothSplitsPlainOrGzipped) {
  put_set();
  const auto train = make_source(IdxFiles{}, Split::kTrain, folder_.string());
  const auto test = make_source(IdxFiles{}, Split::kTest, folder_.string());
  EXPECT_EQ(train->size(), 4);
  EXPECT_EQ(test->size(), 2);
  EXPECT_EQ(train->classes(), 3);
  EXPECT_EQ(train->fields()[0].shape, (std::vector<std::int64_t>{1, 2, 2}));
  EXPECT_EQ(labels_of(*train, 4), (std::vector<std::int64_t>{0, 1, 2, 1}));
  EXPECT_EQ(pixels_of(*train, 2), (std::vector<int>{8, 9, 10, 11}));
  EXPECT_EQ(train->class_counts(), (std::vector<std::int64_t>{1, 2, 1}));
  EXPECT_NE(train->fingerprint(), test->fingerprint());
  EXPECT_EQ(train->fingerprint().substr(0, 7), "sha256:");
}

TEST_F(IdxFolder, FirstAndCountCutTheTrainingSplitOnly) {
  put_set();
  const IdxFiles cut{.first = 1, .count = 2};
  const auto train = make_source(cut, Split::kTrain, folder_.string());
  EXPECT_EQ(train->size(), 2);
  EXPECT_EQ(train->classes(), 3);
  EXPECT_EQ(labels_of(*train, 2), (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(make_source(cut, Split::kTest, folder_.string())->size(), 2);
  EXPECT_NE(train->fingerprint(),
            make_source(IdxFiles{}, Split::kTrain, folder_.string())->fingerprint());
  EXPECT_EQ(error({.first = 3, .count = 2}),
            "[idx] " + (folder_ / "train-images-idx3-ubyte").string() +
                ": data.first = 3 and data.count = 2 reach past its 4 images");
  EXPECT_EQ(error({.first = 4}), "[idx] " + (folder_ / "train-images-idx3-ubyte").string() +
                                     ": data.first = 4 and data.count = 0 reach past its 4 images");
  EXPECT_EQ(data_error_text([&] { labels_of(*train, 3); }),
            "[data] sample index: got 2, expected less than 2");
}

TEST_F(IdxFolder, OneFileFindsItsLabelsAndItsTestSet) {
  put_set();
  const std::string named = (folder_ / "train-images-idx3-ubyte").string();
  EXPECT_EQ(make_source(IdxFiles{}, Split::kTrain, named)->classes(), 3);
  EXPECT_EQ(make_source(IdxFiles{}, Split::kTest, named)->size(), 2);
  const std::string own = put<std::uint8_t>("cats-images-idx3-ubyte.gz", {1, 2, 3, 4}, {1, 2, 2});
  EXPECT_EQ(make_source(IdxFiles{}, Split::kTrain, own)->classes(), 0);
  put<std::uint8_t>("cats-labels-idx1-ubyte", {6}, {1});
  EXPECT_EQ(make_source(IdxFiles{}, Split::kTrain, own)->classes(), 7);
  EXPECT_EQ(data_error_text([&] { make_source(IdxFiles{}, Split::kTest, own); }),
            "[idx] '" + own + "' is one images file and has no test set: expected " + kWanted);
}

TEST_F(IdxFolder, TheFileThatIsNamedIsTheTrainingSet) {
  put_set();
  const std::string named = (folder_ / "t10k-images-idx3-ubyte.gz").string();
  const auto train = make_source(IdxFiles{}, Split::kTrain, named);
  EXPECT_EQ(train->size(), 2);
  EXPECT_EQ(labels_of(*train, 2), (std::vector<std::int64_t>{2, 0}));
  EXPECT_EQ(data_error_text([&] { make_source(IdxFiles{}, Split::kTest, named); }),
            "[idx] '" + named + "' is one images file and has no test set: expected " + kWanted);
  // The plain file lies beside it.
  const std::string packed =
      put<std::uint8_t>("train-images-idx3-ubyte.gz", std::vector<std::uint8_t>(8, 7), {2, 2, 2});
  EXPECT_EQ(make_source(IdxFiles{.labels = ""}, Split::kTrain, packed)->size(), 2);
}

TEST_F(IdxFolder, NoLabelsAreReadForOneFileWhereNoneAreWanted) {
  put_set();
  for (const std::string name : {"train-images-idx3-ubyte", "t10k-images-idx3-ubyte.gz"}) {
    const auto source =
        make_source(IdxFiles{.labels = ""}, Split::kTrain, (folder_ / name).string());
    EXPECT_EQ(source->fields().size(), 1u) << name;
    EXPECT_EQ(source->classes(), 0) << name;
  }
}

TEST_F(IdxFolder, APlaceThatCannotBeLookedAtIsNamed) {
  const std::string long_name(300, 'x');
  EXPECT_EQ(data_error_text([&] { make_source(IdxFiles{}, Split::kTrain, long_name); }),
            "[idx] cannot look at '" + long_name + "': File name too long");
}

TEST_F(IdxFolder, ColourAndFloatImagesBecomeBytes) {
  const std::string colour =
      put<std::uint8_t>("rgb", std::vector<std::uint8_t>(24, 5), {2, 3, 2, 2});
  EXPECT_EQ(make_source(IdxFiles{}, Split::kTrain, colour)->fields()[0].shape,
            (std::vector<std::int64_t>{3, 2, 2}));
  const std::string floats = put<float>("grey", {0.f, 1.f, 0.5f, 0.2f}, {1, 2, 2});
  const auto source = make_source(IdxFiles{}, Split::kTrain, floats);
  EXPECT_EQ(pixels_of(*source, 0), (std::vector<int>{0, 255, 128, 51}));
}

TEST_F(IdxFolder, MissingDataNamesTheWantedFiles) {
  EXPECT_EQ(data_error_text([] { make_source(IdxFiles{}, Split::kTrain, ""); }),
            std::string("[idx] no data given: expected ") + kWanted + "; try --data FOLDER");
  const std::string gone = (folder_ / "gone").string();
  EXPECT_EQ(data_error_text([&] { make_source(IdxFiles{}, Split::kTrain, gone); }),
            "[idx] '" + gone + "' is not there: expected " + kWanted + ", or one images file");
  EXPECT_EQ(error(), "[idx] no train-images-idx3-ubyte or train-images-idx3-ubyte.gz in '" +
                         folder_.string() + "': expected " + kWanted);
  put<std::uint8_t>("train-images-idx3-ubyte", {1, 2, 3, 4}, {1, 2, 2});
  EXPECT_EQ(error(), "[idx] no train-labels-idx1-ubyte or train-labels-idx1-ubyte.gz in '" +
                         folder_.string() + "': expected " + kWanted);
  EXPECT_EQ(make_source(IdxFiles{.labels = ""}, Split::kTrain, folder_.string())->classes(), 0);
}

TEST_F(IdxFolder, WrongContentIsNamed) {
  put_set();
  const std::string labels = (folder_ / "train-labels-idx1-ubyte.gz").string();
  const std::string images = (folder_ / "train-images-idx3-ubyte").string();
  EXPECT_EQ(error({.classes = 2}),
            "[idx] " + labels + ": label of image 2: got 2, expected less than data.classes = 2");
  put<std::uint8_t>("train-labels-idx1-ubyte.gz", {0, 1, 2}, {3});
  EXPECT_EQ(error(),
            "[idx] " + labels + ": got 3 labels, expected 4, one for each image of " + images);
  put<std::uint8_t>("train-labels-idx1-ubyte.gz", {0, 1, 2, 1}, {2, 2});
  EXPECT_EQ(error(), "[idx] " + labels + ": got u8 [2,2], expected labels u8 [N]");
  put<std::int32_t>("train-labels-idx1-ubyte.gz", {0, 1, 2, 1}, {4});
  EXPECT_EQ(error(), "[idx] " + labels + ": got i32 [4], expected labels u8 [N]");
  put<std::uint8_t>("train-images-idx3-ubyte", {0, 1, 2, 1}, {2, 2});
  EXPECT_EQ(error(), "[idx] " + images + ": got u8 [2,2], expected images u8 [N,H,W] or [N,C,H,W]");
  put<std::int32_t>("train-images-idx3-ubyte", {0, 1, 2, 1}, {1, 2, 2});
  EXPECT_EQ(error(),
            "[idx] " + images + ": got i32 [1,2,2], expected images u8 [N,H,W] or [N,C,H,W]");
  const float nan = std::numeric_limits<float>::quiet_NaN();
  put<float>("train-images-idx3-ubyte", {0, 0, 0, 0, 0, 0, nan, 0}, {2, 2, 2});
  EXPECT_EQ(error(),
            "[idx] " + images + ": image 1 holds nan at pixel 2, expected float pixels in [0,1]");
  put<float>("train-images-idx3-ubyte", {0, 2, 0, 0}, {1, 2, 2});
  EXPECT_EQ(error(),
            "[idx] " + images + ": image 0 holds 2 at pixel 1, expected float pixels in [0,1]");
}

TEST_F(IdxFolder, BrokenFilesAreRefused) {
  put_set();
  const fs::path images = folder_ / "train-images-idx3-ubyte";
  const std::string good = read_file(images);
  const std::vector<std::string> broken = {
      good.substr(0, good.size() - 1), good + "x", "PK" + good.substr(2), "",
      std::string("\0\0\x08\x03\0\0\0\0\0\0\0\x02\0\0\0\x02", 16)};
  for (const std::string& bytes : broken) {
    write_file_atomic(images, bytes);
    const std::string text = error();
    EXPECT_NE(text.find(images.string()), std::string::npos) << text;
  }
}

TEST(IdxMnist, HasTheOfficialCountsLabelsAndMoments) {
  const fs::path folder = fs::path(saddle::test::kSharedDirectory) / "data" / "mnist";
  if (!fs::exists(folder)) GTEST_SKIP() << "no MNIST in " << folder;
  const auto train = make_source({.classes = 10}, Split::kTrain, folder.string());
  const auto test = make_source({.classes = 10}, Split::kTest, folder.string());
  ASSERT_EQ(train->size(), 60000);
  ASSERT_EQ(test->size(), 10000);
  EXPECT_EQ(train->fields()[0].shape, (std::vector<std::int64_t>{1, 28, 28}));
  EXPECT_EQ(labels_of(*train, 10), (std::vector<std::int64_t>{5, 0, 4, 1, 9, 2, 1, 3, 1, 4}));
  EXPECT_EQ(labels_of(*test, 10), (std::vector<std::int64_t>{7, 2, 1, 0, 4, 1, 4, 9, 5, 9}));
  std::vector<std::int64_t> indices(60000);
  for (std::int64_t i = 0; i < 60000; ++i) indices[static_cast<std::size_t>(i)] = i;
  const auto read = read_bytes(*train, indices);
  double sum = 0, squares = 0;
  for (const std::byte pixel : read[0]) {
    const double value = std::to_integer<int>(pixel) / 255.0;
    sum += value;
    squares += value * value;
  }
  const double mean = sum / static_cast<double>(read[0].size());
  // Published to five digits.
  EXPECT_NEAR(mean, 0.13066, 1e-5);
  EXPECT_NEAR(std::sqrt(squares / static_cast<double>(read[0].size()) - mean * mean), 0.30811,
              1e-5);
  const std::vector<std::int64_t> counts = {5923, 6742, 5958, 6131, 5842,
                                            5421, 5918, 6265, 5851, 5949};
  EXPECT_EQ(train->class_counts(), counts);
}

}  // namespace saddle::data
