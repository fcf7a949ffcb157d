// One split of a packed set as a source.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "saddle/codec/packed.h"
#include "saddle/data/packed_files.h"
#include "sets.h"
#include "tests/base/temporary.h"

namespace saddle::data {

namespace {

namespace fs = std::filesystem;
using codec::ElementType;
using test::expect_error;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class PackedSets : public testing::Test {
 protected:
  fs::path at(const std::string& name) const { return directory_ / name; }
  std::string text(const std::string& name) const { return at(name).string(); }
  std::shared_ptr<Source> open(Split split = Split::kTrain,
                               const std::string& name = "set.saddle") const {
    return make_source(PackedSet{}, split, text(name));
  }
  /// Five dots 10 to 14 with the labels 0 1 2 0 1 of type T; three are for training.
  template <class T>
  void put_dots(ElementType type, std::int64_t classes = 3,
                std::vector<std::string> names = {"a", "b", "c"}) {
    const std::vector<std::uint8_t> dots = {10, 11, 12, 13, 14};
    const std::vector<T> labels = {0, 1, 2, 0, 1};
    codec::PackedInfo info;
    info.fields = {{"x", ElementType::kU8, {1, 1, 1}}, {"label", type, {}}};
    info.samples = 5;
    info.classes = classes;
    info.class_names = std::move(names);
    info.splits = {{"train", 0, 3, {}}, {"test", 3, 2, {}}};
    info.origin = "five dots";
    codec::PackedWriter writer(at("set.saddle"), info);
    const std::span<const std::byte> fields[] = {std::as_bytes(std::span(dots)),
                                                 std::as_bytes(std::span(labels))};
    writer.append(fields, 5);
    writer.finish();
  }

  test::TemporaryDirectory directory_;
};

TEST_F(PackedSets, HaveTheirSplits) {
  put_dots<std::int64_t>(ElementType::kI64);
  const auto train = open();
  const auto test = open(Split::kTest);
  EXPECT_EQ(dots_of(*train), (std::vector<int>{10, 11, 12}));
  EXPECT_EQ(dots_of(*test), (std::vector<int>{13, 14}));
  EXPECT_EQ(all_labels(*train), (std::vector<std::int64_t>{0, 1, 2}));
  EXPECT_EQ(all_labels(*test), (std::vector<std::int64_t>{0, 1}));
  EXPECT_EQ(test->classes(), 3);
  EXPECT_THAT(test->class_counts(), ElementsAre(1, 1, 0));
  EXPECT_THAT(test->class_names(), ElementsAre("a", "b", "c"));
  EXPECT_THAT(test->notes(), ElementsAre("packed from: five dots; data.* keys do not change it"));
  EXPECT_NE(test->fingerprint(), train->fingerprint());
  EXPECT_EQ(test->fingerprint(), open(Split::kTest)->fingerprint());
  EXPECT_THROW(values_of(*test, 2), Error);
  EXPECT_THROW(values_of(*test, -1), Error);
}

TEST_F(PackedSets, LabelsOfAnyWholeTypeBecomeInt64) {
  const auto expect_labels = [&] {
    EXPECT_EQ(open()->fields()[1], (FieldSpec{"label", ElementType::kI64, {}}));
    EXPECT_EQ(all_labels(*open()), (std::vector<std::int64_t>{0, 1, 2}));
  };
  put_dots<std::uint8_t>(ElementType::kU8);
  expect_labels();
  put_dots<std::int16_t>(ElementType::kI16);
  expect_labels();
  put_dots<std::int32_t>(ElementType::kI32);
  expect_labels();
  put_dots<std::int64_t>(ElementType::kI64);
  expect_labels();
}

TEST_F(PackedSets, AnyFieldIsReadAsItIsStored) {
  const std::vector<std::int16_t> small = {-300, 0, 32767, -1};
  const std::vector<float> large = {0.5F, -1e30F};
  codec::PackedInfo info;
  info.fields = {{"depth", ElementType::kI16, {2}}, {"weight", ElementType::kF32, {}}};
  info.samples = 2;
  info.splits = {{"train", 0, 2, {}}};
  codec::PackedWriter writer(at("set.saddle"), info);
  const std::span<const std::byte> fields[] = {std::as_bytes(std::span(small)),
                                               std::as_bytes(std::span(large))};
  writer.append(fields, 2);
  writer.finish();
  const auto source = open();
  EXPECT_EQ(source->fields(), (std::vector<FieldSpec>{{"depth", ElementType::kI16, {2}},
                                                      {"weight", ElementType::kF32, {}}}));
  auto read = read_bytes(*source, std::vector<std::int64_t>{1, 0});
  EXPECT_EQ(
      std::vector<std::int16_t>(numbers<std::int16_t>(read[0]), numbers<std::int16_t>(read[0]) + 4),
      (std::vector<std::int16_t>{32767, -1, -300, 0}));
  EXPECT_EQ(numbers<float>(read[1])[0], -1e30F);
  EXPECT_EQ(source->classes(), 0);
  EXPECT_THAT(source->class_counts(), IsEmpty());
  expect_error([&] { open(Split::kTest); }, ErrorCode::kInput,
               "[packed] '" + text("set.saddle") +
                   "' has no split 'test', only train; pack it from data that has a test set, or "
                   "with one held out: --set data.test_every=5");
  EXPECT_THROW(open(Split::kTest), MissingSplit);
}

TEST_F(PackedSets, DamageIsFoundWhereItIsRead) {
  put_dots<std::int64_t>(ElementType::kI64);
  std::string bytes = read_file(at("set.saddle"));
  const std::size_t dots = bytes.find("\x0a\x0b\x0c\x0d\x0e");
  ASSERT_NE(dots, std::string::npos);
  bytes[dots] ^= 1;
  put_file(at("flipped.saddle"), bytes);
  const auto flipped = open(Split::kTrain, "flipped.saddle");
  expect_error([&] { values_of(*flipped, 0); }, ErrorCode::kInput,
               "[packed] '" + text("flipped.saddle") +
                   "' is damaged in field 'x', block 0 of 1, which holds samples 0 to 4: the "
                   "CRC-32C differs; try to copy the file or pack the data again");
  put_file(at("cut.saddle"), bytes.substr(0, bytes.size() - 1));
  EXPECT_THROW(open(Split::kTrain, "cut.saddle"), Error);
}

TEST_F(PackedSets, WhatIsNoPackedSetIsRefused) {
  expect_error([] { make_source(PackedSet{}, Split::kTrain, ""); }, ErrorCode::kUsage,
               "[packed] no data given: expected a packed data set (.saddle); try --data FILE");
  put_file(at("text.saddle"), "no packed set");
  EXPECT_THROW(open(Split::kTrain, "text.saddle"), Error);
  EXPECT_THROW(open(Split::kTrain, "gone.saddle"), Error);
}

}  // namespace

}  // namespace saddle::data
