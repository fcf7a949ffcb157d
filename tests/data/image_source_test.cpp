#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "saddle/codec/jpeg.h"
#include "saddle/codec/zip.h"
#include "saddle/data/image_files.h"
#include "sets.h"
#include "tests/base/temporary.h"
#include "tests/paths.h"

namespace saddle::data {

namespace {

namespace fs = std::filesystem;
using test::expect_error;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Pictures : public testing::Test {
 protected:
  fs::path at(const std::string& name) const { return directory_ / name; }
  std::string text(const std::string& name) const { return at(name).string(); }
  std::shared_ptr<Source> open(const ImageFiles& files = {}, Split split = Split::kTrain,
                               const std::string& name = "set") const {
    return make_source(files, split, text(name));
  }
  void put(const std::string& name, const codec::Image8& picture) {
    put_file(at("set/" + name), codec::encode_png(picture));
  }
  /// The set as an archive.
  void pack(const std::string& archive, codec::ZipMethod method) {
    std::vector<std::string> names, contents;
    for (const auto& entry : fs::recursive_directory_iterator(at("set"))) {
      if (!entry.is_regular_file()) continue;
      names.push_back(fs::relative(entry.path(), at("set")).string());
      contents.push_back(read_file(entry.path()));
    }
    std::vector<codec::ZipInput> files;
    for (std::size_t i = 0; i < names.size(); ++i) files.push_back({names[i], contents[i]});
    codec::write_zip(at(archive), files, method);
  }

  test::TemporaryDirectory directory_;
};

TEST_F(Pictures, BecomePlanesInTheOrderOfTheirNames) {
  put("b.png", counting_picture(3, 2, 3, 100));
  put("a.png", counting_picture(3, 2, 3));
  const auto source = open();
  EXPECT_EQ(source->size(), 2);
  EXPECT_EQ(source->classes(), 0);
  EXPECT_EQ(source->fields(), (std::vector<FieldSpec>{{"x", codec::ElementType::kU8, {3, 2, 3}}}));
  EXPECT_EQ(values_of(*source, 0),
            (std::vector<int>{0, 3, 6, 9, 12, 15, 1, 4, 7, 10, 13, 16, 2, 5, 8, 11, 14, 17}));
  EXPECT_EQ(values_of(*source, 1)[0], 100);
  EXPECT_THAT(source->class_counts(), ElementsAre());
}

TEST_F(Pictures, LabelsComeWithThem) {
  put_dot(at("set/cat/1.png"), 10);
  put_dot(at("set/dog/1.png"), 20);
  put_dot(at("set/dog/2.png"), 30);
  const auto source = open();
  EXPECT_EQ(source->classes(), 2);
  EXPECT_EQ(source->fields()[1], (FieldSpec{"label", codec::ElementType::kI64, {}}));
  EXPECT_EQ(all_labels(*source), (std::vector<std::int64_t>{0, 1, 1}));
  EXPECT_EQ(dots_of(*source), (std::vector<int>{10, 20, 30}));
  EXPECT_THAT(source->class_counts(), ElementsAre(1, 2));
  EXPECT_THAT(source->class_names(), ElementsAre("cat", "dog"));
  EXPECT_THROW(values_of(*source, 3), Error);
  EXPECT_THROW(values_of(*source, -1), Error);
}

TEST_F(Pictures, AnArchiveStoredOrDeflatedGivesTheSameAsTheFolder) {
  for (int i = 0; i < 6; ++i) {
    put((i % 2 == 0 ? "even/" : "odd/") + std::to_string(i) + ".png",
        counting_picture(5, 4, 3, 40 * i));
  }
  pack("stored.zip", codec::ZipMethod::kStored);
  pack("deflated.zip", codec::ZipMethod::kDeflated);
  const auto folder = open();
  const auto expected = read_bytes(*folder, all_indices(*folder));
  for (const std::string name : {"stored.zip", "deflated.zip"}) {
    const auto archive = open({}, Split::kTrain, name);
    EXPECT_EQ(archive->fields(), folder->fields());
    EXPECT_EQ(archive->class_names(), folder->class_names());
    EXPECT_EQ(read_bytes(*archive, all_indices(*archive)), expected) << name;
  }
  EXPECT_EQ(open({}, Split::kTrain, "stored.zip")->fingerprint(),
            open({}, Split::kTrain, "deflated.zip")->fingerprint());
}

TEST_F(Pictures, MixedSizesAreRefusedWithWhatToDo) {
  put("1.png", counting_picture(4, 4, 1));
  put("2.png", counting_picture(4, 5, 1));
  put("3.png", counting_picture(4, 4, 1));
  expect_error([&] { open(); }, ErrorCode::kInput,
               "[images] pictures differ in size or colour: got 2 kinds, 2 of 4x4 grey as '" +
                   text("set/1.png") + "'; 1 of 4x5 grey as '" + text("set/2.png") +
                   "', expected one; say what to do with data.resolution = 64 and data.fit = "
                   "\"crop\", \"pad\" or \"stretch\"");
  EXPECT_EQ(open({.picture = {.resolution = 4, .fit = PictureFit::kCrop}})->size(), 3);
}

TEST_F(Pictures, MixedColoursAreRefusedWithWhatToDo) {
  put("1.png", counting_picture(4, 4, 1));
  put("2.png", counting_picture(4, 4, 3));
  expect_error([&] { open(); }, ErrorCode::kInput,
               "[images] pictures differ in size or colour: got 2 kinds, 1 of 4x4 grey as '" +
                   text("set/1.png") + "'; 1 of 4x4 RGB as '" + text("set/2.png") +
                   "', expected one; say what to do with data.channels = \"rgb\" or \"grey\"");
  EXPECT_EQ(open({.picture = {.channels = PictureChannels::kRgb}})->fields()[0].shape,
            (std::vector<std::int64_t>{3, 4, 4}));
}

TEST_F(Pictures, ManyKindsAreToldByTheFirstThree) {
  for (int i = 1; i <= 5; ++i)
    put(std::to_string(i) + ".png", counting_picture(i, 2, i % 2 == 0 ? 3 : 1));
  try {
    open();
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("got 5 kinds, 1 of 1x2 grey as"));
    EXPECT_THAT(error.what(), HasSubstr("; ..., expected one"));
    EXPECT_THAT(error.what(),
                HasSubstr("with data.channels = \"rgb\" or \"grey\" and data.resolution"));
  }
}

TEST_F(Pictures, ABrokenFileIsNamedWhenItIsRead) {
  put("1.png", counting_picture(4, 4, 1));
  put("2.png", counting_picture(4, 4, 1));
  const std::string whole = read_file(at("set/2.png"));
  put_file(at("set/2.png"), whole.substr(0, whole.size() - 20));
  const auto source = open();
  EXPECT_EQ(values_of(*source, 0).size(), 16u);
  try {
    values_of(*source, 1);
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInput);
    EXPECT_THAT(error.what(), HasSubstr("'" + text("set/2.png") + "' "));
  }
}

