// What may be compared, and who is called better.
#include "saddle/report/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "tests/base/temporary.h"
#include "tests/report/made_run.h"

namespace saddle::report {
namespace {

using metric::kNone;
using test::made_metric;
using test::MadeRun;
using test::measured_run;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto kBest = Verdict::kBest;
constexpr auto kSame = Verdict::kSame;
constexpr auto kWorse = Verdict::kWorse;
constexpr auto kUnknown = Verdict::kUnknown;
constexpr auto kNoVerdict = Verdict::kNone;

std::vector<Verdict> judged(std::vector<double> values, std::vector<double> spreads, int sign = 1) {
  return verdicts(values, spreads, sign);
}

TEST(Verdicts, CallBetterOnlyWhatExceedsTheCombinedSpread) {
  // sqrt(3^2 + 4^2) = 5.
  EXPECT_THAT(judged({10, 15.1}, {3, 4}), ElementsAre(kBest, kWorse));
  EXPECT_THAT(judged({10, 14.9}, {3, 4}), ElementsAre(kSame, kSame));
  EXPECT_THAT(judged({10, 14.9, 30}, {3, 4, 1}), ElementsAre(kSame, kSame, kWorse));
}

TEST(Verdicts, FollowTheDirectionOfTheMetric) {
  EXPECT_THAT(judged({10, 20}, {1, 1}, -1), ElementsAre(kWorse, kBest));
  EXPECT_THAT(judged({10, 20}, {1, 1}, 0), ElementsAre(kNoVerdict, kNoVerdict));
}

TEST(Verdicts, DoNotJudgeWithoutASpreadOrAnOther) {
  EXPECT_THAT(judged({10, 20}, {kNone, 1}), ElementsAre(kUnknown, kUnknown));
  EXPECT_THAT(judged({8, 8}, {kNone, kNone}), ElementsAre(kSame, kSame));
  EXPECT_THAT(judged({10, kNone}, {1, 1}), ElementsAre(kNoVerdict, kNoVerdict));
  EXPECT_THAT(judged({10, 20, kNone}, {1, 1, 1}), ElementsAre(kBest, kWorse, kNoVerdict));
}

class Comparisons : public test::MadeRuns {
 protected:
  void add(const std::string& name, const MadeRun& run) { runs_.push_back(made(name, run)); }
  Comparison compared() const { return compare_runs(runs_); }
  std::string text(bool force = false) const { return comparison_text(compared(), force, false); }

