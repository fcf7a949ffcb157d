// What lies at a path, and which row of the table reads it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "npy_bytes.h"
#include "saddle/codec/gzip.h"
#include "saddle/codec/zip.h"
#include "saddle/data/detect.h"
#include "saddle/data/write_set.h"
#include "sets.h"
#include "tests/base/temporary.h"

namespace saddle::data {

namespace {

namespace fs = std::filesystem;
using codec::ElementType;
using test::expect_error;

/// The name of a row, "" for none.
std::string row_name(const std::optional<SourceConfig>& config) {
  if (!config) return "";
  return std::visit([](const auto& row) { return std::string(row.kName); }, *config);
}

/// An IDX file of bytes: `rank` sides of length 1.
std::string idx_dot(char rank) {
  std::string bytes{'\0', '\0', '\x08', rank};
  for (int i = 0; i < rank; ++i) bytes += std::string{'\0', '\0', '\0', '\x01'};
  return bytes + '\x07';
}

class Detect : public testing::Test {
 protected:
  fs::path at(const std::string& name) const { return directory_ / name; }
  std::string text(const std::string& name) const { return at(name).string(); }
  std::string found(const std::string& name) const { return row_name(detect_source(text(name))); }
  void put_packed(const std::string& name, const Source& source) {
    const SetPart part{&source, "train", source.size()};
    write_packed(at(name), {&part, 1}, "made");
  }

