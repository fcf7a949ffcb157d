// Sets written as packed files and NumPy arrays, and read again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

#include "npy_bytes.h"
#include "saddle/codec/gzip.h"
#include "saddle/codec/packed.h"
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

/// Images [3,8,8] with labels, so many that they are written in several pieces.
MadeSource many_images(std::int64_t count, int first = 0) {
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(count) * 192);
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    pixels[i] = static_cast<std::uint8_t>(i * 31 + i / 192 + static_cast<std::size_t>(first));
  }
  std::vector<std::int64_t> labels(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int64_t>(i % 3);
  MadeSource source(count, 3, {"cat", "dog", "emu"});
  source.add("x", ElementType::kU8, {3, 8, 8}, pixels);
  source.add("label", ElementType::kI64, {}, labels);
  return source;
}

class WriteSet : public testing::Test {
 protected:
  fs::path at(const std::string& name) const { return directory_ / name; }
  std::string text(const std::string& name) const { return at(name).string(); }
  std::shared_ptr<Source> packed(Split split = Split::kTrain) const {
    return open_source(PackedSet{}, split, text("set.saddle"));
  }
  void pack(const Source& train, const Source* test = nullptr,
            const WriteProgress& progress = {}) const {
    std::vector<SetPart> parts{{&train, "train", train.size()}};
    if (test != nullptr) parts.push_back({test, "test", test->size()});
    write_packed(at("set.saddle"), parts, "made for a test", progress);
  }
  void expect_same_samples(const Source& got, const Source& wanted) const {
    EXPECT_EQ(got.size(), wanted.size());
    EXPECT_EQ(got.fields(), wanted.fields());
    EXPECT_EQ(got.classes(), wanted.classes());
    EXPECT_EQ(got.class_names(), wanted.class_names());
    EXPECT_EQ(got.class_counts(), wanted.class_counts());
    EXPECT_EQ(read_bytes(got, all_indices(wanted)), read_bytes(wanted, all_indices(wanted)));
  }

  test::TemporaryDirectory directory_;
};

TEST_F(WriteSet, PackedSamplesLabelsAndNamesComeBack) {
  const MadeSource train = many_images(700);
  const MadeSource test = many_images(5, 9);
  pack(train, &test);
  expect_same_samples(*packed(), train);
  expect_same_samples(*packed(Split::kTest), test);
  EXPECT_THAT(packed()->notes(),
              ElementsAre("packed from: made for a test; data.* keys do not change it"));
  codec::PackedFile(at("set.saddle")).verify();
}

TEST_F(WriteSet, EveryFieldTypeIsKept) {
  MadeSource source(2);
  source.add<std::uint8_t>("x", ElementType::kU8, {2}, {0, 255, 1, 2})
      .add<std::int16_t>("near", ElementType::kI16, {}, {-32768, 32767})
      .add<std::int32_t>("far", ElementType::kI32, {1, 2}, {-7, 1 << 30, 3, 4})
      .add<std::int64_t>("count", ElementType::kI64, {}, {INT64_MIN, INT64_MAX})
      .add<float>("weight", ElementType::kF32, {2}, {0.1F, -1e-30F, 3, 1e30F});
  pack(source);
  expect_same_samples(*packed(), source);
}

TEST_F(WriteSet, TypesThatAPackedSetLacksAreWidenedOrRounded) {
  MadeSource source(2);
  source.add<std::int8_t>("tiny", ElementType::kI8, {}, {-128, 127})
      .add<double>("x", ElementType::kF64, {1}, {0.1, -2});
  pack(source);
  const auto read = packed();
  EXPECT_EQ(read->fields(), (std::vector<FieldSpec>{{"tiny", ElementType::kI16, {}},
                                                    {"x", ElementType::kF32, {1}}}));
  auto values = read_bytes(*read, all_indices(*read));
  EXPECT_EQ(numbers<std::int16_t>(values[0])[0], -128);
  EXPECT_EQ(numbers<std::int16_t>(values[0])[1], 127);
  EXPECT_EQ(numbers<float>(values[1])[0], 0.1F);
  EXPECT_EQ(numbers<float>(values[1])[1], -2.0F);
}