  std::vector<RunRecord> runs_;
};

const metric::Conditions kOtherExtractor{{"extractor", "random-conv/1"}};

TEST_F(Comparisons, RefuseToPutOtherConditionsIntoOneRow) {
  add("a", measured_run({made_metric("fid", 3, 0.1)}));
  add("b", measured_run({made_metric("fid", 777, 0.1, kOtherExtractor)}, {"objective=hinge"}));
  EXPECT_THAT(text(), AllOf(HasSubstr("not comparable: extractor: pixels against random-conv/1"),
                            Not(HasSubstr("777"))));
  EXPECT_THAT(
      text(/*force=*/true),
      AllOf(HasSubstr("777 ± 0.1 !"), HasSubstr("3 ± 0.1 !"), HasSubstr("! must not be compared"),
            HasSubstr("fid: not comparable: extractor: pixels against random-conv/1")));
  const Comparison comparison = compared();
  EXPECT_FALSE(comparison.metrics.at(0).comparable());
  for (const MetricCell& cell : comparison.metrics[0].cells) EXPECT_EQ(cell.verdict, kNoVerdict);
  const Json plain = comparison_json(comparison, false), forced = comparison_json(comparison, true);
  EXPECT_EQ(plain["metrics"][0]["comparable"], false);
  EXPECT_TRUE(plain["metrics"][0]["values"][1]["value"].is_null());
  EXPECT_EQ(forced["metrics"][0]["values"][1]["value"], 777);
  EXPECT_EQ(forced["metrics"][0]["not_comparable"][0], "extractor: pixels against random-conv/1");
}

TEST_F(Comparisons, CompareTheMajorityAndRefuseTheOddOne) {
  add("a", measured_run({made_metric("fid", 3, 0.1)}));
  add("b", measured_run({made_metric("fid", 5, 0.1)}, {"objective=hinge"}));
  add("c", measured_run({made_metric("fid", 1.5, 0.1, kOtherExtractor)}, {"train.batch=8"}));
  const MetricRow row = compared().metrics.at(0);
  EXPECT_TRUE(row.comparable());
  EXPECT_EQ(row.cells[0].verdict, kBest);
  EXPECT_EQ(row.cells[1].verdict, kWorse);
  EXPECT_EQ(row.cells[2].verdict, kNoVerdict) << "the smallest number is of another kind";
  EXPECT_THAT(text(), AllOf(HasSubstr("3 ± 0.1 *"), Not(HasSubstr("1.5 "))));
}

const metric::Conditions kRandomNetwork{{"features", "random-conv/1 seed 0"}};
const metric::Conditions kPixels{{"features", "pixels, resized to 16 (bilinear)"}};

TEST_F(Comparisons, NameWhatMadeTheFeatures) {
  const auto metrics = [] {
    return std::vector{made_metric("fid", 3, 0.1, kRandomNetwork),
                       made_metric("coverage", 3, 0.1, kPixels),
                       made_metric("recall", 3, 0.1, {{"features", "as given"}})};
  };
  add("a", measured_run(metrics()));
  add("b", measured_run(metrics(), {"objective=hinge"}));
  EXPECT_THAT(text(), AllOf(HasSubstr("\nfid (random-conv/1)  low"), HasSubstr("\nrecall   "),
                            HasSubstr("\ncoverage (pixels)    high")));
  EXPECT_THAT(comparison_page(compared(), false), HasSubstr(">coverage (pixels)<"));
  const Json json = comparison_json(compared(), false);
  EXPECT_EQ(json["metrics"][0]["features"], "random-conv/1");
  EXPECT_TRUE(json["metrics"][1]["features"].is_null());
}

TEST_F(Comparisons, NameTheFeaturesThatMostRunsShare) {
  add("a", measured_run({made_metric("fid", 3, 0.1, kRandomNetwork)}));
  add("b", measured_run({made_metric("fid", 5, 0.1, kPixels)}, {"objective=hinge"}));
  EXPECT_EQ(compared().metrics.at(0).label(), "fid") << "there is no such row";
  add("c", measured_run({made_metric("fid", 1.5, 0.1, kPixels)}, {"train.batch=8"}));
  EXPECT_EQ(compared().metrics.at(0).label(), "fid (pixels)");
}

TEST_F(Comparisons, JudgeByAStandardErrorOnly) {
  const auto of = [](double value) {
    return std::vector{made_metric("fid", value, 0.1), made_metric("kid", value, 0.1),
                       made_metric("sliced_w2", value, 0.1), made_metric("unheard_of", 3, 0.1)};
  };
  add("a", measured_run(of(3)));
  add("b", measured_run(of(9), {"objective=hinge"}));
  const auto metrics = compared().metrics;
  EXPECT_EQ(metrics.at(0).cells[0].verdict, kBest);
  EXPECT_EQ(metrics.at(0).cells[1].verdict, kWorse);
  for (const std::size_t i : {1, 2}) {
    for (const MetricCell& cell : metrics.at(i).cells) {
      EXPECT_EQ(cell.verdict, kUnknown) << metrics[i].name;
    }
  }
  EXPECT_THAT(text(), AllOf(HasSubstr("3 ± 0.1 *"), HasSubstr("3 (sd 0.1) ?"),
                            HasSubstr("9 (spread 0.1) ?"), HasSubstr("? no standard error"),
                            HasSubstr("in brackets: a spread that is no standard error")));
  const Json json = comparison_json(compared(), false);
  EXPECT_EQ(json["metrics"][0]["spread_is"], "standard error");
  EXPECT_EQ(json["metrics"][1]["spread_is"], "sd");
  EXPECT_EQ(json["metrics"][1]["values"][0]["spread"], 0.1);
  EXPECT_EQ(json["metrics"][1]["values"][0]["verdict"], "no standard error to judge by");
  EXPECT_EQ(json["metrics"][2]["spread_is"], "partial error");
  EXPECT_TRUE(json["metrics"][3]["spread_is"].is_null());
}

TEST_F(Comparisons, SaySoOfBracketsOnlyWhereThereAreSome) {
  add("a", measured_run({made_metric("fid", 3, 0.1), made_metric("kid", 3, kNone)}));
  add("b", measured_run({made_metric("fid", 5, 0.1)}, {"objective=hinge"}));
  EXPECT_THAT(text(), Not(HasSubstr("brackets")));
}

TEST_F(Comparisons, JudgeMeansOverSeedsOfEveryMetric) {
  for (const int seed : {1, 2}) {
    add(cat("low", seed),
        measured_run({made_metric("kid", 3 + seed, 9)}, {cat("train.seed=", seed)}));
    add(cat("high", seed), measured_run({made_metric("kid", 30 + seed, 9)},
                                        {cat("train.seed=", seed), "objective=hinge"}));
  }
  const auto seeds = compared().metrics.at(0).seeds;
  ASSERT_EQ(seeds.size(), 2U);
  EXPECT_EQ(seeds[0].verdict, kBest);
  EXPECT_EQ(seeds[1].verdict, kWorse);
}

TEST_F(Comparisons, TakeAnOlderMeasurementWhereItIsTheSharedOne) {
  add("a", {.measurements = {{4000, {made_metric("fid", 6, 0.1)}},
                             {5000, {made_metric("fid", 60, 0.1, kOtherExtractor)}}}});
  add("b", measured_run({made_metric("fid", 5, 0.1)}, {"objective=hinge"}));
  const MetricRow row = compared().metrics.at(0);
  EXPECT_TRUE(row.refusals.empty());
  EXPECT_EQ(row.cells[0].point->value.value, 6);
  EXPECT_THAT(text(), HasSubstr("fid: measured at different samples: a 4,000, b 5,000"));
}

TEST_F(Comparisons, AverageOverSeedsBesideTheSingleValues) {
  const std::vector<double> values{2, 4, 6};  // mean 4, sample sd 2
  for (std::size_t i = 0; i < values.size(); ++i) {
    add(cat("s", i), measured_run({made_metric("fid", values[i], 0.1)}, {cat("train.seed=", i)}));
  }
  add("other", measured_run({made_metric("fid", 40, 0.1)}, {"objective=hinge"}));
  const Comparison comparison = compared();
  ASSERT_EQ(comparison.groups.size(), 1U);
  EXPECT_THAT(comparison.groups[0].runs, ElementsAre(0, 1, 2));
  const SeedCell& cell = comparison.metrics.at(0).seeds.at(0);
  EXPECT_EQ(cell.n, 3U);
  EXPECT_DOUBLE_EQ(cell.mean, 4);
  EXPECT_DOUBLE_EQ(cell.sd, 2);
  EXPECT_THAT(text(), AllOf(HasSubstr("4 ± 2 (n 3)"), HasSubstr("s0 + 2 seeds")));
  const Json json = comparison_json(comparison, false);
  EXPECT_EQ(json["seed_groups"], Json::parse("[[0,1,2]]"));
  EXPECT_EQ(json["metrics"][0]["seeds"][0]["sd"], 2);
}

TEST_F(Comparisons, AverageNoSeedsOfOtherClocksOrOtherData) {
  add("a",
      {.assignments = {"train.seed=1"}, .measurements = {{4000, {made_metric("fid", 6, 0.1)}}}});
  add("b",
      {.assignments = {"train.seed=2"}, .measurements = {{5000, {made_metric("fid", 6, 0.1)}}}});
  EXPECT_EQ(compared().metrics.at(0).seeds.at(0).n, 0U);
  add("c", {.assignments = {"train.seed=3"}, .fingerprint = "ring v2"});
  EXPECT_THAT(compared().groups.at(0).runs, ElementsAre(0, 1));
}

TEST_F(Comparisons, NameOtherDataAndTheKeysThatDiffer) {
  add("a", {.fingerprint = "ring v1"});
  add("b", {.assignments = {"train.batch=8"}, .fingerprint = "ring v2"});
  EXPECT_THAT(text(), AllOf(HasSubstr("DIFFERENT DATA"), HasSubstr("a: ring v1"),
                            HasSubstr("b: ring v2"), HasSubstr("Nothing was measured")));
  const Comparison comparison = compared();
  ASSERT_EQ(comparison.keys.size(), 1U);
  EXPECT_EQ(comparison.keys[0].key, "train.batch");
  EXPECT_THAT(comparison.keys[0].values, ElementsAre("128", "8"));
  EXPECT_EQ(comparison_json(comparison, false)["other_data"], true);
}

TEST_F(Comparisons, TellRunsOfOneNameApartByTheirPaths) {
  add("x/run", {});
  add("y/run", {});
  EXPECT_THAT(compared().labels[0], HasSubstr("x/run"));
  EXPECT_THAT(compared().labels[1], HasSubstr("y/run"));
}

TEST_F(Comparisons, WantTwoDifferentRuns) {
  add("a", {});
  test::expect_error([&] { compared(); }, ErrorCode::kUsage,
                     "[compare] got 1 run, expected two or more; `saddle report RUN` tells of one");
  runs_.push_back(runs_[0]);
  test::expect_error(
      [&] { compared(); }, ErrorCode::kUsage,
      "[compare] got " + runs_[0].path.string() + " twice, expected different runs; leave one out");
}

}  // namespace
}  // namespace saddle::report
