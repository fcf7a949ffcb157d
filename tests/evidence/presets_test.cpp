// What each preset promises, seen to hold: the built program trains it and measures the result.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "tests/base/temporary.h"
#include "tests/paths.h"
#include "tests/program.h"
#include "tests/testing.h"

namespace saddle::test {
namespace {

using Json = nlohmann::json;

struct Bound {
  const char* metric;
  double low;
  double high;
  bool in_floors = false;  ///< the bounds are multiples of the real-vs-real floor
};

struct Promise {
  const char* preset;
  const char* data;  ///< a folder of the shared data; empty for procedural worlds
  int seeds;
  double cpu_seconds;  ///< of training, on one thread
  std::vector<Bound> bounds;
};

// What the `expect` lines of the presets say.
const Promise kPromises[] = {
    {"ring", "", 5, 90, {{"modes", 8, 8}, {"reverse_kl", 0, .02}}},
    {"grid", "", 5, 90, {{"modes", 25, 25}, {"reverse_kl", 0, .02}}},
    {"moons", "", 3, 90, {{"on_support", .97, 1}, {"sliced_w2", 0, 2, true}}},
    {"swiss_roll", "", 3, 90, {{"on_support", .94, 1}, {"sliced_w2", 0, 2, true}}},
    {"shells", "", 3, 90, {{"on_support", .8, 1}, {"sliced_w2", 0, 2, true}}},
    {"mnist",
     "mnist",
     3,
     600,
     {{"class_kl", 0, .002},
      {"sure", .95, 1},
      {"requested_class", .98, 1},
      {"classifier_frechet", 0, 2, true}}},
    {"mnist-unconditional",
     "mnist",
     3,
     600,
     {{"class_kl", 0, .03}, {"sure", .78, 1}, {"classifier_frechet", 0, 8, true}}},
    {"fashion",
     "fashion_mnist",
     3,
     600,
     {{"class_kl", 0, .002}, {"requested_class", .88, 1}, {"classifier_frechet", 0, 5, true}}},
    {"cifar10",
     "cifar10",
     1,
     1500,
     {{"class_kl", 0, .02}, {"requested_class", .38, 1}, {"classifier_frechet", 0, 1, true}}},
    {"digits",
     "",
     3,
     600,
     {{"class_kl", 0, .002}, {"requested_class", .95, 1}, {"classifier_frechet", 0, 7, true}}},
};

struct Row {
  const Promise* promise;
  int seed;
};

std::vector<Row> rows() {
  std::vector<Row> rows;
  for (const Promise& promise : kPromises) {
    for (int seed = 0; seed < promise.seeds; ++seed) rows.push_back({&promise, seed});
  }
  return rows;
}

TEST(Promises, AreThereForEveryPreset) {
  const Finished listed = run_saddle({"presets", "list", "--json"});
  ASSERT_EQ(listed.exit_code, 0) << listed.err;
  std::set<std::string> shipped, promised;
  const Json list = Json::parse(listed.out);
  for (const Json& preset : list.at("presets")) {
    shipped.insert(preset.at("name"));
    EXPECT_NE(preset.at("expect"), "") << preset.at("name");
  }
  for (const Promise& promise : kPromises) promised.insert(promise.preset);
  promised.insert("folder-64");  // its data is the caller's own, and what it learns theirs
  EXPECT_EQ(promised, shipped);
}

class Preset : public ::testing::TestWithParam<Row> {};

TEST_P(Preset, KeepsItsPromise) {
  const Promise& promise = *GetParam().promise;
  const std::string seed = std::to_string(GetParam().seed);
  if (!saddle_test_all()) GTEST_SKIP() << "trains for minutes; set SADDLE_TEST_ALL=1";
  const TemporaryDirectory place;
  const std::string run = (place / "run").string();
  std::vector<std::string> words{"train", promise.preset,    "--out", run,
                                 "--set", "train.threads=1", "--set", "train.seed=" + seed};
  if (*promise.data != '\0') {
    const std::string folder = std::string(kSharedDirectory) + "/data/" + promise.data;
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no data in " << folder;
    words.insert(words.end(), {"--data", folder});
  }
  const Finished training = run_saddle(words);
  ASSERT_EQ(training.exit_code, 0) << training.err;
  EXPECT_LE(training.cpu_seconds, promise.cpu_seconds);
  const std::string name = std::string(promise.preset) + " seed " + seed;
  report_figure(name + " training, CPU seconds", training.cpu_seconds);

  const Finished evaluation = run_saddle({"eval", run, "--json"});
  ASSERT_EQ(evaluation.exit_code, 0) << evaluation.err;
  const Json result = Json::parse(evaluation.out);
  std::map<std::string, Json> metrics;
  for (const Json& metric : result.at("metrics")) {
    metrics[metric.at("name")] = metric;
    report_figure(name + " " + metric.at("name").get<std::string>(), metric.at("value"));
  }
  for (const Bound& bound : promise.bounds) {
    ASSERT_TRUE(metrics.contains(bound.metric)) << bound.metric;
    const Json& metric = metrics.at(bound.metric);
    const double unit = bound.in_floors ? metric.at("floor").get<double>() : 1;
    const double value = metric.at("value").get<double>() / unit;
    EXPECT_GE(value, bound.low) << bound.metric;
    EXPECT_LE(value, bound.high) << bound.metric;
    if (bound.in_floors) report_figure(name + " " + bound.metric + ", in floors", value);
  }
}

INSTANTIATE_TEST_SUITE_P(Table, Preset, ::testing::ValuesIn(rows()), [](const auto& info) {
  std::string name = info.param.promise->preset;
  for (char& c : name) c = c == '-' ? '_' : c;
  return name + "_seed_" + std::to_string(info.param.seed);
});

}  // namespace
}  // namespace saddle::test