TEST_F(Pictures, WhatIsNoPictureIsNamedWhenTheSetIsOpened) {
  put("1.png", counting_picture(4, 4, 1));
  put_file(at("set/2.png"), "GIF89a and more");
  expect_error([&] { open(); }, ErrorCode::kInput,
               "[picture] '" + text("set/2.png") +
                   "' is a picture in GIF format: expected PNG, JPEG or binary PGM or PPM; convert "
                   "it to PNG or JPEG");
  put_file(at("set/2.png"), "");
  EXPECT_THROW(open(), Error);
  // Where the policy fixes the shape, only the first is looked at before it is read.
  const ImageFiles all{.picture = {.resolution = 4,
                                   .fit = PictureFit::kCrop,
                                   .channels = PictureChannels::kGrey,
                                   .alpha = PictureAlpha::kWhite}};
  const auto source = open(all);
  EXPECT_EQ(values_of(*source, 0).size(), 16u);
  EXPECT_THROW(values_of(*source, 1), Error);
}

TEST_F(Pictures, AFileThatChangedItsShapeIsRefused) {
  put("1.png", counting_picture(4, 4, 1));
  put("2.png", counting_picture(4, 4, 1));
  const auto source = open();
  codec::Image8 other = counting_picture(3, 3, 1);
  // As long as it was: else the reader finds it cut.
  std::string bytes = codec::encode_png(other);
  bytes.resize(std::max(bytes.size(), read_file(at("set/2.png")).size()));
  put_file(at("set/2.png"), bytes);
  expect_error([&] { values_of(*source, 1); }, ErrorCode::kInput,
               "[images] '" + text("set/2.png") +
                   "': got a picture [1,3,3], expected [1,4,4] as before; was the file changed?");
}