/// Files of every kind, each read by its row of the table.
class PackedFrom : public WriteSet, public testing::WithParamInterface<const char*> {
 protected:
  SourceConfig put() const {
    const std::string kind = GetParam();
    if (kind == "pictures") {
      for (int i = 0; i < 6; ++i) {
        const std::string folder = i % 2 == 0 ? "in/cats/" : "in/dogs/";
        put_file(at(folder + std::to_string(i) + ".png"),
                 codec::encode_png(counting_picture(5, 4, 3, 40 * i)));
      }
      return ImageFiles{.holdout = {.test_every = 3, .test_last = 0}};
    }
    if (kind == "floats") {
      put_file(at("in"), npy_bytes("<f4", "(3, 1, 2)", std::vector<float>{0, 1, .5F, .25F, 0, 0}));
      return ArrayFiles{.holdout = {.test_every = 0, .test_last = 1}};
    }
    if (kind == "points") {
      put_file(at("in"), npy_bytes("<f8", "(2, 2)", std::vector<double>{.1, 1, 2, 3}));
      return ArrayFiles{};
    }
    if (kind == "cifar") {
      put_file(at("in"),
               codec::gzip("\x07" + std::string(3072, 'a') + "\x09" + std::string(3072, 'b')));
      return CifarFiles{};
    }
    put_file(at("in/train-images-idx3-ubyte"),
             std::string("\0\0\x08\x03\0\0\0\x02\0\0\0\x01\0\0\0\x02"
                         "abcd",
                         20));
    put_file(at("in/train-labels-idx1-ubyte"), std::string("\0\0\x08\x01\0\0\0\x02\x01\0", 10));
    return IdxFiles{};
  }
};

TEST_P(PackedFrom, ReadsByteForByteAsTheFilesDo) {
  const SourceConfig config = put();
  const auto train = open_source(config, Split::kTrain, text("in"));
  const auto test = open_test_source(config, text("in"));
  pack(*train, test.get());
  expect_same_samples(*packed(), *train);
  if (test) {
    expect_same_samples(*packed(Split::kTest), *test);
  } else {
    EXPECT_THROW(packed(Split::kTest), MissingSplit);
  }
}
INSTANTIATE_TEST_SUITE_P(Table, PackedFrom,
                         testing::Values("pictures", "floats", "points", "cifar", "idx"),
                         [](const auto& one) { return std::string(one.param); });

TEST_F(WriteSet, APartOfAnEndlessWorldIsItsStart) {
  const auto world = open_source(RingWorld{}, Split::kTrain, "");
  const SetPart part{world.get(), "train", 300};
  write_packed(at("set.saddle"), {&part, 1}, "ring");
  const auto read = packed();
  EXPECT_EQ(read->size(), 300);
  EXPECT_EQ(read_bytes(*read, all_indices(*read)), read_bytes(*world, all_indices(*read)));
}

TEST_F(WriteSet, ProgressCountsUpToAllSamples) {
  const MadeSource train = many_images(600);
  const MadeSource test = many_images(4);
  std::vector<std::int64_t> seen;
  pack(train, &test, [&](std::int64_t done, std::int64_t total) {
    EXPECT_EQ(total, 604);
    seen.push_back(done);
  });
  EXPECT_GE(seen.size(), 3u);
  EXPECT_TRUE(std::ranges::is_sorted(seen));
  EXPECT_EQ(seen.back(), 604);
}

TEST_F(WriteSet, AnInterruptedPackLeavesNothing) {
  const MadeSource train = many_images(600);
  const auto stop = [](std::int64_t, std::int64_t) { throw Stopped(); };
  EXPECT_THROW(pack(train, nullptr, stop), Stopped);
  EXPECT_THAT(names_in(directory_.path()), IsEmpty());
  pack(many_images(2));
  const std::string whole = read_file(at("set.saddle"));
  EXPECT_THROW(pack(train, nullptr, stop), Stopped);
  EXPECT_THAT(names_in(directory_.path()), ElementsAre("set.saddle"));
  EXPECT_EQ(read_file(at("set.saddle")), whole) << "the one that was there stays";
}

TEST_F(WriteSet, ABrokenPictureInTheMiddleIsNamedAndNothingIsLeft) {
  for (const char* name : {"1", "2", "3"}) put_dot(at("in") / (name + std::string(".png")), 7);
  std::string broken = read_file(at("in/2.png"));
  broken[broken.size() - 20] ^= 0x55;  // in the pixels or their checksum
  put_file(at("in/2.png"), broken);
  const auto source = open_source(ImageFiles{}, Split::kTrain, text("in"));
  try {
    pack(*source);
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInput);
    EXPECT_NE(std::string(error.what()).find(text("in/2.png")), std::string::npos) << error.what();
  }
  EXPECT_THAT(names_in(directory_.path()), ElementsAre("in"));
}

