// Sets written as folders of pictures and points, and read again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <stdexcept>

#include "saddle/codec/png.h"
#include "saddle/data/sources.h"
#include "saddle/data/write_set.h"
#include "sets.h"
#include "tests/base/temporary.h"

namespace saddle::data {

namespace {

namespace fs = std::filesystem;
using codec::ElementType;
using test::expect_error;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Grey dots of 1x1 pixels with these labels.
MadeSource labelled_dots(const std::vector<std::int64_t>& labels, std::int64_t classes,
                         std::vector<std::string> names = {}) {
  std::vector<std::uint8_t> dots(labels.size());
  std::iota(dots.begin(), dots.end(), std::uint8_t{100});
  MadeSource source(static_cast<std::int64_t>(labels.size()), classes, std::move(names));
  source.add("x", ElementType::kU8, {1, 1, 1}, dots);
  source.add("label", ElementType::kI64, {}, labels);
  return source;
}

class WriteFolder : public testing::Test {
 protected:
  fs::path at(const std::string& name) const { return directory_ / name; }
  std::string text(const std::string& name) const { return at(name).string(); }
  void write(const Source& source, const WriteProgress& progress = {}) const {
    const SetPart part{&source, "train", source.size()};
    write_folder_set(at("set"), {&part, 1}, progress);
  }
  std::shared_ptr<Source> read(Split split = Split::kTrain) const {
    return open_source(ImageFiles{}, split, text("set"));
  }