  test::TemporaryDirectory directory_;
};

TEST_F(Detect, PicturesInFoldersAndArchives) {
  put_dot(at("flat/1.png"), 1);
  EXPECT_EQ(found("flat"), "images");
  put_dot(at("classes/a/b/1.PNG"), 1);
  EXPECT_EQ(found("classes"), "images");
  put_file(at("photos/1.jpeg"), "not looked into");
  EXPECT_EQ(found("photos"), "images");
  codec::write_zip(at("set.zip"), std::vector<codec::ZipInput>{{"1.png", "x"}},
                   codec::ZipMethod::kStored);
  EXPECT_EQ(found("set.zip"), "images");
  fs::rename(at("set.zip"), at("set.dat"));
  EXPECT_EQ(found("set.dat"), "images");
}

TEST_F(Detect, Arrays) {
  put_file(at("a.npy"), npy_bytes("|u1", "(1, 1, 1)", "x"));
  EXPECT_EQ(found("a.npy"), "arrays");
  fs::rename(at("a.npy"), at("a"));
  EXPECT_EQ(found("a"), "arrays");
  codec::write_zip(at("a.npz"), std::vector<codec::ZipInput>{{"x.npy", "x"}},
                   codec::ZipMethod::kStored);
  EXPECT_EQ(found("a.npz"), "arrays");
}

TEST_F(Detect, IdxFilesAndTheirFolder) {
  put_file(at("images"), idx_dot(3));
  EXPECT_EQ(found("images"), "idx");
  put_file(at("images.gz"), codec::gzip(idx_dot(4)));
  EXPECT_EQ(found("images.gz"), "idx");
  put_file(at("labels"), idx_dot(1));
  EXPECT_EQ(found("labels"), "");
  put_file(at("mnist/train-images-idx3-ubyte.gz"), codec::gzip(idx_dot(3)));
  EXPECT_EQ(found("mnist"), "idx");
}

TEST_F(Detect, CifarFilesByNameAndContent) {
  const std::string ten = "\x03" + std::string(3072, '\x07');
  const std::string hundred = "\x03\x40" + std::string(3072, '\x07');
  put_file(at("data_batch_1.bin"), ten);
  EXPECT_EQ(found("data_batch_1.bin"), "cifar");
  put_file(at("other.bin"), ten);
  EXPECT_EQ(found("other.bin"), "") << "its size alone says nothing";
  put_file(at("set/train.bin.gz"), codec::gzip(hundred));
  const auto config = detect_source(text("set"));
  ASSERT_EQ(row_name(config), "cifar");
  EXPECT_EQ(std::get<CifarFiles>(*config).set, CifarSet::k100);
}

TEST_F(Detect, PackedSetsWhateverTheirName) {
  put_packed("set.bin", MadeSource(1).add<float>("x", ElementType::kF32, {2}, {1, 2}));
  EXPECT_EQ(found("set.bin"), "packed");
  EXPECT_TRUE(is_packed_set(text("set.bin")));
  EXPECT_FALSE(is_packed_set(text("gone")));
  EXPECT_FALSE(is_packed_set(directory_.path().string()));
}

TEST_F(Detect, NothingInWhatIsNone) {
  put_file(at("empty"), "");
  EXPECT_EQ(found("empty"), "");
  put_file(at("text.txt"), "words");
  EXPECT_EQ(found("text.txt"), "");
  put_file(at("broken.gz"), "\x1f\x8b broken");
  EXPECT_EQ(found("broken.gz"), "");
  put_file(at("folder/text.txt"), "words");
  EXPECT_EQ(found("folder"), "");
}

TEST_F(Detect, WhatCannotBeReadIsRefused) {
  expect_error([&] { detect_source(text("gone")); }, ErrorCode::kInput,
               "[data] '" + text("gone") + "' is not there: expected a folder or file of data");
  ASSERT_EQ(::mkfifo(text("pipe").c_str(), 0600), 0);
  expect_error([&] { detect_source(text("pipe")); }, ErrorCode::kInput,
               "[data] '" + text("pipe") + "' is neither folder nor file");
  put_file(at("secret"), "x");
  fs::permissions(at("secret"), fs::perms::none);
  const test::Unprivileged unprivileged;
  EXPECT_THROW(detect_source(text("secret")), Error);
}

class OpenedSources : public Detect {};

TEST_F(OpenedSources, APackedSetStandsInForTheFilesOfAnyRow) {
  put_packed("set.saddle",
             MadeSource(2).add<std::uint8_t>("x", ElementType::kU8, {1, 1, 1}, {7, 8}));
  int rows = 0;
  for (const SourceConfig& row :
       {SourceConfig(IdxFiles{}), SourceConfig(ImageFiles{}), SourceConfig(ArrayFiles{}),
        SourceConfig(CifarFiles{}), SourceConfig(PackedSet{})}) {
    ASSERT_TRUE(needs_data_path(row)) << row_name(row);
    EXPECT_EQ(dots_of(*open_source(row, Split::kTrain, text("set.saddle"))),
              (std::vector<int>{7, 8}))
        << row_name(row);
    EXPECT_EQ(open_test_source(row, text("set.saddle")), nullptr) << row_name(row);
    ++rows;
  }
  EXPECT_EQ(rows, 5);
}

TEST_F(OpenedSources, WorldsTakeNoPath) {
  int worlds = 0;
  const auto check = [&]<class Row>(const Row&) {
    if (Row::kReadsFiles || std::is_same_v<Row, OwnSamples>) return;
    ++worlds;
    EXPECT_FALSE(needs_data_path(Row{})) << Row::kName;
    EXPECT_EQ(open_source(Row{}, Split::kTrain, "")->size(), Source::kEndless) << Row::kName;
    EXPECT_NE(open_test_source(Row{}, ""), nullptr) << Row::kName;
    try {
      open_source(Row{}, Split::kTrain, text("somewhere"));
      ADD_FAILURE() << Row::kName << " took a path";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUsage) << Row::kName;
    }
  };
  [&]<class... Rows>(const std::variant<Rows...>*) {
    (check(Rows{}), ...);
  }(static_cast<const SourceConfig*>(nullptr));
  EXPECT_EQ(worlds, 8);
}

TEST_F(OpenedSources, OnlyTheMissingTestSetIsPassedOver) {
  put_dot(at("set/1.png"), 1);
  EXPECT_EQ(open_test_source(ImageFiles{}, text("set")), nullptr);
  EXPECT_THROW(open_test_source(ImageFiles{}, text("gone")), Error);
  put_file(at("broken.saddle"), "SADDLEPK");
  EXPECT_THROW(open_test_source(PackedSet{}, text("broken.saddle")), Error);
  try {
    open_source(ImageFiles{}, Split::kTest, text("set"));
    ADD_FAILURE() << "no error";
  } catch (const MissingSplit& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInput);
  }
}

TEST_F(OpenedSources, OwnSamplesAreHandedInByAProgramAlone) {
  EXPECT_FALSE(needs_data_path(OwnSamples{}));
  expect_error([] { open_source(OwnSamples{}, Split::kTrain, ""); }, ErrorCode::kUsage,
               "[data] data.name = \"own\" stands for samples that a program hands in, and none "
               "were handed in; train with that program, or choose data that Saddle can open");
}

}  // namespace

}  // namespace saddle::data
