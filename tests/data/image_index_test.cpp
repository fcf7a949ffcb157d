#include "saddle/data/image_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "saddle/codec/zip.h"
#include "sets.h"
#include "tests/base/temporary.h"

namespace saddle::data {

namespace {

namespace fs = std::filesystem;
using test::expect_error;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Labels = std::vector<std::int64_t>;

/// No picture is opened, so files need no content.
class Index : public testing::Test {
 protected:
  void put(const std::vector<std::string>& names) {
    for (const std::string& name : names) put_file(directory_ / ("set/" + name), "");
  }
  std::unique_ptr<FileTree> tree() const { return open_file_tree((directory_ / "set").string()); }
  ImageIndex index(Split split = Split::kTrain, const ImageFiles& files = {}) const {
    return index_images(*tree(), files, split);
  }
  /// The names of the pictures of a split, in order.
  std::vector<std::string> pictures(Split split = Split::kTrain,
                                    const ImageFiles& files = {}) const {
    std::vector<std::string> names;
    const auto all = tree();
    for (const std::size_t i : index_images(*all, files, split).files) {
      names.push_back(all->files()[i].name);
    }
    return names;
  }
  std::string where() const { return "folder '" + (directory_ / "set").string() + "'"; }

  test::TemporaryDirectory directory_;
};

TEST_F(Index, PicturesAreToldByTheirEndingInAnyCase) {
  for (const char* name :
       {"a.png", "a.PNG", "b/c.JpEg", "x.jpg", "x.pgm", "x.ppm", "x.pnm", ".jpg"}) {
    EXPECT_TRUE(is_picture_name(name)) << name;
  }
  for (const char* name : {"png", "a.gif", "a.png.txt", "a.jpg~", "", "a.webp"}) {
    EXPECT_FALSE(is_picture_name(name)) << name;
  }
}

TEST_F(Index, AFlatFolderHasNoLabelsAndIsSortedByName) {
  put({"10.png", "2.png", "b.JPG", "notes.txt", "old.gif"});
  const ImageIndex found = index();
  EXPECT_THAT(pictures(), ElementsAre("10.png", "2.png", "b.JPG"));
  EXPECT_EQ(found.classes, 0);
  EXPECT_THAT(found.labels, IsEmpty());
  EXPECT_THAT(found.class_names, IsEmpty());
  EXPECT_THAT(found.notes, ElementsAre("left out: 2 files not named .png, .jpg, .jpeg, .pgm or "
                                       ".ppm, as 'notes.txt'"));
}

TEST_F(Index, SubFoldersAreClassesInTheOrderOfTheirNames) {
  put({"dog/1.png", "cat/tabby/1.png", "cat/2.png", "emu/1.png"});
  const ImageIndex found = index();
  EXPECT_THAT(found.class_names, ElementsAre("cat", "dog", "emu"));
  EXPECT_THAT(pictures(), ElementsAre("cat/2.png", "cat/tabby/1.png", "dog/1.png", "emu/1.png"));
  EXPECT_EQ(found.labels, (Labels{0, 0, 1, 2}));
  EXPECT_EQ(found.classes, 3);
  EXPECT_THAT(found.notes, ElementsAre("labels: 3 sub-folders, cat, dog, emu"));
}

TEST_F(Index, FoldersNamedByNumbersCountAsNumbers) {
  put({"10/1.png", "9/1.png", "1/1.png", "02/1.png"});
  EXPECT_THAT(index().class_names, ElementsAre("1", "02", "9", "10"));
  put({"x/1.png"});
  EXPECT_THAT(index().class_names, ElementsAre("02", "1", "10", "9", "x"));
}

TEST_F(Index, ManyClassesAreNotedByTheFirstTen) {
  std::vector<std::string> names;
  for (int i = 0; i < 12; ++i) names.push_back("c" + std::to_string(10 + i) + "/1.png");
  put(names);
  EXPECT_THAT(index().notes, ElementsAre("labels: 12 sub-folders, c10, c11, c12, c13, c14, c15, "
                                         "c16, c17, c18, c19, ..."));
}

TEST_F(Index, OneClassFolderIsNoLabelUnlessFoldersAreAskedFor) {
  put({"cat/1.png", "cat/2.png"});
  EXPECT_EQ(index().classes, 0);
  const ImageIndex found = index(Split::kTrain, {.labels = LabelSource::kFolders});
  EXPECT_EQ(found.classes, 1);
  EXPECT_EQ(found.labels, (Labels{0, 0}));
  EXPECT_THAT(found.class_names, ElementsAre("cat"));
}

TEST_F(Index, LabelsAreNoneWhereAskedFor) {
  put({"cat/1.png", "dog/1.png"});
  EXPECT_EQ(index(Split::kTrain, {.labels = LabelSource::kNone}).classes, 0);
}

TEST_F(Index, PicturesBesideFoldersLeaveTheSetWithoutLabelsOrAreRefused) {
  put({"cat/1.png", "dog/1.png", "stray.png"});
  EXPECT_EQ(index().classes, 0);
  EXPECT_EQ(index().files.size(), 3u);
  expect_error([&] { index(Split::kTrain, {.labels = LabelSource::kFolders}); }, ErrorCode::kInput,
               "[images] " + where() +
                   ": data.labels = \"folders\", but some pictures lie in no class folder; move "
                   "them, or set data.labels = \"none\"");
}

TEST_F(Index, TrainAndTestFoldersAreSplitsInAnyCase) {
  put({"Train/1.png", "Train/2.png", "TEST/3.png"});
  EXPECT_THAT(pictures(), ElementsAre("Train/1.png", "Train/2.png"));
  EXPECT_THAT(pictures(Split::kTest), ElementsAre("TEST/3.png"));
  EXPECT_THAT(index().notes, ElementsAre("pictures: those of folder 'Train/'"));
  EXPECT_EQ(split_folder(*tree(), Split::kTrain), "Train");
  EXPECT_EQ(split_folder(*tree(), Split::kTest), "TEST");
  // What is held out does not apply where there is a test set.
  EXPECT_EQ(index(Split::kTrain, {.holdout = {.test_every = 2}}).files.size(), 2u);
}

TEST_F(Index, EverySplitNameIsKnown) {
  for (const char* train : {"train", "training"}) {
    for (const char* test : {"test", "testing", "val", "valid", "validation"}) {
      fs::remove_all(directory_ / "set");
      put({std::string(train) + "/1.png", std::string(test) + "/2.png"});
      EXPECT_EQ(index().files.size(), 1u) << train;
      EXPECT_THAT(pictures(Split::kTest), ElementsAre(std::string(test) + "/2.png"));
    }
  }
}

TEST_F(Index, AValidationFolderBesideATestFolderIsLeftOutAndNoted) {
  put({"train/1.png", "val/2.png", "val/3.png", "test/4.png"});
  EXPECT_THAT(pictures(), ElementsAre("train/1.png"));
  EXPECT_THAT(pictures(Split::kTest), ElementsAre("test/4.png"));
  EXPECT_THAT(index().notes,
              ElementsAre("pictures: those of folder 'train/'",
                          "left out: 2 pictures outside train/ and test/, as those of val/"));
}

TEST_F(Index, ATrainFolderAloneIsTheSetAndCanBeHeldOutFrom) {
  put({"train/1.png", "train/2.png"});
  EXPECT_EQ(index().files.size(), 2u);
  EXPECT_THROW(index(Split::kTest), MissingSplit);
  const ImageFiles held{.holdout = {.test_last = 1}};
  EXPECT_THAT(pictures(Split::kTrain, held), ElementsAre("train/1.png"));
  EXPECT_THAT(pictures(Split::kTest, held), ElementsAre("train/2.png"));
}

TEST_F(Index, TrainIsAClassWhereOtherFoldersAreNoSplits) {
  put({"bus/1.png", "train/1.png", "test/1.png"});
  EXPECT_THAT(index().class_names, ElementsAre("bus", "test", "train"));
  EXPECT_EQ(split_folder(*tree(), Split::kTrain), std::nullopt);
}

TEST_F(Index, TwoTrainFoldersOfDifferentCaseAreNoSplits) {
  put({"Train/1.png", "train/2.png", "test/3.png"});
  EXPECT_EQ(index().files.size(), 3u);
}

TEST_F(Index, PicturesBesideTheSplitsAreLeftOutAndNoted) {
  put({"train/1.png", "test/2.png", "preview.png"});
  EXPECT_THAT(pictures(), ElementsAre("train/1.png"));
  EXPECT_THAT(index().notes, ElementsAre("pictures: those of folder 'train/'",
                                         "left out: 1 picture outside train/ and test/"));
}

TEST_F(Index, AClassHasTheSameNumberInBothSplits) {
  put({"train/cat/1.png", "train/dog/1.png", "train/emu/1.png", "test/dog/2.png",
       "test/fox/2.png"});
  const ImageIndex train = index(), test = index(Split::kTest);
  EXPECT_EQ(train.labels, (Labels{0, 1, 2}));
  EXPECT_EQ(test.labels, (Labels{1, 3}));
  EXPECT_THAT(train.class_names, ElementsAre("cat", "dog", "emu", "fox"));
  EXPECT_EQ(train.class_names, test.class_names);
  EXPECT_EQ(train.classes, test.classes);
}

TEST_F(Index, ATestSetOfOneClassKeepsItsLabels) {
  put({"train/cat/1.png", "train/dog/1.png", "test/dog/2.png"});
  EXPECT_EQ(index(Split::kTest).labels, (Labels{1}));
}

TEST_F(Index, AFolderAroundItAllIsLookedThrough) {
  put({"photos/2024/cat/1.png", "photos/2024/dog/1.png"});
  EXPECT_THAT(index().class_names, ElementsAre("cat", "dog"));
  fs::remove_all(directory_ / "set");
  put({"photos/train/1.png", "photos/test/2.png"});
  EXPECT_THAT(pictures(), ElementsAre("photos/train/1.png"));
  EXPECT_EQ(split_folder(*tree(), Split::kTest), "photos/test");
  fs::remove_all(directory_ / "set");
  put({"photos/1.png", "photos/2.png"});
  EXPECT_THAT(pictures(), ElementsAre("photos/1.png", "photos/2.png"));
  EXPECT_EQ(index().classes, 0);
}

TEST_F(Index, HeldOutPicturesKeepTheirLabelsAndAreNoted) {
  put({"cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png"});
  const ImageFiles held{.holdout = {.test_every = 2}};
  EXPECT_EQ(index(Split::kTrain, held).labels, (Labels{0, 1}));
  EXPECT_THAT(pictures(Split::kTest, held), ElementsAre("cat/2.png", "dog/2.png"));
  EXPECT_EQ(index(Split::kTest, held).labels, (Labels{0, 1}));
  EXPECT_THAT(
      index(Split::kTrain, held).notes,
      ElementsAre("labels: 2 sub-folders, cat, dog", "held out for testing: 2 of 4 pictures"));
}

TEST_F(Index, NoPictureIsRefused) {
  put({"a.txt", "b.gif"});
  expect_error([&] { index(); }, ErrorCode::kInput,
               "[images] " + where() +
                   ": no picture among 2 files, expected .png, .jpg, .jpeg, .pgm or .ppm; `saddle "
                   "data inspect` says what lies there");
}

/// A set with a dataset.json.
class IndexFile : public Index {
 protected:
  ImageIndex labelled(const std::string& json) {
    put({"00000/a.png", "00000/b.png", "00001/c.png"});
    put_file(directory_ / "set/dataset.json", json);
    return index();
  }
  void expect_wrong(const std::string& json, const std::string& text) {
    expect_error([&] { labelled(json); }, ErrorCode::kInput,
                 "[images] dataset.json of " + where() + text);
  }
};

TEST_F(IndexFile, GivesTheLabels) {
  const ImageIndex found =
      labelled(R"({"labels": [["00001/c.png", 4], ["00000/a.png", 1], ["00000/b.png", 0]]})");
  EXPECT_EQ(found.labels, (Labels{1, 0, 4}));
  EXPECT_EQ(found.classes, 5);
  EXPECT_THAT(found.class_names, IsEmpty());
  EXPECT_THAT(found.notes, ElementsAre("labels: those of dataset.json"));
  EXPECT_EQ(index(Split::kTrain, {.labels = LabelSource::kNone}).classes, 0);
  EXPECT_THAT(index(Split::kTrain, {.labels = LabelSource::kFolders}).class_names,
              ElementsAre("00000", "00001"));
}

TEST_F(IndexFile, NullMeansNoLabels) {
  EXPECT_EQ(labelled(R"({"labels": null})").classes, 0);
}

TEST_F(IndexFile, WithoutLabelsIsLeftAside) {
  EXPECT_THAT(labelled(R"({"name": "mine"})").class_names, ElementsAre("00000", "00001"));
}

TEST_F(IndexFile, LabelsOfFilesThatAreNotThereAreNoted) {
  const ImageIndex found = labelled(
      R"({"labels": [["00001/c.png", 0], ["00000/a.png", 1], ["00000/b.png", 0], ["x.png", 7]]})");
  EXPECT_EQ(found.classes, 8);
  EXPECT_THAT(found.notes, ElementsAre("labels: those of dataset.json",
                                       "dataset.json has labels of 1 files that are not there"));
}

TEST_F(IndexFile, ThatIsWrongIsRefusedAndSaysWhere) {
  expect_wrong(R"({"labels": [["00001/c.png", 0], ["00000/a.png", 1]]})",
               ": no label for '00000/b.png', expected one for each picture; leave labels out with "
               "data.labels = \"none\"");
  expect_wrong(R"({"labels": [["00001/c.png", 0], ["00001/c.png", 0]]})",
               " 'labels[1]': this file has a label twice");
  expect_wrong(R"({"labels": [["00001/c.png", -1]]})",
               " 'labels[0]': got the label -1, expected 0 to 999999");
  expect_wrong(R"({"labels": [["00001/c.png", 1000000]]})",
               " 'labels[0]': got the label 1000000, expected 0 to 999999");
  expect_wrong(R"({"labels": [["00001/c.png"]]})", " 'labels[0]': expected [\"file\", label]");
  expect_wrong(R"([1, 2])",
               ": expected an object with \"labels\"; set data.labels = \"none\" or \"folders\" to "
               "do without this file");
  for (const char* json :
       {"", "{", R"({"labels": 3})", R"({"labels": [3]})", R"({"labels": [[3, "a"]]})",
        R"({"labels": [["00001/c.png", [0.5, 1]]]})", R"({"labels": [["00001/c.png", 1.5]]})",
        "{\"labels\": [[\"\xff\", 0]]}"}) {
    EXPECT_THROW(labelled(json), Error) << json;
  }
}

TEST_F(IndexFile, MayLieInTheFolderThatAnArchiveHolds) {
  const std::vector<codec::ZipInput> files = {
      {"set/dataset.json", R"({"labels": [["a/1.png", 1], ["b/2.png", 0]]})"},
      {"set/a/1.png", ""},
      {"set/b/2.png", ""}};
  codec::write_zip(directory_ / "set.zip", files, codec::ZipMethod::kStored);
  const auto archive = open_file_tree((directory_ / "set.zip").string());
  EXPECT_EQ(index_images(*archive, {}, Split::kTrain).labels, (Labels{1, 0}));
}

}  // namespace

}  // namespace saddle::data