  test::TemporaryDirectory directory_;
};

TEST_F(WriteFolder, PicturesHaveTheirPixels) {
  std::vector<std::uint8_t> pixels(2 * 3 * 2 * 2);
  std::iota(pixels.begin(), pixels.end(), std::uint8_t{0});
  MadeSource source(2);
  source.add("x", ElementType::kU8, {3, 2, 2}, pixels);
  write(source);
  EXPECT_THAT(names_in(at("set")), ElementsAre("0.png", "1.png"));
  const codec::Image8 picture = codec::decode_png(read_file(at("set/1.png")), "1.png");
  EXPECT_EQ(picture.width, 2);
  EXPECT_EQ(picture.height, 2);
  EXPECT_EQ(picture.channels, 3);
  EXPECT_EQ(picture.pixels,
            (std::vector<std::uint8_t>{12, 16, 20, 13, 17, 21, 14, 18, 22, 15, 19, 23}));
  EXPECT_EQ(read_bytes(*read(), all_indices(source)), read_bytes(source, all_indices(source)));
}

TEST_F(WriteFolder, NamesSortAsTheSamplesDo) {
  write(labelled_dots(std::vector<std::int64_t>(101), 1));
  const auto names = names_in(at("set/0"));
  ASSERT_EQ(names.size(), 101u);
  EXPECT_EQ(names[2], "002.png");
  EXPECT_EQ(names[100], "100.png");
}

TEST_F(WriteFolder, ClassesAreFoldersWithTheirNames) {
  const MadeSource source = labelled_dots({1, 0, 1, 2}, 3, {"cat", "dog", "emu"});
  write(source);
  EXPECT_THAT(names_in(at("set")), ElementsAre("cat", "dog", "emu"));
  EXPECT_THAT(names_in(at("set/dog")), ElementsAre("0.png", "2.png"));
  EXPECT_THAT(read()->class_names(), ElementsAre("cat", "dog", "emu"));
  EXPECT_EQ(dots_of(*read()), (std::vector<int>{101, 100, 102, 103}));
  EXPECT_EQ(all_labels(*read()), (std::vector<std::int64_t>{0, 1, 1, 2}));
}

TEST_F(WriteFolder, AClassWithoutSamplesKeepsTheOthersLabels) {
  write(labelled_dots({2, 0}, 3, {"cat", "dog", "emu"}));
  EXPECT_THAT(names_in(at("set")), ElementsAre("cat", "dog", "emu"));
  EXPECT_THAT(names_in(at("set/dog")), IsEmpty());
}

TEST_F(WriteFolder, NamesThatSortOtherwiseGetNumbers) {
  write(labelled_dots({0, 1, 2}, 3, {"zebra", "cat", "dog"}));
  EXPECT_THAT(names_in(at("set")), ElementsAre("0-zebra", "1-cat", "2-dog"));
  EXPECT_EQ(all_labels(*read()), (std::vector<std::int64_t>{0, 1, 2}));
}

TEST_F(WriteFolder, ElevenClassesWithoutNamesSortAsNumbers) {
  std::vector<std::int64_t> labels(11);
  std::iota(labels.begin(), labels.end(), 0);
  write(labelled_dots(labels, 11));
  EXPECT_EQ(names_in(at("set"))[10], "10");
  EXPECT_EQ(names_in(at("set"))[2], "02");
  EXPECT_EQ(all_labels(*read()), labels);
  EXPECT_EQ(dots_of(*read())[10], 110);
}

TEST_F(WriteFolder, NamesNeverLeadOutOfTheFolder) {
  for (const std::string name : {"..", "../out", "/etc", "a/b", "a\\b", ".hidden", ""}) {
    write(labelled_dots({0, 1}, 2, {"a", name}));
    EXPECT_THAT(names_in(at("set")), ElementsAre("0", "1")) << name;
    EXPECT_THAT(names_in(directory_.path()), ElementsAre("set")) << name;
    fs::remove_all(at("set"));
  }
}

TEST_F(WriteFolder, SplitsAreFoldersThatAreReadAsSplits) {
  const MadeSource train = labelled_dots({0, 1, 1}, 2, {"cat", "dog"});
  const MadeSource test = labelled_dots({1, 0}, 2, {"cat", "dog"});
  const SetPart parts[] = {{&train, "train", 2}, {&test, "test", 2}};
  write_folder_set(at("set"), parts);
  EXPECT_THAT(names_in(at("set")), ElementsAre("test", "train"));
  EXPECT_EQ(all_labels(*read()), (std::vector<std::int64_t>{0, 1}));
  EXPECT_EQ(dots_of(*read(Split::kTest)), (std::vector<int>{101, 100}));
}

TEST_F(WriteFolder, PointsAreATable) {
  MadeSource source(2, 5);
  source.add<float>("x", ElementType::kF32, {2}, {0.5F, -1, 3, 0.25F});
  write(source.add<std::int64_t>("label", ElementType::kI64, {}, {4, 0}));
  EXPECT_EQ(read_file(at("set/points.csv")), "x,y,label\n0.5,-1,4\n3,0.25,0\n");
  fs::remove_all(at("set"));
  write(MadeSource(1).add<float>("x", ElementType::kF32, {3}, {1, 2, 3}));
  EXPECT_EQ(read_file(at("set/points.csv")), "x0,x1,x2\n1,2,3\n");
}

TEST_F(WriteFolder, ProgressEndsWithAllSamples) {
  std::vector<std::int64_t> seen;
  write(labelled_dots(std::vector<std::int64_t>(130), 1),
        [&](std::int64_t done, std::int64_t total) {
          EXPECT_EQ(total, 130);
          seen.push_back(done);
        });
  EXPECT_EQ(seen, (std::vector<std::int64_t>{64, 128, 130}));
}

TEST_F(WriteFolder, AnInterruptedWriteLeavesNothing) {
  EXPECT_THROW(write(labelled_dots(std::vector<std::int64_t>(130), 1),
                     [](std::int64_t, std::int64_t) { throw Stopped(); }),
               Stopped);
  EXPECT_THAT(names_in(directory_.path()), IsEmpty());
}

TEST_F(WriteFolder, WhatADeadProcessOfTheSameNumberLeftIsNotTakenIn) {
  put_file(at(".tmp-" + std::to_string(::getpid()) + "-set") / "left.png", "x");
  write(labelled_dots({0}, 1));
  EXPECT_THAT(names_in(at("set")), ElementsAre("0"));
  EXPECT_THAT(names_in(directory_.path()), ElementsAre("set"));
}

TEST_F(WriteFolder, WhatIsThereIsNotReplaced) {
  const MadeSource source = labelled_dots({0}, 1);
  const std::string message = "[data] '" + text("set") +
                              "' is there already: expected the name of a new folder; try another";
  fs::create_directory(at("set"));
  expect_error([&] { write(source); }, ErrorCode::kUsage, message);
  fs::remove(at("set"));
  put_file(at("set"), "a file");
  expect_error([&] { write(source); }, ErrorCode::kUsage, message);
  fs::remove(at("set"));
  fs::create_symlink(at("nowhere"), at("set"));
  expect_error([&] { write(source); }, ErrorCode::kUsage, message);
}

TEST_F(WriteFolder, WhatIsNeitherPictureNorPointIsRefused) {
  const auto refused = [&](const Source& source, const std::string& samples) {
    expect_error([&] { write(source); }, ErrorCode::kUsage,
                 "[data] samples " + samples +
                     " cannot be a folder of files: expected images u8 [1,H,W] or [3,H,W] or "
                     "points f32 [D]; choose a packed set (.saddle) or .npy");
    EXPECT_THAT(names_in(directory_.path()), IsEmpty());
  };
  refused(MadeSource(1).add<std::uint8_t>("x", ElementType::kU8, {2, 1, 1}, {1, 2}), "u8 [2,1,1]");
  refused(MadeSource(1).add<float>("x", ElementType::kF32, {1, 1, 1}, {1}), "f32 [1,1,1]");
  refused(MadeSource(1).add<std::int16_t>("x", ElementType::kI16, {2}, {1, 2}), "i16 [2]");
}

}  // namespace

}  // namespace saddle::data
