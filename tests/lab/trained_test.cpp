// The experiments that train networks: cut short, and as they stand where all tests run.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "saddle/base/text.h"
#include "saddle/data/digits.h"
#include "saddle/data/stacked.h"
#include "saddle/lab/packing.h"
#include "saddle/lab/result.h"
#include "saddle/lab/stacked_digits.h"
#include "saddle/lab/table.h"
#include "saddle/lab/trained.h"
#include "saddle/tensor/device.h"
#include "tests/testing.h"

namespace saddle::lab {
namespace {

/// Runs an experiment with these settings, in one thread.
Result run(const std::string& id, const std::vector<std::string>& assignments) {
  configure_threads(1);
  // The result points into the table.
  static const std::vector<Experiment> table = experiments_with(trained_runners());
  const Experiment& experiment = find_experiment(table, id);
  Settings settings(experiment.id, experiment.parameters);
  for (const std::string& assignment : assignments) settings.assign(assignment);
  return run_experiment(experiment, std::move(settings));
}

void expect_pass(const Result& result) {
  for (const Check& check : result.outcome.checks) {
    EXPECT_TRUE(check.pass) << check.name << ": got " << check.value << ", expected "
                            << check.expected << " +- " << check.tolerance;
    if (check.name.find("seed") != std::string::npos) report_figure(check.name, check.value);
  }
}

void expect_plots(const Result& result, std::size_t count) {
  EXPECT_EQ(result.outcome.plots.size(), count);
  for (const Plot& plot : result.outcome.plots) {
    EXPECT_TRUE(plot.svg.starts_with("<svg")) << plot.name;
    EXPECT_EQ(plot.svg.find("nan"), std::string::npos) << plot.name;
    EXPECT_FALSE(plot.caption.empty()) << plot.name;
  }
}

bool has_check(const Result& result, const std::string& part) {
  return std::ranges::any_of(result.outcome.checks, [&](const Check& check) {
    return check.name.find(part) != std::string::npos;
  });
}

TEST(TrainedLab, EveryRowThatTrainsHasARunner) {
  for (const Experiment& one : experiments_with(trained_runners())) {
    EXPECT_TRUE(one.run) << one.id;
    EXPECT_EQ(one.measured.empty(), !one.measure) << one.id;
  }
  for (const Runner& runner : trained_runners()) {
    EXPECT_NE(find_experiment(experiments(), runner.id).kind, Kind::kClosedForm) << runner.id;
  }
}

TEST(TrainedLab, PackingCutShortIsItsClosedHalfAndTwoContests) {
  const std::vector<std::string> brief{"steps=10", "seeds=1"};
  const Result result = run("E25", brief);
  expect_pass(result);
  expect_plots(result, 4);
  EXPECT_TRUE(has_check(result, "TV of 4 packed"));
  EXPECT_TRUE(has_check(result, "grid, packs of 2: median KL of 1 seed (n = 2500)"));
  // The order is stated for the initial settings alone.
  EXPECT_FALSE(has_check(result, "against that of"));
  EXPECT_EQ(result_json(run("E25", brief)), result_json(result));
  EXPECT_TRUE(has_check(run("E25", {"steps=10", "seeds=1", "m=5"}), "grid, packs of 5"));
}

TEST(TrainedLab, TheClosedHalfOfPackingHoldsAtTheEndsOfItsParameters) {
  for (const std::string assignment :
       {"m=1", "m=20", "missing=0.001", "missing=0.999", "shift=0.001", "shift=0.499"}) {
    Settings settings("E25", packing_parameters());
    settings.assign(assignment);
    for (const Check& check : packing_in_closed_form(settings).checks) {
      EXPECT_TRUE(check.pass) << assignment << ": " << check.name << " " << check.value;
    }
  }
}

TEST(TrainedLab, TheZooCutShortShowsItsNumbers) {
  const std::vector<std::string> brief{"steps=10", "seeds=2"};
  const Result result = run("E26", brief);
  expect_pass(result);
  expect_plots(result, 5);
  EXPECT_TRUE(has_check(result, "ring, slow discriminator: median modes of 2 seeds (n = 2500)"));
  EXPECT_FALSE(has_check(result, "fewest modes"));
  EXPECT_EQ(result_json(run("E26", brief)), result_json(result));
}

TEST(TrainedLab, TheZooMeasuresWhatItNames) {
  configure_threads(1);
  const auto table = experiments_with(trained_runners());
  const Experiment& zoo = find_experiment(table, "E26");
  Settings settings(zoo.id, zoo.parameters);
  settings.assign("steps=10");
  const auto measured = zoo.measure(settings);
  EXPECT_EQ(measured.size(), zoo.measured.size());
  settings.assign("gamma=100");
  EXPECT_NE(zoo.measure(settings), measured);
}

TEST(TrainedLab, StackedDigitsCutShortRunsEveryPart) {
  const std::vector<std::string> brief{"steps=2", "n=100", "width=4", "judge=128"};
  const Result result = run("E27", brief);
  expect_pass(result);
  expect_plots(result, 2);
  EXPECT_TRUE(has_check(result, "NS + R1 + R2: KL (n = 100, 1 seed)"));
  EXPECT_FALSE(has_check(result, "the data itself"));
  EXPECT_EQ(result_json(run("E27", brief)), result_json(result));
}

TEST(StackJudge, CountsLayersAsDigitsOfOneNumber) {
  configure_threads(1);
  const metric::Classifier judge = digit_judge(2000);
  ASSERT_GT(judge.accuracy(), 0.5);
  const auto digits = data::make_source(data::DigitsWorld{}, data::Split::kTest, "");
  const auto stacked = data::stacked_source(digits, 2);
  EXPECT_EQ(judge_stacked_source(judge, *stacked, 5, 40).counts.size(), 100U);
  // One picture by hand: the classes of its layers, one after the other.
  const std::vector<std::int64_t> layers{14, 15};
  const at::Tensor single = data::read_batch(*digits, layers).at("x");
  const at::Tensor classes = judge.run(single).logits.argmax(1);
  const auto mode = static_cast<std::size_t>(10 * classes[0].item<std::int64_t>() +
                                             classes[1].item<std::int64_t>());
  const StackSpread one = judge_stacked_source(judge, *stacked, 7, 1);
  EXPECT_EQ(one.counts[mode], 1);
  EXPECT_EQ(one.modes, 1);
  EXPECT_NEAR(one.kl, std::log(100), 1e-12);
}

TEST(StackJudge, GivesNoModesToWhatIsNotFinite) {
  configure_threads(1);
  const metric::Classifier judge = digit_judge(128);
  const StackSpread spread = judge_stacks(judge, 3, 10, [](std::int64_t count) {
    return at::full({count, 3, 28, 28}, std::numeric_limits<float>::quiet_NaN());
  });
  EXPECT_EQ(spread.modes, 0);
  EXPECT_EQ(spread.kl, std::numeric_limits<double>::infinity());
}

TEST(StackJudge, GivesThePerfectSamplerItsFloor) {
  if (!saddle_test_all()) GTEST_SKIP() << "takes 2 minutes; ./check --all runs it";
  configure_threads(1);
  const metric::Classifier judge = digit_judge(50'000);
  report_figure("accuracy of the judge of stacked digits", judge.accuracy());
  EXPECT_GT(judge.accuracy(), .98);
  const auto stacked =
      data::stacked_source(data::make_source(data::DigitsWorld{}, data::Split::kTest, ""), 3);
  const StackSpread real = judge_stacked_source(judge, *stacked, 0, 26'000);
  report_figure("KL of real stacked digits, n = 26000", real.kl);
  EXPECT_EQ(real.modes, 1000);
  // Mean .0193, standard deviation .0009.
  EXPECT_NEAR(real.kl, .0193, 4 * .0009);
}

TEST(TrainedLab, PackingHolds) {
  if (!saddle_test_all()) GTEST_SKIP() << "takes 4 minutes; ./check --all runs it";
  const Result result = run("E25", {});
  expect_pass(result);
  EXPECT_TRUE(has_check(result, "against that of one at a time"));
}

TEST(TrainedLab, TheZooHolds) {
  if (!saddle_test_all()) GTEST_SKIP() << "takes 4 minutes; ./check --all runs it";
  const Result result = run("E26", {});
  expect_pass(result);
  EXPECT_TRUE(has_check(result, "fewest modes"));
}

}  // namespace
}  // namespace saddle::lab
