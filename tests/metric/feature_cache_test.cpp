#include "saddle/metric/feature_cache.h"

#include <gmock/gmock.h>

#include <chrono>
#include <fstream>

#include "tests/metric/fixtures.h"

namespace saddle::test {
namespace {

using testing::HasSubstr;

/// A log that keeps its lines.
struct Notices {
  std::vector<std::string> lines;
  Log log() {
    return Log([this](LogLevel level, std::string_view text) {
      lines.push_back(std::string(to_text(level)) + ": " + std::string(text));
    });
  }
};

metric::CachedFeatures some_features(std::uint64_t draw, std::int64_t n) {
  return {.features = normal(draw, {n, 4}).to(at::kFloat), .logits = {}};
}

std::vector<std::filesystem::path> files_in(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    files.push_back(entry.path());
  }
  return files;
}

TEST(FeatureCache, GivesBackWhatWasKeptBitForBit) {
  const TemporaryDirectory place;
  Notices notices;
  const metric::FeatureCache cache(place / "new" / "folder", notices.log());
  const std::string key = metric::feature_key("pixels", "set 1", {10, 20});
  EXPECT_FALSE(cache.find(key));
  metric::CachedFeatures entry{.features = normal(90, {20, 3}), .logits = normal(91, {20, 7})};
  cache.put(key, entry);
  const auto found = cache.find(key);
  ASSERT_TRUE(found);
  EXPECT_TRUE(at::equal(found->features, entry.features));
  EXPECT_TRUE(at::equal(found->logits, entry.logits));
  EXPECT_EQ(found->features.scalar_type(), at::kDouble);
  cache.put(key, some_features(92, 5));
  EXPECT_TRUE(at::equal(cache.find(key)->features, some_features(92, 5).features));
  EXPECT_FALSE(cache.find(key)->logits.defined());
  EXPECT_TRUE(notices.lines.empty());
}

TEST(FeatureCache, EveryPartOfTheKeyCounts) {
  const TemporaryDirectory place;
  const metric::FeatureCache cache(place.path());
  cache.put(metric::feature_key("a", "b", {0, 5}), some_features(93, 5));
  EXPECT_TRUE(cache.find(metric::feature_key("a", "b", {0, 5})));
  EXPECT_FALSE(cache.find(metric::feature_key("x", "b", {0, 5})));
  EXPECT_FALSE(cache.find(metric::feature_key("a", "x", {0, 5})));
  EXPECT_FALSE(cache.find(metric::feature_key("a", "b", {1, 5})));
  EXPECT_FALSE(cache.find(metric::feature_key("a", "b", {0, 4})));
}

TEST(FeatureCache, WithoutADirectoryNothingIsKept) {
  const metric::FeatureCache cache({});
  cache.put("key", some_features(94, 5));
  EXPECT_FALSE(cache.find("key"));
}

TEST(FeatureCache, DamagedFilesAreReportedAndReplaced) {
  const TemporaryDirectory place;
  Notices notices;
  const metric::FeatureCache cache(place.path(), notices.log());
  const auto entry = some_features(95, 50);
  cache.put("key", entry);
  const auto file = files_in(place.path()).at(0);
  const std::string whole = read_file(file);
  std::string flipped = whole;
  flipped.back() = static_cast<char>(flipped.back() ^ 1);
  for (const std::string& damaged :
       {whole.substr(0, whole.size() / 2), flipped, std::string(), std::string("text")}) {
    write_file_atomic(file, damaged);
    notices.lines.clear();
    EXPECT_FALSE(cache.find("key"));
    ASSERT_EQ(notices.lines.size(), 1u);
    EXPECT_THAT(notices.lines[0],
                HasSubstr("warning: the cached features " + file.string() + " cannot be used ("));
    EXPECT_THAT(notices.lines[0], HasSubstr("); they are computed again"));
    cache.put("key", entry);
    ASSERT_TRUE(cache.find("key"));
    EXPECT_TRUE(at::equal(cache.find("key")->features, entry.features));
  }
  // A whole file of another key under this name.
  cache.put("other", some_features(96, 3));
  for (const auto& path : files_in(place.path())) {
    if (path != file) std::filesystem::rename(path, file);
  }
  notices.lines.clear();
  EXPECT_FALSE(cache.find("key"));
  ASSERT_EQ(notices.lines.size(), 1u);
  EXPECT_THAT(notices.lines[0], HasSubstr("metadata key: got '"));
}

TEST(FeatureCache, ADirectoryThatCannotBeWrittenIsDoneWithout) {
  const TemporaryDirectory place;
  write_file_atomic(place / "file", "not a directory");
  Notices notices;
  const metric::FeatureCache cache(place / "file" / "cache", notices.log());
  cache.put("key", some_features(97, 5));
  EXPECT_FALSE(cache.find("key"));
  ASSERT_EQ(notices.lines.size(), 1u);
  EXPECT_THAT(notices.lines[0],
              HasSubstr("warning: the features cannot be kept for the next time: "));
}

TEST(FeatureCache, WhatWasUsedLongestAgoMakesRoom) {
  const TemporaryDirectory place;
  Notices notices;
  write_file_atomic(place / "classifier-1.safetensors", std::string(5000, 'x'));
  // 50 rows of 4 float32: 800 bytes and a header of some 300 each; three fit.
  const metric::FeatureCache cache(place.path(), notices.log(), 3600);
  const auto age = [&](int hours) {  // of every file of features
    for (const auto& path : files_in(place.path())) {
      std::filesystem::last_write_time(
          path, std::filesystem::last_write_time(path) - std::chrono::hours(hours));
    }
  };
  for (const char* key : {"a", "b", "c"}) {
    cache.put(key, some_features(98, 50));
    age(1);
  }
  ASSERT_TRUE(cache.find("a"));  // now the one used last
  cache.put("d", some_features(99, 50));
  EXPECT_FALSE(cache.find("b"));
  for (const char* key : {"a", "c", "d"}) EXPECT_TRUE(cache.find(key)) << key;
  EXPECT_EQ(notices.lines,
            std::vector<std::string>{"info: the cache of features in " + place.path().string() +
                                     " holds at most 3,600 bytes: 1 file used longest ago made "
                                     "room"});
  EXPECT_TRUE(std::filesystem::exists(place / "classifier-1.safetensors"));
  notices.lines.clear();
  cache.put("large", some_features(99, 1000));
  EXPECT_FALSE(cache.find("large"));
  EXPECT_TRUE(cache.find("a"));
  EXPECT_EQ(notices.lines, std::vector<std::string>{
                               "info: the features are not kept for the next time: 16,000 bytes, "
                               "and the cache holds at most 3,600"});
}

}  // namespace
}  // namespace saddle::test
