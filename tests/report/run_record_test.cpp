// What is read from a run's directory.
#include "saddle/report/run_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "saddle/base/error.h"
#include "saddle/report/metric_series.h"
#include "saddle/report/run_page.h"
#include "tests/base/temporary.h"
#include "tests/report/made_run.h"

namespace saddle::report {
namespace {

using test::made_metric;
using test::MadeRun;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RunRecords : public testing::Test {
 protected:
  RunRecord made(const MadeRun& run = {}) const {
    test::make_run(path(), run);
    return read();
  }
  RunRecord read() const { return read_run_record(path(), test::recipes()); }
  std::filesystem::path path() const { return directory_ / "run"; }
  void append(const std::string& file, const std::string& text) const {
    std::ofstream(path() / file, std::ios::app) << text;
  }

  test::TemporaryDirectory directory_;
};

TEST_F(RunRecords, HoldWhatTrainingWrote) {
  const RunRecord run = made({.assignments = {"train.length=10k", "objective=hinge"},
                              .sheets = {5000, 0},
                              .checkpoints = {5000}});
  EXPECT_EQ(run.name, "run");
  EXPECT_EQ(run.preset, "ring");
  EXPECT_EQ(run.samples(), 5000);
  EXPECT_EQ(run.run_samples(), 10000);
  EXPECT_EQ(run.seconds(), 5);
  EXPECT_EQ(run.rate(), 1000);
  EXPECT_EQ(run.status(), Status::kOpen);
  EXPECT_EQ(run.sittings.at(0).device, "a CPU");
  EXPECT_EQ(run.config_value("objective.name"), "hinge");
  ASSERT_EQ(run.sheets.size(), 2U);
  EXPECT_EQ(run.sheets[0].samples, 0);
  ASSERT_EQ(run.checkpoints.size(), 1U);
  std::vector<std::string> changed;
  for (const auto& change : config_changes(run)) changed.push_back(change.key);
  EXPECT_THAT(changed, ::testing::IsSupersetOf({"objective.name", "train.length"}));
  EXPECT_THAT(changed, ::testing::Not(::testing::Contains("data.name")));
}

TEST_F(RunRecords, KnowHowARunStands) {
  EXPECT_EQ(made({.assignments = {"train.length=5k"}}).status(), Status::kFinished);
  EXPECT_EQ(made({.ticks = 0}).status(), Status::kNothingYet);
  const std::string time = "2024-05-01T12:00:09Z ";
  EXPECT_EQ(made({.log = time + "info: interrupted at 5,000 samples\n"}).status(),
            Status::kInterrupted);
  EXPECT_EQ(made({.log = time + "info: out of time at 5,000 samples\n"}).status(),
            Status::kOutOfTime);
  EXPECT_EQ(made({.log = time + "error: no\n" + time + "info: go on with:  saddle\n"}).status(),
            Status::kFailed);
  EXPECT_EQ(made({.log = ""}).status(), Status::kOpen);
}

TEST_F(RunRecords, CountALengthInStepsByTheTicks) {
  EXPECT_EQ(made({.assignments = {"train.length=\"200 steps\""}}).run_samples(), 20000);
  EXPECT_EQ(made({.assignments = {"train.length=\"200 steps\""}, .ticks = 0}).run_samples(),
            std::nullopt);
}

TEST_F(RunRecords, LeaveOutALastLineThatACrashBroke) {
  made({.measurements = {{5000, {made_metric("fid", 3, 0.1)}}}});
  append("ticks.jsonl", "{\"samples\": 6000, \"st");
  append("metrics.jsonl", "{\"metrics\": [");
  const RunRecord run = read();
  EXPECT_EQ(run.ticks.size(), 5U);
  EXPECT_EQ(run.measurements.size(), 1U);
}

TEST_F(RunRecords, ReadNumbersThatJsonHasNoWordForAsNaN) {
  made({.ticks = 0});
  append("ticks.jsonl",
         "{\"samples\":7,\"signals\":{\"loss.x\":null},"
         "\"first_bad\":{\"tensor\":\"generator loss\",\"step\":3}}\n");
  const RunRecord run = read();
  EXPECT_TRUE(std::isnan(run.ticks.at(0).signals.at(0).second));
  EXPECT_EQ(run.ticks.at(0).first_bad, "generator loss at step 3");
  EXPECT_THAT(run_warnings(run).at(0).text, HasSubstr("generator loss at step 3"));
}

TEST_F(RunRecords, NameTheLineThatLacksSomething) {
  made();
  append("ticks.jsonl", "{\"samples\":\"many\"}\n");
  const std::string ticks = (path() / "ticks.jsonl").string();
  test::expect_error(
      [&] { read(); }, ErrorCode::kInput,
      "[report] " + ticks + " line 6 'samples': got string, expected a whole number");
}

TEST_F(RunRecords, ToldOfAnUnknownPresetFallBackToTheDefaults) {
  made();
  EXPECT_TRUE(read().reference_is_preset);
  const RunRecord run = read_run_record(path(), directory_.path());  // no recipe lies there
  EXPECT_FALSE(run.reference_is_preset);
  EXPECT_FALSE(config_changes(run).empty());
}

TEST(MetricSeriesOf, KeepsOtherConditionsApartAndTheLastOfOneClock) {
  const metric::Conditions other{{"extractor", "random-conv/1"}};
  RunRecord run;
  run.measurements = {{.samples = 1000, .metrics = {made_metric("fid", 9, 1)}},
                      {.samples = 2000, .metrics = {made_metric("fid", 5, 1)}},
                      {.samples = 2000, .metrics = {made_metric("fid", 4, 1)}},
                      {.samples = 2000, .metrics = {made_metric("fid", 70, 1, other)}},
                      {.samples = 2000, .metrics = {made_metric("mine", 1, 1)}}};
  const auto all = metric_series(run);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].points.size(), 2U);
  EXPECT_EQ(all[0].latest().value.value, 4);
  EXPECT_TRUE(all[0].is_curve());
  EXPECT_EQ(all[1].latest().value.value, 70);
  EXPECT_FALSE(all[1].is_curve());
  EXPECT_EQ(all[2].name, "mine") << "what the catalogue does not know comes last";
}

}  // namespace
}  // namespace saddle::report
