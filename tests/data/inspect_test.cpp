// Sets that are not files of pictures.
#include "saddle/data/inspect.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "inspect_sets.h"
#include "saddle/codec/npz.h"
#include "saddle/data/source.h"
#include "saddle/data/write_set.h"

namespace saddle::data {
namespace {

using ::testing::Test;

class InspectIdx : public InspectedSet {
 protected:
  /// n images 28x28: image i is noise of seed i.
  static std::vector<std::uint8_t> pixels(unsigned n, unsigned seed = 0) {
    std::vector<std::uint8_t> out;
    for (unsigned i = 0; i < n; ++i) {
      const auto image = noise(28, 28, 1, seed + i).pixels;
      out.insert(out.end(), image.begin(), image.end());
    }
    return out;
  }
  void train(std::vector<std::uint8_t> values, std::vector<std::uint8_t> labels,
             std::int64_t side = 28) {
    const auto n = static_cast<std::int64_t>(labels.size());
    idx<std::uint8_t>("train-images-idx3-ubyte", std::move(values), {n, side, side});
    idx<std::uint8_t>("train-labels-idx1-ubyte", std::move(labels), {n});
  }
  void test(std::vector<std::uint8_t> values, std::vector<std::uint8_t> labels) {
    const auto n = static_cast<std::int64_t>(labels.size());
    idx<std::uint8_t>("t10k-images-idx3-ubyte", std::move(values), {n, 28, 28});
    idx<std::uint8_t>("t10k-labels-idx1-ubyte", std::move(labels), {n});
  }
};

TEST_F(InspectIdx, TellsCountsShapesValuesAndClasses) {
  // 0 and 255 in equal parts: mean 1/2, deviation 1/2.
  train({0, 255, 255, 0, 0, 0, 255, 255, 255, 255, 0, 0}, {0, 2, 2}, 2);
  const Inspection in = look();
  EXPECT_EQ(in.kind, "idx");
  ASSERT_EQ(in.splits.size(), 1U);
  EXPECT_EQ(in.splits[0].samples, 3);
  ASSERT_EQ(in.splits[0].shapes.size(), 1U);
  EXPECT_EQ(in.splits[0].shapes[0].shape, (PictureShape{2, 2, 1}));
  ASSERT_EQ(in.splits[0].channels.size(), 1U);
  EXPECT_DOUBLE_EQ(in.splits[0].channels[0].mean, 0.5);
  EXPECT_DOUBLE_EQ(in.splits[0].channels[0].std, 0.5);
  EXPECT_EQ(in.splits[0].channels[0].low, 0);
  EXPECT_EQ(in.splits[0].channels[0].high, 255);
  EXPECT_EQ(in.unit, "x/255");
  EXPECT_EQ(in.bit_depth, 8);
  EXPECT_EQ(in.splits[0].class_counts, (std::vector<std::int64_t>{1, 0, 2}));
}

TEST_F(InspectIdx, NamesExactCopiesByIndex) {
  auto values = pixels(4);
  const auto copy = pixels(1, 1);
  values.insert(values.end(), copy.begin(), copy.end());  // image 4 is image 1
  values.insert(values.end(), copy.begin(), copy.end());
  train(values, {0, 1, 0, 0, 1, 1});
  const Inspection in = look();
  const Copies& copies = in.splits[0].copies;
  EXPECT_EQ(copies.samples, 2);
  EXPECT_EQ(copies.groups, 1);
  ASSERT_EQ(copies.largest.size(), 1U);
  EXPECT_EQ(copies.largest[0].count, 3);
  EXPECT_EQ(copies.largest[0].names, (std::vector<std::string>{"1", "4", "5"}));
  EXPECT_EQ(copies.largest[0].labels, (std::vector<std::int64_t>{1}));
  EXPECT_EQ(copies.conflict_groups, 0);
  EXPECT_EQ(finding(in, "2 images (33.3 %) repeat another exactly").severity, Severity::kBad);
}

TEST_F(InspectIdx, FindsCopiesWithDifferentLabels) {
  auto values = pixels(3);
  const auto copy = pixels(1, 1);
  values.insert(values.end(), copy.begin(), copy.end());
  train(values, {0, 1, 0, 2});
  const Inspection in = look();
  const Copies& copies = in.splits[0].copies;
  EXPECT_EQ(copies.conflict_groups, 1);
  EXPECT_EQ(copies.conflict_samples, 2);
  ASSERT_EQ(copies.conflicts.size(), 1U);
  EXPECT_EQ(copies.conflicts[0].labels, (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(finding(in, "2 images are equal but have different labels, as 1 and 3").severity,
            Severity::kBad);
}

TEST_F(InspectIdx, FindsTestImagesAmongTheTrainingImages) {
  train(pixels(6), {0, 1, 0, 1, 0, 1});
  test(pixels(3, 4), {0, 1, 0});  // seeds 4, 5, 6: two of them are training images 4 and 5
  const Inspection in = look();
  ASSERT_EQ(in.overlaps.size(), 1U);
  EXPECT_EQ(in.overlaps[0].samples, 2);
  EXPECT_EQ(in.overlaps[0].total, 3);
  EXPECT_EQ(in.overlaps[0].first,
            (std::vector<std::pair<std::string, std::string>>{{"0", "4"}, {"1", "5"}}));
  EXPECT_EQ(finding(in, "2 of the 3 images of test are copies of images of train").severity,
            Severity::kBad);
  EXPECT_EQ(inspection_json(in)["overlap"]["test_in_train"], 2);
}

TEST_F(InspectIdx, ComparesTwoPathsOfDifferentFormats) {
  train(pixels(6), {0, 1, 0, 1, 0, 1});
  for (unsigned i = 3; i < 8; ++i) {
    codec::write_png(at("others/" + std::to_string(i) + ".png"), noise(28, 28, 1, i));
  }
  const Inspection in = inspect(path(), path("others"));
  ASSERT_EQ(in.overlaps.size(), 1U);
  EXPECT_EQ(in.overlaps[0].of, path("others"));
  EXPECT_EQ(in.overlaps[0].samples, 3);
  EXPECT_EQ(in.overlaps[0].total, 5);
  EXPECT_EQ(in.overlaps[0].first[0], (std::pair<std::string, std::string>{"3.png", "3"}));
  put("text.txt", "no data\n");
  EXPECT_THROW(inspect(path(), path("text.txt")), Error);
}

TEST_F(InspectIdx, TellsFewUnevenAndNearlyEmptyClasses) {
  std::vector<std::uint8_t> labels(120, 0);
  labels.resize(123, 1);
  labels.push_back(3);
  train(pixels(124), labels);
  const Inspection in = look();
  EXPECT_EQ(finding(in, "124 images to train on are few").severity, Severity::kBad);
  EXPECT_EQ(finding(in, "3 classes are nearly empty: 1 (3), 2 (0), 3 (1)").severity, Severity::kBad)
      << all_findings(in);
  train(pixels(124), std::vector<std::uint8_t>(124, 0));
  EXPECT_EQ(finding(look(), "a class").what, "");
  labels.assign(110, 0);
  labels.resize(120, 1);
  labels.resize(124, 0);
  train(pixels(124), labels);
  const Inspection uneven = look();
  EXPECT_EQ(finding(uneven, "classes are uneven: 0 has 114, 1 has 10").severity, Severity::kBad)
      << all_findings(uneven);
  train(pixels(50), std::vector<std::uint8_t>(50, 0));
  EXPECT_EQ(finding(look(), "only 50 images to train on").severity, Severity::kBad);
}

TEST_F(InspectIdx, TellsConstantImagesAndHardlyAnyContrast) {
  std::vector<std::uint8_t> values = pixels(3);
  for (auto& value : values) value = static_cast<std::uint8_t>(100 + value % 20);
  values.insert(values.end(), 784, std::uint8_t{110});
  train(values, {0, 0, 0, 0});
  const Inspection in = look();
  EXPECT_EQ(in.splits[0].constant.count, 1);
  EXPECT_EQ(in.splits[0].constant.first[0].first, "3");
  EXPECT_EQ(finding(in, "1 image is of one colour throughout: 3").severity, Severity::kBad);
  EXPECT_EQ(finding(in, "values lie between 100 and 119 of 0 to 255").severity, Severity::kBad)
      << all_findings(in);
}

TEST_F(InspectIdx, NamesThePresetByShapeAndLabels) {
  train(pixels(5), {0, 1, 0, 1, 0});
  EXPECT_EQ(look().command, "saddle train mnist --data " + path());
  std::filesystem::remove(at("train-labels-idx1-ubyte"));
  const Inspection unlabelled = look();
  EXPECT_TRUE(unlabelled.usable()) << all_findings(unlabelled);
  EXPECT_EQ(unlabelled.command, "saddle train mnist-unconditional --data " + path() +
                                    " --set data.labels='\"\"' --set data.test_labels='\"\"'");
  idx<std::uint8_t>("train-images-idx3-ubyte", std::vector<std::uint8_t>(2 * 64 * 64, 7),
                    {2, 64, 64});
  EXPECT_EQ(start_of_command(look()), "saddle train folder-64");
  EXPECT_TRUE(end_of_command(look()).starts_with("--set data=idx"));
}

TEST_F(InspectIdx, TellsSizesThatNetworksCannotMake) {
  idx<std::uint8_t>("a-images.idx", std::vector<std::uint8_t>(2 * 30 * 30, 7), {2, 30, 30});
  const Inspection padded = look("a-images.idx");
  EXPECT_TRUE(padded.usable());
  EXPECT_TRUE(padded.command.ends_with("--set data=idx --set task.transform.pad=1"))
      << padded.command;
  idx<std::uint8_t>("a-images.idx", std::vector<std::uint8_t>(2 * 31 * 31, 7), {2, 31, 31});
  EXPECT_FALSE(look("a-images.idx").usable());
  idx<std::uint8_t>("a-images.idx", std::vector<std::uint8_t>(2 * 28 * 20, 7), {2, 28, 20});
  const Inspection oblong = look("a-images.idx");
  EXPECT_EQ(finding(oblong, "images are 20x28").severity, Severity::kFatal);
  EXPECT_EQ(oblong.command, "");
}

TEST_F(InspectIdx, ADamagedFileIsUnusableWithItsReason) {
  train(pixels(3), {0, 1, 0});
  std::string bytes = read_file(at("train-images-idx3-ubyte"));
  put("train-images-idx3-ubyte", bytes.substr(0, 1000));
  const Inspection in = look();
  EXPECT_FALSE(in.usable());
  EXPECT_EQ(in.kind, "idx");
  ASSERT_FALSE(in.findings.empty());
  EXPECT_NE(in.findings[0].what.find("train-images-idx3-ubyte"), std::string::npos);
}

TEST_F(InspectIdx, TheKeysOfTheJsonAreThoseOfItsDescription) {
  train(pixels(3), {0, 1, 0});
  put("text.txt", "no data\n");
  const std::vector<std::string> expected{
      "bit_depth",      "broken", "broken_count", "channels", "classes",    "constant",
      "constant_count", "counts", "duplicates",   "fields",   "findings",   "images",
      "kind",           "mean",   "origin",       "overlap",  "path",       "pictures",
      "samples",        "shapes", "splits",       "std",      "suggestion", "title",
      "unit",           "usable"};
  for (const char* name : {"", "text.txt"}) {
    std::vector<std::string> keys;
    const Json json = inspection_json(look(name));
    for (const auto& [key, ignored] : json.items()) keys.push_back(key);
    std::ranges::sort(keys);
    EXPECT_EQ(keys, expected) << name;
    EXPECT_EQ(json["usable"], *name == '\0') << name;
  }
}

TEST_F(InspectIdx, ReportsProgressUpToTheEnd) {
  train(pixels(100), std::vector<std::uint8_t>(100, 0));
  std::vector<std::int64_t> done;
  InspectOptions options;
  options.progress = [&](std::int64_t now, std::int64_t total) {
    EXPECT_EQ(total, 100);
    done.push_back(now);
  };
  look("", options);
  EXPECT_TRUE(std::ranges::is_sorted(done));
  EXPECT_EQ(done.front(), 0);
  EXPECT_EQ(done.back(), 100);
}

class InspectArrays : public InspectedSet {
 protected:
  template <class T>
  void npy(const std::string& name, std::vector<T> values, std::vector<std::int64_t> shape) {
    codec::write_npy(at(name), codec::make_array<T>(values, std::move(shape)));
  }
  std::vector<float> ramp(std::size_t n, float low, float high) {
    std::vector<float> out(n);
    for (std::size_t i = 0; i < n; ++i) {
      out[i] = low + (high - low) * static_cast<float>(i) / static_cast<float>(n - 1);
    }
    return out;
  }
};

TEST_F(InspectArrays, ReadsChannelsWhereverTheyAre) {
  // Red 255, green 0, blue 51 everywhere.
  std::vector<std::uint8_t> last, first;
  for (int i = 0; i < 2 * 32 * 32; ++i) last.insert(last.end(), {255, 0, 51});
  for (int n = 0; n < 2; ++n) {
    for (const std::uint8_t value : {255, 0, 51}) first.insert(first.end(), 1024, value);
  }
  npy<std::uint8_t>("last.npy", last, {2, 32, 32, 3});
  npy<std::uint8_t>("first.npy", first, {2, 3, 32, 32});
  for (const char* name : {"last.npy", "first.npy"}) {
    const Inspection in = look(name);
    EXPECT_EQ(in.kind, "npy");
    ASSERT_EQ(in.splits[0].channels.size(), 3U) << name;
    EXPECT_DOUBLE_EQ(in.splits[0].channels[0].mean, 1);
    EXPECT_DOUBLE_EQ(in.splits[0].channels[1].mean, 0);
    EXPECT_DOUBLE_EQ(in.splits[0].channels[2].mean, 0.2);
    EXPECT_EQ(in.splits[0].constant.count, 2);
    EXPECT_EQ(in.splits[0].copies.samples, 1);
    EXPECT_TRUE(in.usable());
  }
  EXPECT_EQ(inspect(path("last.npy"), path("first.npy")).overlaps.back().samples, 2);
}

TEST_F(InspectArrays, SaysWhichValuesAreBlackAndWhite) {
  npy<float>("a.npy", ramp(2 * 28 * 28, -1, 1), {2, 28, 28});
  const Inspection signed_pixels = look("a.npy");
  EXPECT_TRUE(signed_pixels.usable()) << all_findings(signed_pixels);
  EXPECT_EQ(signed_pixels.unit, "as stored");
  EXPECT_EQ(finding(signed_pixels, "pixels run from -1 to 1").severity, Severity::kBad);
  EXPECT_EQ(end_of_command(signed_pixels), "--set data=arrays --set data.low=-1.0");
  npy<float>("a.npy", ramp(2 * 28 * 28, 0, 255), {2, 28, 28});
  EXPECT_EQ(end_of_command(look("a.npy")), "--set data=arrays --set data.high=255.0");
  npy<float>("a.npy", ramp(2 * 28 * 28, 0, 1), {2, 28, 28});
  EXPECT_EQ(end_of_command(look("a.npy")), "--set data=arrays");
}

TEST_F(InspectArrays, NamesSamplesWithNanAndInf) {
  auto values = ramp(4 * 28 * 28, 0, 1);
  values[784] = std::numeric_limits<float>::quiet_NaN();
  values[3 * 784 + 5] = -std::numeric_limits<float>::infinity();
  npy<float>("a.npy", values, {4, 28, 28});
  const Inspection in = look("a.npy");
  EXPECT_FALSE(in.usable());
  EXPECT_EQ(in.splits[0].invalid.count, 2);
  EXPECT_EQ(finding(in, "2 of the 4 images of train hold NaN or Inf: 1 (NaN), 3 (Inf)").severity,
            Severity::kFatal)
      << all_findings(in);
}

TEST_F(InspectArrays, RowsOfNumbersAreToldButNotTrained) {
  npy<float>("a.npy", {1, 10, 2, 20, 3, 60}, {3, 2});
  const Inspection in = look("a.npy");
  EXPECT_FALSE(in.images);
  EXPECT_FALSE(in.usable());
  ASSERT_EQ(in.splits[0].channels.size(), 2U);
  EXPECT_DOUBLE_EQ(in.splits[0].channels[0].mean, 2);
  EXPECT_DOUBLE_EQ(in.splits[0].channels[0].std, std::sqrt(2.0 / 3));
  EXPECT_DOUBLE_EQ(in.splits[0].channels[1].mean, 30);
  EXPECT_EQ(in.splits[0].channels[1].high, 60);
  EXPECT_FALSE(contact_sheet(in));
}

TEST_F(InspectArrays, ListsTheArraysOfAnNpz) {
  const std::vector<codec::NpzArray> arrays{
      {"x", codec::make_array<std::uint8_t>(noise(28, 28, 1, 1).pixels, {1, 28, 28})},
      {"y", codec::make_array<std::int64_t>(std::vector<std::int64_t>{4}, {1})}};
  codec::write_npz(at("a.npz"), arrays);
  const Inspection in = look("a.npz");
  EXPECT_EQ(in.kind, "npz");
  ASSERT_EQ(in.fields.size(), 2U);
  EXPECT_EQ(in.fields[0].name, "x");
  EXPECT_EQ(in.fields[1].dtype, "i64");
  EXPECT_EQ(in.classes, 5);
}

TEST_F(InspectArrays, AnAmbiguousLayoutIsLeftToTheUser) {
  npy<std::uint8_t>("a.npy", std::vector<std::uint8_t>(2 * 3 * 3 * 3, 7), {2, 3, 3, 3});
  EXPECT_FALSE(look("a.npy").usable());
  EXPECT_NE(look("a.npy").findings[0].what.find("data.layout"), std::string::npos);
  npy<std::uint8_t>("a.npy", std::vector<std::uint8_t>(2 * 3 * 8 * 3, 7), {2, 3, 8, 3});
  EXPECT_FALSE(look("a.npy").usable());
  npy<std::int32_t>("a.npy", std::vector<std::int32_t>(2 * 8 * 8, 7), {2, 8, 8});
  EXPECT_FALSE(look("a.npy").usable());
}

TEST_F(InspectedSet, CifarRecordsHaveClassNames) {
  std::string records;
  for (unsigned i = 0; i < 3; ++i) {
    const auto image = noise(32, 32, 3, i).pixels;
    records += static_cast<char>(i);
    records.append(image.begin(), image.end());
  }
  put("data_batch_7.bin", records);
  const Inspection in = look("data_batch_7.bin");
  EXPECT_EQ(in.kind, "cifar10");
  EXPECT_EQ(in.splits[0].samples, 3);
  EXPECT_EQ(in.class_names.at(2), "bird");
  EXPECT_EQ(in.command, "saddle train cifar10 --data " + path("data_batch_7.bin"));
}

}  // namespace
}  // namespace saddle::data