TEST_F(Pictures, AJpegIsSetUprightAsItsExifSays) {
  // Stored 16x8, left half black, right half white; orientation 6: to turn clockwise.
  codec::Image8 stored = codec::make_image(16, 8, 1);
  for (std::size_t i = 0; i < stored.pixels.size(); ++i) stored.pixels[i] = i % 16 < 8 ? 0 : 255;
  const std::string jpeg = codec::encode_jpeg(stored, 95);
  const std::string exif(
      "\xff\xe1\x00\x22"
      "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0",
      36);
  put_file(at("set/1.jpg"), jpeg.substr(0, 2) + exif + jpeg.substr(2));
  const auto source = open();
  EXPECT_EQ(source->fields()[0].shape, (std::vector<std::int64_t>{1, 16, 8}));
  const auto pixels = values_of(*source, 0);
  // The left half is above after the turn; JPEG is exact to a few levels here.
  for (std::size_t i = 0; i < 64; ++i) EXPECT_LE(pixels[i], 3);
  for (std::size_t i = 64; i < 128; ++i) EXPECT_GE(pixels[i], 252);
}

// A grey PNG of 2x2 samples of 16 bits: 0 65535 25700 25829.
constexpr unsigned char kDeepPng[] = {
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44,
    0x52, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x02, 0x10, 0x00, 0x00, 0x00, 0x00, 0x07,
    0x4d, 0x8e, 0xbb, 0x00, 0x00, 0x00, 0x12, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0x60,
    0x60, 0xf8, 0xff, 0x9f, 0x21, 0x25, 0x25, 0xe5, 0x29, 0x00, 0x11, 0x66, 0x04, 0x10, 0xbc,
    0x24, 0x99, 0x7d, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};

TEST_F(Pictures, SixteenBitPngsAreRounded) {
  put_file(at("set/1.png"), {reinterpret_cast<const char*>(kDeepPng), sizeof kDeepPng});
  // v / 257 is 0, 255, 100 and 100.502.
  EXPECT_EQ(values_of(*open(), 0), (std::vector<int>{0, 255, 100, 101}));
}

TEST_F(Pictures, PgmAndPpmAreRead) {
  put_file(at("set/1.pgm"), std::string("P5 2 2 255\n\x01\x02\x03\x04", 15));
  EXPECT_EQ(values_of(*open(), 0), (std::vector<int>{1, 2, 3, 4}));
  fs::remove(at("set/1.pgm"));
  put_file(at("set/1.ppm"), std::string("P6 2 1 255\n\x01\x02\x03\x04\x05\x06", 17));
  EXPECT_EQ(values_of(*open(), 0), (std::vector<int>{1, 4, 2, 5, 3, 6}));
}

TEST_F(Pictures, TheContentDecidesWhatTheNameSaysOtherwise) {
  put("1.jpg", counting_picture(2, 2, 1, 7));
  EXPECT_EQ(values_of(*open(), 0), (std::vector<int>{7, 8, 9, 10}));
}

TEST_F(Pictures, ThreadsReadEqualBytes) {
  for (int i = 0; i < 24; ++i) {
    put("c" + std::to_string(i % 3) + "/" + std::to_string(i) + ".png",
        counting_picture(9, 7, 3, 11 * i));
  }
  pack("set.zip", codec::ZipMethod::kDeflated);
  for (const std::string name : {"set", "set.zip"}) {
    const auto source =
        open({.picture = {.resolution = 6, .fit = PictureFit::kPad}}, Split::kTrain, name);
    const auto indices = all_indices(*source);
    const auto expected = read_bytes(*source, indices);
    std::vector<std::vector<std::vector<std::byte>>> got(4);
    std::vector<std::thread> threads;
    for (auto& one : got) threads.emplace_back([&] { one = read_bytes(*source, indices); });
    for (auto& thread : threads) thread.join();
    for (const auto& one : got) EXPECT_EQ(one, expected) << name;
  }
}

TEST_F(Pictures, NotesSayWhatIsDoneToThem) {
  put("1.png", counting_picture(6, 4, 1));
  const auto source = open({.picture = {.resolution = 2,
                                        .fit = PictureFit::kPad,
                                        .filter = codec::Filter::kBicubic,
                                        .channels = PictureChannels::kRgb,
                                        .alpha = PictureAlpha::kBlack,
                                        .part = PicturePart::kRight}});
  EXPECT_THAT(source->notes(),
              ElementsAre("pictures of another size: pad to 2x2, bicubic",
                          "pictures of other channels: to rgb",
                          "transparent pictures: laid on black", "of each picture the right half"));
  EXPECT_THAT(open()->notes(), ElementsAre());
}

