// CIFAR's binary records as a source: files, folders of batches, gzipped or not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "saddle/codec/gzip.h"
#include "saddle/data/cifar_files.h"
#include "sets.h"
#include "tests/base/temporary.h"
#include "tests/paths.h"

namespace saddle::data {

namespace {

namespace fs = std::filesystem;
using codec::ElementType;
using test::expect_error;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kTenExpected =
    "expected a folder with data_batch_1.bin to data_batch_5.bin and test_batch.bin (each may end "
    "in .gz), or one file of such records";

/// A record whose pixels are all `fill`.
std::string dot_record(std::string labels, int fill) {
  return labels + std::string(3072, static_cast<char>(fill));
}
/// One CIFAR-10 record a pair of label and fill.
std::string ten_records(const std::vector<std::pair<int, int>>& records) {
  std::string bytes;
  for (const auto& [label, fill] : records) {
    bytes += dot_record(std::string(1, static_cast<char>(label)), fill);
  }
  return bytes;
}

class Cifar : public testing::Test {
 protected:
  fs::path at(const std::string& name) const { return directory_ / name; }
  std::string text(const std::string& name) const { return at(name).string(); }
  std::shared_ptr<Source> open(const CifarFiles& files = {}, Split split = Split::kTrain,
                               const std::string& name = "set") const {
    return make_source(files, split, text(name));
  }
  /// Five training files of one record each, filled with 1 to 5, the third gzipped.
  void put_batches() {
    for (int k = 1; k <= 5; ++k) {
      const std::string bytes = ten_records({{k - 1, k}});
      const std::string name = "set/data_batch_" + std::to_string(k) + ".bin";
      if (k == 3) {
        put_file(at(name + ".gz"), codec::gzip(bytes));
      } else {
        put_file(at(name), bytes);
      }
    }
  }

