// Sets that people really have. Counts and moments are those of the data's own description, or were
// computed with NumPy 2.4 from the decoded files, PNG decoded by a reader of its own.
#include <gtest/gtest.h>

#include <filesystem>

#include "inspect_sets.h"
#include "saddle/data/inspect.h"
#include "tests/paths.h"

namespace saddle::data {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

class InspectRealSets : public testing::Test {
 protected:
  /// Skips the test where the set is absent.
  void find(const std::string& set) {
    path_ = std::string(saddle::test::kSharedDirectory) + "/data/" + set;
    if (!std::filesystem::exists(path_)) GTEST_SKIP() << "no data at " << path_;
  }
  std::string path_;
};

/// Values of a channel to the digits that are known of them.
void expect_moments(const ChannelValues& channel, double mean, double std) {
  constexpr double kDigits = 1e-6;
  EXPECT_NEAR(channel.mean, mean, kDigits);
  EXPECT_NEAR(channel.std, std, kDigits);
}

TEST_F(InspectRealSets, BrainImagesOfTestAreCopiesOfTrainingImages) {
  find("brain_mri");
  if (IsSkipped()) return;
  const Inspection in = inspect(path_);
  ASSERT_EQ(in.splits.size(), 2U);
  EXPECT_EQ(in.splits[0].samples, 2713);
  EXPECT_EQ(in.splits[1].samples, 314);
  EXPECT_EQ(in.splits[0].class_counts, (std::vector<std::int64_t>{271, 818, 814, 810}));
  EXPECT_EQ(in.splits[1].class_counts, (std::vector<std::int64_t>{81, 84, 113, 36}));
  expect_moments(in.splits[0].channels.at(0), 0.177307, 0.180197);
  expect_moments(in.splits[1].channels.at(0), 0.251159, 0.237151);
  EXPECT_EQ(in.splits[0].copies.samples, 1);
  EXPECT_EQ(in.splits[0].copies.largest.at(0).names, (std::vector<std::string>{"170", "396"}));
  EXPECT_EQ(in.overlaps.at(0).samples, 156);
  EXPECT_EQ(Pairs(in.overlaps[0].first.begin(), in.overlaps[0].first.begin() + 3),
            (Pairs{{"0", "1990"}, {"2", "111"}, {"3", "2019"}}));
  EXPECT_EQ(finding(in, "156 of the 314 images of test are copies").severity, Severity::kBad);
  EXPECT_TRUE(in.usable());
}

TEST_F(InspectRealSets, BrainImagesGivenAsTwoPathsOverlapToo) {
  find("brain_mri");
  if (IsSkipped()) return;
  const Inspection in =
      inspect(path_ + "/train-images-idx3-ubyte.gz", path_ + "/t10k-images-idx3-ubyte.gz");
  EXPECT_EQ(in.overlaps.back().of, path_ + "/t10k-images-idx3-ubyte.gz");
  EXPECT_EQ(in.overlaps.back().samples, 156);
  EXPECT_EQ(in.overlaps.back().total, 314);
}

TEST_F(InspectRealSets, MnistHasNothingToComplainOf) {
  find("mnist");
  if (IsSkipped()) return;
  const Inspection in = inspect(path_);
  EXPECT_EQ(in.splits.at(0).samples, 60000);
  EXPECT_EQ(in.splits[0].class_counts, (std::vector<std::int64_t>{5923, 6742, 5958, 6131, 5842,
                                                                  5421, 5918, 6265, 5851, 5949}));
  expect_moments(in.splits[0].channels.at(0), 0.130660, 0.308108);
  EXPECT_EQ(in.splits[0].copies.samples, 0);
  EXPECT_EQ(in.overlaps.at(0).samples, 0);
  EXPECT_TRUE(in.findings.empty()) << all_findings(in);
  EXPECT_EQ(in.command, "saddle train mnist --data " + path_);
}

TEST_F(InspectRealSets, CifarPartHasItsMomentsAndClasses) {
  find("cifar10");
  if (IsSkipped()) return;
  const Inspection in = inspect(path_);
  EXPECT_EQ(in.splits.at(0).class_counts,
            (std::vector<std::int64_t>{396, 366, 420, 384, 422, 393, 414, 385, 407, 413}));
  ASSERT_EQ(in.splits[0].channels.size(), 3U);
  expect_moments(in.splits[0].channels[0], 0.49159668, 0.24711378);
  expect_moments(in.splits[0].channels[1], 0.48175928, 0.24397223);
  expect_moments(in.splits[0].channels[2], 0.4446567, 0.26250026);
  EXPECT_EQ(in.splits[0].copies.samples, 0);
  EXPECT_EQ(in.pictures.bars + in.pictures.doubled + in.pictures.plain, 0);
}

TEST_F(InspectRealSets, FacadesArePairsSideBySide) {
  find("facades");
  if (IsSkipped()) return;
  const Inspection in = inspect(path_);
  EXPECT_EQ(in.splits.at(0).samples, 400);
  EXPECT_EQ(in.splits.at(1).samples, 106);
  EXPECT_TRUE(in.pictures.side_by_side);
  EXPECT_EQ(in.command, "saddle train folder-64 --data " + path_ + " --set data.part=left");
}

TEST_F(InspectRealSets, MembraneFoldersArePairsOfTheSameNames) {
  find("membrane_em");
  if (IsSkipped()) return;
  const Inspection in = inspect(path_);
  EXPECT_EQ(in.pictures.pair_folders, (std::vector<std::string>{"image", "label"}));
  EXPECT_FALSE(in.pictures.side_by_side);
  const Inspection images = inspect(path_ + "/image"), labels = inspect(path_ + "/label");
  expect_moments(images.splits.at(0).channels.at(0), 0.49475772, 0.17263508);
  expect_moments(labels.splits.at(0).channels.at(0), 0.7803688, 0.41399678);
}

TEST_F(InspectRealSets, PhotosOfManySizesHaveOneCopy) {
  find("sr/yang91");
  if (IsSkipped()) return;
  const Inspection in = inspect(path_);
  EXPECT_EQ(in.splits.at(0).samples, 91);
  EXPECT_EQ(in.splits[0].shapes.size(), 90U);
  expect_moments(in.splits[0].channels.at(0), 0.56587446, 0.26387571);
  expect_moments(in.splits[0].channels.at(2), 0.3170611, 0.26809552);
  EXPECT_EQ(in.splits[0].copies.largest.at(0).names,
            (std::vector<std::string>{"t36.png", "t65.png"}));
}

TEST_F(InspectRealSets, FilmsAreStripsOfFrames) {
  find("video/actions");
  if (IsSkipped()) return;
  const Inspection in = inspect(path_);
  EXPECT_TRUE(in.pictures.strips);
  EXPECT_EQ(in.command, "");
  ASSERT_TRUE(contact_sheet(in));
}

TEST_F(InspectRealSets, WhatIsNoSetOfPicturesIsNamed) {
  find("");
  if (IsSkipped()) return;
  const std::pair<const char*, const char*> expected[] = {
      {"voxels", "folder with 1 binary file"},
      {"voxels/chair_32_packed.bin", "binary file of 3,645,440 bytes, of no known format"},
      {"fsdd", "folder with 3,000 WAV recordings (mono, 8,000 Hz, 16 bit; 21 minutes in all)"},
      {"adult/adult.csv", "CSV table of 32,562 lines and 15 columns"},
      {"timeseries/ETTh1.csv", "CSV table of 17,421 lines and 8 columns"},
      {"text/names.txt", "text of 32,033 lines"},
      {"molecules/qm9_5k.smi", "list of SMILES of 4,989 lines"},
      {"protein", "folder with 2 gzipped FASTA files of sequences"},
      {"video/shapes_png.tar.gz", "gzipped tar archive of 3,479,394 bytes"},
      {"seqgan_oracle", "folder with 1 binary file, 1 text"},
      {"sr/set5/img_001.png", "PNG picture of 371,264 bytes"}};
  for (const auto& [name, title] : expected) {
    if (!std::filesystem::exists(path_ + name)) continue;
    const Inspection in = inspect(path_ + name);
    EXPECT_EQ(in.title, title) << name;
    EXPECT_EQ(in.kind, "none") << name;
    EXPECT_FALSE(in.usable()) << name;
    EXPECT_NE(in.findings.at(0).advice, "") << name;
    EXPECT_FALSE(contact_sheet(in)) << name;
  }
}

}  // namespace
}  // namespace saddle::data