TEST_F(WriteSet, OfTemporariesOnlyThoseOfItsOwnNameGo) {
  const pid_t dead = ::fork();
  if (dead == 0) ::_exit(0);
  ::waitpid(dead, nullptr, 0);
  const std::string stale = ".tmp-" + std::to_string(dead);
  put_file(at(stale + "-0-set.saddle"), "left");
  put_file(at(stale + "-0-other.saddle"), "left");
  put_file(at(stale) / "thesis.txt", "another program's");
  pack(many_images(2));
  EXPECT_THAT(names_in(directory_.path()),
              testing::UnorderedElementsAre(stale, stale + "-0-other.saddle", "set.saddle"));
}

TEST_F(WriteSet, PartsMustFit) {
  const MadeSource train = many_images(3);
  const auto refused = [&](const SetPart& first, const SetPart& second, const std::string& text) {
    const SetPart parts[] = {first, second};
    expect_error([&] { write_packed(at("set.saddle"), parts, ""); }, ErrorCode::kUsage,
                 "[data] " + text);
  };
  refused({&train, "train", 0}, {&train, "test", 1},
          "split train: asked for 0 samples, expected 1 to 3");
  refused({&train, "train", 3}, {&train, "test", 4},
          "split test: asked for 4 samples, expected 1 to 3");
  const MadeSource points = MadeSource(1).add<float>("x", ElementType::kF32, {2}, {1, 2});
  refused({&train, "train", 3}, {&points, "test", 1},
          "the splits train and test differ in shape, type or classes: got x [3,8,8] and [2] and 3 "
          "and 0 classes, expected equal ones");
  EXPECT_THAT(names_in(directory_.path()), IsEmpty());
}

class WriteNpy : public WriteSet {
 protected:
  void write(const Source& source, std::int64_t count, const WriteProgress& progress = {}) const {
    write_npy_set(at("set.npy"), {&source, "train", count}, progress);
  }
};

TEST_F(WriteNpy, TheBytesAreThoseOfTheFormat) {
  MadeSource source(3, 3);
  source.add<float>("x", ElementType::kF32, {2}, {1, 2, 3, 4, 5, 6});
  source.add<std::int64_t>("label", ElementType::kI64, {}, {2, 0, 1});
  write(source, 3);
  EXPECT_EQ(read_file(at("set.npy")),
            npy_bytes("<f4", "(3, 2)", std::vector<float>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(read_file(at("set-labels.npy")),
            npy_bytes("<i8", "(3,)", std::vector<std::int64_t>{2, 0, 1}));
  EXPECT_THAT(names_in(directory_.path()), ElementsAre("set-labels.npy", "set.npy"));
}

TEST_F(WriteNpy, ImagesAndLabelsAreReadAgain) {
  const MadeSource source = many_images(600);
  std::int64_t last = 0;
  write(source, 600, [&](std::int64_t done, std::int64_t total) {
    EXPECT_EQ(total, 600);
    last = done;
  });
  EXPECT_EQ(last, 600);
  const auto read = open_source(ArrayFiles{}, Split::kTrain, text("set.npy"));
  EXPECT_EQ(read->fields(), source.fields());
  EXPECT_EQ(read_bytes(*read, all_indices(*read)), read_bytes(source, all_indices(source)));
}

TEST_F(WriteNpy, AnInterruptedWriteLeavesNothing) {
  EXPECT_THROW(write(many_images(600), 600, [](std::int64_t, std::int64_t) { throw Stopped(); }),
               Stopped);
  EXPECT_THAT(names_in(directory_.path()), IsEmpty());
}

TEST_F(WriteNpy, WhatIsThereIsNotReplaced) {
  const MadeSource labelled = many_images(2);
  const MadeSource points = MadeSource(1).add<float>("x", ElementType::kF32, {2}, {1, 2});
  put_file(at("set-labels.npy"), "mine");
  expect_error([&] { write(labelled, 2); }, ErrorCode::kUsage,
               "[data] '" + text("set-labels.npy") +
                   "' is there already: expected the name of a new file; try another");
  expect_error([&] { write(points, 1); }, ErrorCode::kUsage,
               "[data] '" + text("set-labels.npy") +
                   "' is there and would be taken for the labels of '" + text("set.npy") +
                   "': remove it, or choose another name");
  fs::rename(at("set-labels.npy"), at("set.npy"));
  for (const Source* source :
       {static_cast<const Source*>(&labelled), static_cast<const Source*>(&points)}) {
    expect_error([&] { write(*source, 1); }, ErrorCode::kUsage,
                 "[data] '" + text("set.npy") +
                     "' is there already: expected the name of a new file; try another");
  }
  EXPECT_EQ(read_file(at("set.npy")), "mine");
  EXPECT_THAT(names_in(directory_.path()), ElementsAre("set.npy"));
}

}  // namespace

}  // namespace saddle::data