TEST_F(Pictures, TheFingerprintTellsDataPolicySplitAndLabels) {
  put_dot(at("set/cat/1.png"), 10);
  put_dot(at("set/cat/2.png"), 20);
  put_dot(at("set/dog/3.png"), 30);
  const std::string plain = open()->fingerprint();
  EXPECT_EQ(open()->fingerprint(), plain);
  fs::copy(at("set"), at("copy"), fs::copy_options::recursive);
  EXPECT_EQ(open({}, Split::kTrain, "copy")->fingerprint(), plain);
  EXPECT_NE(open({.picture = {.resolution = 1, .fit = PictureFit::kCrop}})->fingerprint(), plain);
  EXPECT_NE(open({.labels = LabelSource::kNone})->fingerprint(), plain);
  const ImageFiles held{.holdout = {.test_last = 1}};
  EXPECT_NE(open(held, Split::kTrain)->fingerprint(), open(held, Split::kTest)->fingerprint());
  const auto with_labels = [&](const std::string& json) {
    put_file(at("set/dataset.json"), json);
    return open()->fingerprint();
  };
  EXPECT_NE(with_labels(R"({"labels": [["cat/1.png", 0], ["cat/2.png", 1], ["dog/3.png", 1]]})"),
            with_labels(R"({"labels": [["cat/1.png", 1], ["cat/2.png", 0], ["dog/3.png", 1]]})"));
  put_dot(at("copy/cat/1.png"), 11);
  EXPECT_NE(open({}, Split::kTrain, "copy")->fingerprint(), plain);
}

TEST_F(Pictures, NoPathIsWrongUse) {
  expect_error([] { make_source(ImageFiles{}, Split::kTrain, ""); }, ErrorCode::kUsage,
               "[images] no data given: expected a folder or a ZIP archive of PNG, JPEG, PGM or "
               "PPM files; try --data FOLDER");
}

TEST(RealPictures, FacadesHaveTheirSplitsAndHalves) {
  const fs::path folder = fs::path(saddle::test::kSharedDirectory) / "data" / "facades";
  if (!fs::exists(folder)) GTEST_SKIP() << "no facades in " << folder;
  const auto train = make_source(ImageFiles{}, Split::kTrain, folder.string());
  EXPECT_EQ(train->size(), 400);
  EXPECT_EQ(train->classes(), 0);
  EXPECT_EQ(train->fields()[0].shape, (std::vector<std::int64_t>{3, 256, 512}));
  EXPECT_EQ(make_source(ImageFiles{}, Split::kTest, folder.string())->size(), 106);
  const ImageFiles left{.picture = {.part = PicturePart::kLeft}};
  const ImageFiles right{.picture = {.part = PicturePart::kRight}};
  const auto photo = values_of(*make_source(left, Split::kTrain, folder.string()), 5);
  const auto map = values_of(*make_source(right, Split::kTrain, folder.string()), 5);
  const auto both = values_of(*train, 5);
  ASSERT_EQ(photo.size() + map.size(), both.size());
  // Row 100 of the green plane: 256 of the photo, then 256 of the map.
  const std::size_t row = 256 + 100;
  for (std::size_t x = 0; x < 256; ++x) {
    ASSERT_EQ(photo[row * 256 + x], both[row * 512 + x]);
    ASSERT_EQ(map[row * 256 + x], both[row * 512 + 256 + x]);
  }
}

TEST(RealPictures, OfManySizesAreRefusedUntilTheyAreFitted) {
  const fs::path folder = fs::path(saddle::test::kSharedDirectory) / "data" / "sr" / "yang91";
  if (!fs::exists(folder)) GTEST_SKIP() << "no pictures in " << folder;
  EXPECT_THROW(make_source(ImageFiles{}, Split::kTrain, folder.string()), Error);
  const ImageFiles fitted{.picture = {.resolution = 64, .fit = PictureFit::kCrop}};
  const auto source = make_source(fitted, Split::kTrain, folder.string());
  EXPECT_EQ(source->size(), 91);
  EXPECT_EQ(source->fields()[0].shape, (std::vector<std::int64_t>{3, 64, 64}));
}

}  // namespace

}  // namespace saddle::data