  test::TemporaryDirectory directory_;
};

TEST_F(Cifar, ARecordIsALabelAndThreePlanes) {
  std::string record(1, '\x07');
  for (int i = 0; i < 3072; ++i) record += static_cast<char>(i / 1024 * 50 + i % 32);
  put_file(at("one.bin"), record);
  const auto source = open({}, Split::kTrain, "one.bin");
  EXPECT_EQ(source->fields(), (std::vector<FieldSpec>{{"x", ElementType::kU8, {3, 32, 32}},
                                                      {"label", ElementType::kI64, {}}}));
  EXPECT_EQ(source->size(), 1);
  EXPECT_EQ(source->classes(), 10);
  const auto values = values_of(*source, 0);
  EXPECT_EQ(values[31], 31);         // red, end of the first row
  EXPECT_EQ(values[1024 + 1], 51);   // green
  EXPECT_EQ(values[2048 + 2], 102);  // blue
  EXPECT_EQ(all_labels(*source), (std::vector<std::int64_t>{7}));
  EXPECT_EQ(source->class_names()[7], "horse");
  EXPECT_THAT(source->notes(), IsEmpty());
}

TEST_F(Cifar, AFolderOfBatchesIsTheTrainingSetInOrder) {
  put_batches();
  put_file(at("set/test_batch.bin"), ten_records({{9, 90}, {9, 91}}));
  EXPECT_EQ(dots_of(*open()), (std::vector<int>{1, 2, 3, 4, 5}));
  EXPECT_EQ(all_labels(*open()), (std::vector<std::int64_t>{0, 1, 2, 3, 4}));
  EXPECT_EQ(dots_of(*open({}, Split::kTest)), (std::vector<int>{90, 91}));
  EXPECT_THAT(open({}, Split::kTest)->class_counts(), ElementsAre(0, 0, 0, 0, 0, 0, 0, 0, 0, 2));
  // A test set of its own: nothing is held out beside it.
  EXPECT_EQ(open({.set = CifarSet::k10, .holdout = {.test_every = 2, .test_last = 0}})->size(), 5);
}

TEST_F(Cifar, WithoutATestFileTheHoldoutDecides) {
  put_batches();
  EXPECT_THROW(open({}, Split::kTest), MissingSplit);
  const CifarFiles files{.set = CifarSet::k10, .holdout = {.test_every = 0, .test_last = 2}};
  EXPECT_EQ(dots_of(*open(files)), (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(dots_of(*open(files, Split::kTest)), (std::vector<int>{4, 5}));
  EXPECT_EQ(all_labels(*open(files, Split::kTest)), (std::vector<std::int64_t>{3, 4}));
  EXPECT_THAT(open(files)->notes(), ElementsAre("held out for testing: 2 of 5 images"));
  EXPECT_THAT(open(files, Split::kTest)->notes(),
              ElementsAre("held out for testing: 2 of 5 images"));
}

TEST_F(Cifar, AHoldoutInTheMiddleKeepsPixelsWithTheirLabels) {
  put_file(at("one.bin"), ten_records({{0, 10}, {1, 11}, {2, 12}, {3, 13}, {4, 14}, {5, 15}}));
  const CifarFiles files{.set = CifarSet::k10, .holdout = {.test_every = 3, .test_last = 0}};
  EXPECT_EQ(dots_of(*open(files, Split::kTrain, "one.bin")), (std::vector<int>{10, 11, 13, 14}));
  EXPECT_EQ(all_labels(*open(files, Split::kTrain, "one.bin")),
            (std::vector<std::int64_t>{0, 1, 3, 4}));
  EXPECT_EQ(dots_of(*open(files, Split::kTest, "one.bin")), (std::vector<int>{12, 15}));
}

TEST_F(Cifar, GzippedRecordsReadAsPlainOnes) {
  const std::string bytes = ten_records({{3, 1}, {4, 2}});
  put_file(at("plain.bin"), bytes);
  put_file(at("packed.bin.gz"), codec::gzip(bytes));
  const auto plain = open({}, Split::kTrain, "plain.bin");
  const auto packed = open({}, Split::kTrain, "packed.bin.gz");
  EXPECT_EQ(read_bytes(*packed, all_indices(*packed)), read_bytes(*plain, all_indices(*plain)));
  EXPECT_EQ(packed->fingerprint(), plain->fingerprint());
  EXPECT_EQ(plain->fingerprint().substr(0, 7), "sha256:");
  put_file(at("plain.bin"), ten_records({{3, 1}, {5, 2}}));
  EXPECT_NE(open({}, Split::kTrain, "plain.bin")->fingerprint(), packed->fingerprint());
}

TEST_F(Cifar, AFolderWithOneOtherFileIsThatFile) {
  put_file(at("set/some_records.bin"), ten_records({{3, 1}}));
  put_file(at("set/readme.txt"), "");
  EXPECT_EQ(dots_of(*open()), (std::vector<int>{1}));
  put_file(at("set/more.bin.gz"), codec::gzip(ten_records({{3, 1}})));
  expect_error([&] { open(); }, ErrorCode::kInput,
               "[cifar] '" + text("set") + "' holds 2 .bin files: " + kTenExpected);
}

TEST_F(Cifar, AHundredClassesAreTheFineOnes) {
  put_file(at("set/train.bin"), dot_record({'\x13', '\x63'}, 7) + dot_record({'\x00', '\x05'}, 8));
  put_file(at("set/test.bin.gz"), codec::gzip(dot_record({'\x01', '\x02'}, 9)));
  const CifarFiles files{.set = CifarSet::k100, .holdout = {}};
  EXPECT_EQ(open(files)->classes(), 100);
  EXPECT_EQ(all_labels(*open(files)), (std::vector<std::int64_t>{99, 5}));
  EXPECT_EQ(dots_of(*open(files)), (std::vector<int>{7, 8}));
  EXPECT_EQ(dots_of(*open(files, Split::kTest)), (std::vector<int>{9}));
  EXPECT_THAT(open(files)->class_names(), IsEmpty());
  std::string names;
  for (int c = 0; c < 100; ++c) names += "kind" + std::to_string(c) + "\r\n";
  put_file(at("set/fine_label_names.txt"), names);
  EXPECT_THAT(open(files)->class_names(), SizeIs(100));
  EXPECT_EQ(open(files)->class_names()[99], "kind99");
}

TEST_F(Cifar, ClassNamesBesideTheRecordsAreTaken) {
  put_batches();
  std::string names;
  for (int c = 0; c < 10; ++c) names += "name" + std::to_string(c) + "\n";
  put_file(at("set/batches.meta.txt"), names + "\n");
  EXPECT_EQ(open()->class_names()[9], "name9");
  put_file(at("set/batches.meta.txt"), "one\ntwo\n");  // not ten: not those of the records
  EXPECT_EQ(open()->class_names()[9], "truck");
}

TEST_F(Cifar, MissingBatchesAreRefused) {
  put_batches();
  fs::remove(at("set/data_batch_4.bin"));
  const std::string message =
      "[cifar] '" + text("set") +
      "' has 4 of data_batch_1.bin, data_batch_2.bin, data_batch_3.bin, data_batch_4.bin, "
      "data_batch_5.bin: expected all of them";
  expect_error([&] { open(); }, ErrorCode::kInput, message);
  put_file(at("alone/test_batch.bin"), ten_records({{1, 1}}));
  EXPECT_THROW(open({}, Split::kTest, "alone"), Error);
}

TEST_F(Cifar, WhatIsNoRecordFileIsRefused) {
  expect_error([] { make_source(CifarFiles{}, Split::kTrain, ""); }, ErrorCode::kUsage,
               "[cifar] no data given: " + kTenExpected + "; try --data PATH");
  expect_error([&] { open(); }, ErrorCode::kInput,
               "[cifar] '" + text("set") + "' is not there: " + kTenExpected);
  fs::create_directories(at("set"));
  expect_error([&] { open(); }, ErrorCode::kInput,
               "[cifar] '" + text("set") + "' holds 0 .bin files: " + kTenExpected);
  expect_error([&] { open({.set = CifarSet::k100, .holdout = {}}); }, ErrorCode::kInput,
               "[cifar] '" + text("set") +
                   "' holds 0 .bin files: expected a folder with train.bin and test.bin (each may "
                   "end in .gz), or one file of such records");
  put_batches();
  const std::string second = text("set/data_batch_2.bin");
  put_file(second, ten_records({{1, 1}}).substr(1));
  expect_error([&] { open(); }, ErrorCode::kInput,
               "[cifar] '" + second +
                   "' has a wrong size: got 3072 bytes, expected a multiple of 3073 for CIFAR-10; "
                   "is it truncated?");
  put_file(second, ten_records({{1, 1}, {10, 1}}));
  expect_error([&] { open(); }, ErrorCode::kInput,
               "[cifar] '" + second +
                   "' has a wrong label in record 1: got 10, expected 0 to 9 for CIFAR-10");
}

TEST_F(Cifar, RealRecordsHaveTheirNumbers) {
  const fs::path file =
      fs::path(test::kSharedDirectory) / "data/cifar10/cifar10_lossless_first4000.bin.gz";
  if (!fs::exists(file)) GTEST_SKIP() << file << " is not there";
  const CifarFiles files{.set = CifarSet::k10, .holdout = {.test_every = 0, .test_last = 1000}};
  const auto train = make_source(files, Split::kTrain, file.string());
  const auto test = make_source(files, Split::kTest, file.parent_path().string());
  EXPECT_EQ(train->size(), 3000);
  EXPECT_EQ(test->size(), 1000);
  EXPECT_EQ(train->class_names()[0], "airplane");
  const auto sum = [](const std::vector<std::int64_t>& counts) {
    return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  };
  EXPECT_EQ(sum(train->class_counts()), 3000);
  EXPECT_EQ(sum(test->class_counts()), 1000);
}

}  // namespace

}  // namespace saddle::data
