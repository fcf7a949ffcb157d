// Metrics while a run trains: they change nothing, go on where the run goes on, choose a
// checkpoint.
#include "saddle/task/run_evaluation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "saddle/base/file.h"
#include "saddle/base/jsonl.h"
#include "saddle/codec/tensorboard.h"
#include "saddle/loader/array_source.h"
#include "saddle/task/open_run.h"
#include "saddle/task/training.h"
#include "saddle/tensor/safetensors.h"
#include "saddle/train/best.h"
#include "saddle/train/observers.h"
#include "tests/base/temporary.h"
#include "tests/task/fixtures.h"

namespace saddle {
namespace {

namespace fs = std::filesystem;
using test::experiment_of;
using test::TemporaryDirectory;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Words = std::vector<std::string>;

constexpr std::int64_t kStep = 16;  // samples

/// 24 steps of a small ring, measured every five.
Words measured_words(Words more) {
  Words words{"train.length=\"24 steps\"",
              "train.tick=\"8 steps\"",
              "checkpoint.every=\"9 steps\"",
              "checkpoint.keep=9",
              "samples.every=0",
              "eval.every=\"5 steps\"",
              "eval.metrics=[\"fid\", \"kid\"]",
              "eval.samples=30"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}
Experiment measured_ring(Words more = {}) {
  return experiment_of("ring", measured_words(std::move(more)));
}

/// One sitting; `steps` until it is interrupted, -1: to the end.
Outcome sit(const fs::path& run, const Experiment& experiment, std::int64_t steps = -1,
            const TaskContext& context = {}) {
  const Training training =
      begin_training(run, experiment, context, [&steps] { return --steps == 0; });
  return training.trainer->run();
}

std::vector<Json> metric_lines(const fs::path& run) {
  std::vector<Json> lines;
  if (fs::exists(run / "metrics.jsonl")) lines = read_jsonl(run / "metrics.jsonl");
  for (Json& line : lines) line.erase("time");
  return lines;
}
std::vector<std::int64_t> measured_steps(const fs::path& run) {
  std::vector<std::int64_t> steps;
  for (const Json& line : metric_lines(run)) {
    steps.push_back(line.at("samples").get<std::int64_t>() / kStep);
  }
  return steps;
}
std::vector<std::int64_t> kept_steps(const fs::path& run) {
  std::vector<std::int64_t> steps;
  for (const auto& entry : list_checkpoints(run)) steps.push_back(entry.samples / kStep);
  return steps;
}

std::string config_error(Words more) {
  try {
    measured_ring(std::move(more));
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    return error.message();
  }
  return "no error";
}

// All but what measures time.
NamedTensors last_state(const fs::path& run) {
  NamedTensors kept;
  for (const auto& entry :
       load_safetensors(list_checkpoints(run).back().path / "state.safetensors").tensors) {
    if (entry.name != "seconds") kept.push_back(entry);
  }
  return kept;
}

TEST(RunEvaluation, ChangesNoByteOfWhatIsTrained) {
  const TemporaryDirectory place;
  sit(place / "with", measured_ring());
  sit(place / "without", measured_ring({"eval.every=0"}));
  EXPECT_EQ(measured_steps(place / "with"), (std::vector<std::int64_t>{5, 10, 15, 20, 24}));
  EXPECT_THAT(metric_lines(place / "without"), IsEmpty());
  EXPECT_TRUE(test::same_bytes(last_state(place / "with"), last_state(place / "without")));
}

TEST(RunEvaluation, GoesOnWithTheSameLines) {
  const TemporaryDirectory place;
  const Experiment experiment = measured_ring({"eval.metrics=[\"fid\", \"precision\"]"});
  sit(place / "whole", experiment);
  const auto expected = metric_lines(place / "whole");
  ASSERT_EQ(expected.size(), 5u);
  for (const Json& line : expected) {
    EXPECT_EQ(line.at("while_training"), true);
    EXPECT_EQ(line.at("metrics").size(), 2u);
    EXPECT_TRUE(line.at("metrics")[0].at("floor").is_number());
    EXPECT_TRUE(line.at("metrics")[1].at("baseline").is_number());
  }
  for (const std::int64_t stop : {1, 5, 9, 12, 20, 24}) {
    const fs::path run = place / std::to_string(stop);
    ASSERT_EQ(sit(run, experiment, stop), Outcome::kInterrupted);
    ASSERT_EQ(sit(run, experiment), Outcome::kFinished);
    EXPECT_EQ(metric_lines(run), expected) << "stopped after " << stop;
  }
}

TEST(RunEvaluation, TheClosingMeasurementIsMadeOnce) {
  const TemporaryDirectory place;
  const Experiment experiment = measured_ring({"samples.every=\"24 steps\"", "samples.count=4"});
  const fs::path run = place / "run";
  sit(run, experiment);
  const auto lines = metric_lines(run);
  // Killed before its last sheet: what was measured is not measured again.
  fs::remove(RunDirectory::open(run).sheet(24 * kStep));
  ASSERT_EQ(sit(run, experiment), Outcome::kFinished);
  EXPECT_EQ(metric_lines(run), lines);
}

TEST(RunEvaluation, TheBestCheckpointStaysWhateverComesAfter) {
  const TemporaryDirectory place;
  const fs::path run = place / "run";
  // A generator that stands still measures the same each time: the first is the best.
  const Words still{"optimizer.generator.lr=1e-30", "eval.best=\"fid\"", "checkpoint.keep=1",
                    "checkpoint.every=\"4 steps\""};
  sit(run, measured_ring(still));
  EXPECT_THAT(kept_steps(run), ElementsAre(5, 24));
  EXPECT_EQ(best_measurement(run, "fid").samples, 5 * kStep);
  Words longer = still;
  longer.emplace_back("train.length=\"40 steps\"");
  sit(run, measured_ring(longer));
  EXPECT_THAT(kept_steps(run), ElementsAre(5, 40));
  EXPECT_EQ(open_run(run, {.samples = kBestCheckpoint}).checkpoint.samples, 5 * kStep);
  EXPECT_EQ(open_run(run).checkpoint.samples, 40 * kStep);
}

TEST(RunEvaluation, TheBestIsThatOfTheLogAndItsCheckpointIsThere) {
  const TemporaryDirectory place;
  const fs::path run = place / "run";
  sit(run, measured_ring({"eval.best=\"fid\"", "checkpoint.keep=1", "optimizer.generator.lr=0.05",
                          "ema.half_life=16"}));
  double least = std::numeric_limits<double>::infinity();
  std::int64_t at = -1;
  for (const Json& line : metric_lines(run)) {
    const double fid = line.at("metrics")[0].at("value");
    if (fid < least) at = line.at("samples");
    least = std::min(least, fid);
  }
  const BestMeasurement best = best_measurement(run, "fid");
  EXPECT_EQ(best.samples, at);
  EXPECT_EQ(best.measured.value, least);
  EXPECT_EQ(open_run(run, {.samples = kBestCheckpoint}).checkpoint.samples, at);
}

TEST(RunEvaluation, MeasurementsOfAnotherKindBeginANewCount) {
  const TemporaryDirectory place;
  const fs::path run = place / "run";
  const Words still{"optimizer.generator.lr=1e-30", "eval.best=\"fid\"", "checkpoint.keep=1"};
  sit(run, measured_ring(still));
  EXPECT_THAT(kept_steps(run), ElementsAre(5, 24));
  // Fewer samples are biased upwards, so that 5 would stay the best for ever.
  Words longer = still;
  longer.insert(longer.end(), {"train.length=\"40 steps\"", "eval.samples=20"});
  sit(run, measured_ring(longer));
  EXPECT_EQ(best_measurement(run, "fid").samples, 25 * kStep);
  EXPECT_THAT(kept_steps(run), ElementsAre(25, 40));
}

TEST(RunEvaluation, AMeasurementWithoutItsCheckpointIsNotTheBest) {
  // A run that begins to choose when it goes on has thrown earlier checkpoints away.
  const TemporaryDirectory place;
  const fs::path run = place / "run";
  const Words still{"optimizer.generator.lr=1e-30", "checkpoint.keep=1"};
  sit(run, measured_ring(still));
  EXPECT_THAT(kept_steps(run), ElementsAre(24));
  EXPECT_EQ(best_measurement(run, "fid").samples, 24 * kStep);
  fs::remove_all(run / "checkpoints");
  EXPECT_EQ(best_measurement(run, "fid").samples, -1);
}

TEST(RunEvaluation, BestIsRefusedWhereNoneWasChosen) {
  const TemporaryDirectory place;
  const auto best_error = [](const fs::path& run) {
    try {
      open_run(run, {.samples = kBestCheckpoint});
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUsage);
      return error.message();
    }
    return std::string("no error");
  };
  sit(place / "plain", measured_ring(), 2);
  EXPECT_EQ(best_error(place / "plain"),
            "no best checkpoint in " + (place / "plain").string() +
                ": it was trained without eval.best; take the newest, or one by its samples");
  sit(place / "early", measured_ring({"eval.best=\"kid\""}), 2);
  EXPECT_EQ(best_error(place / "early"),
            "no best checkpoint in " + (place / "early").string() + ": kid was not measured yet");
}

TEST(RunEvaluation, WhatCannotBeMeasuredIsRefusedAtOnce) {
  EXPECT_EQ(config_error({"eval.metrics=[\"fdi\"]"}), "unknown metric 'fdi'; did you mean 'fid'?");
  EXPECT_EQ(config_error({"eval.best=\"fdi\""}), "unknown metric 'fdi'; did you mean 'fid'?");
  EXPECT_EQ(config_error({"eval.best=\"recall\""}),
            "eval.best = \"recall\" is not in eval.metrics");
  EXPECT_EQ(config_error({"eval.best=\"fid\"", "eval.every=0"}),
            "eval.best needs eval.every, which is 0");
  EXPECT_EQ(config_error({"eval.metrics=[\"diversity\"]", "eval.best=\"diversity\""}),
            "'diversity' has no better or worse: expected a metric such as fid or precision");
  for (const char* alone : {"psnr", "ppl", "modes", "auroc"}) {
    EXPECT_THAT(config_error({std::string("eval.metrics=[\"") + alone + "\"]"}),
                HasSubstr(std::string("eval.metrics: '") + alone + "' needs what only"));
  }
  EXPECT_THAT(config_error({"eval.metrics=[\"intra_fid\"]"}),
              HasSubstr("'intra_fid' needs a generator that is told the class"));
  EXPECT_THAT(config_error({"eval.metrics=[\"is\"]"}),
              HasSubstr("'is' needs a TorchScript file that gives logits, as eval.extractor"));
  EXPECT_EQ(config_error({"eval.metrics=[\"fid\", \"birthday\"]", "eval.best=\"birthday\""}),
            "no error");
}

TEST(RunEvaluation, AMetricThatFailsIsAWarningAndTrainingGoesOn) {
  const TemporaryDirectory place;
  const Experiment experiment = measured_ring({"eval.best=\"fid\""});
  RunDirectory run = RunDirectory::create_at(place / "run");
  const auto task = make_task(experiment, {});
  Words warnings;
  int calls = 0;
  Trainer trainer(*task, run,
                  {.train = experiment.train,
                   .checkpoint = experiment.checkpoint,
                   .samples = experiment.samples,
                   .stop_requested = {},
                   .facts = {},
                   .eval = experiment.eval,
                   .evaluate = [&](Sampler&) -> std::vector<metric::MetricValue> {
                     if (++calls == 2) throw Error(ErrorCode::kNumeric, "fid", "no roots");
                     if (calls == 3) return {{.name = "kid", .value = 1}};
                     return {{.name = "fid", .value = calls == 4 ? metric::kNone : 1.0 / calls}};
                   },
                   .log = Log([&](LogLevel level, std::string_view text) {
                     if (level == LogLevel::kWarning) warnings.emplace_back(text);
                   })});
  trainer.add(metric_log(run, 0));
  EXPECT_EQ(trainer.run(), Outcome::kFinished);
  EXPECT_THAT(warnings, ElementsAre("no metrics at 160 samples: [fid] no roots",
                                    "no best checkpoint is kept: eval.best = \"fid\" is not among "
                                    "what was measured: kid"));
  EXPECT_EQ(measured_steps(place / "run"), (std::vector<std::int64_t>{5, 15, 20, 24}));
  EXPECT_EQ(best_measurement(place / "run", "fid").samples, 24 * kStep);  // 1/5; no NaN at 20
}

TEST(RunEvaluation, TensorBoardHasTheMetrics) {
  const TemporaryDirectory place;
  sit(place / "run", measured_ring());
  std::vector<std::int64_t> steps;
  for (const auto& entry : fs::directory_iterator(place / "run")) {
    if (entry.path().filename().string().find("tfevents") == std::string::npos) continue;
    for (const auto& event : codec::read_events(entry.path())) {
      for (const auto& value : event.values) {
        if (value.tag == "metric/fid") steps.push_back(event.step / kStep);
      }
    }
  }
  EXPECT_THAT(steps, ElementsAre(5, 10, 15, 20, 24));
}

std::string log_of(const fs::path& run) {
  return read_file(run / "log.txt");
}

TEST(RunEvaluation, ChoosingOnTheTestSplitIsSaid) {
  const TemporaryDirectory place;
  constexpr const char* kSaid =
      "the best checkpoint is chosen by fid on the test split: its number there is too good to "
      "report; choose on eval.split=train, or report on samples that were not looked at";
  sit(place / "test", measured_ring({"eval.best=\"fid\""}), 1);
  EXPECT_THAT(log_of(place / "test"), HasSubstr(kSaid));
  sit(place / "train", measured_ring({"eval.best=\"fid\"", "eval.split=\"train\""}), 1);
  EXPECT_THAT(log_of(place / "train"), Not(HasSubstr("too good")));
  sit(place / "none", measured_ring(), 1);
  EXPECT_THAT(log_of(place / "none"), Not(HasSubstr("too good")));
}

TEST(RunEvaluation, TheSplitIsNamedInTheProtocol) {
  const TemporaryDirectory place;
  for (const auto& [split, name] :
       {std::pair{"test", "ring, test split"}, {"train", "ring, training split"}}) {
    const fs::path run = place / split;
    sit(run, measured_ring({std::string("eval.split=\"") + split + "\""}), 5);
    EXPECT_THAT(metric_lines(run).at(0).at("metrics")[0].at("protocol").get<std::string>(),
                HasSubstr(name));
  }
}

TEST(RunEvaluation, DataWithoutATestSplitIsComparedWithItsTrainingSplit) {
  const TemporaryDirectory place;
  const TaskContext context{.train_source = data::array_source(test::latents_of(3, 80, 2))};
  sit(place / "run", measured_ring({"data=\"own\"", "eval.best=\"fid\""}), 5, context);
  const std::string log = log_of(place / "run");
  EXPECT_THAT(log, HasSubstr("the data has no test split: metrics compare with the training "
                             "split"));
  EXPECT_THAT(log, Not(HasSubstr("too good")));
  EXPECT_EQ(metric_lines(place / "run").at(0).at("metrics")[0].at("n_real"), 30);
}

TEST(RunEvaluation, ImagesGoThroughTheExtractorThatIsNamed) {
  const TemporaryDirectory place;
  const Experiment experiment = experiment_of(
      "digits", measured_words({"train.length=\"3 steps\"", "eval.extractor=\"pixels\"",
                                "eval.metrics=[\"kid\", \"precision\"]", "eval.samples=20"}));
  sit(place / "run", experiment);
  const auto lines = metric_lines(place / "run");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0].at("metrics")[0].at("protocol").get<std::string>(), HasSubstr("pixels"));
  EXPECT_EQ(lines[0].at("metrics")[1].at("n_fake"), 20);
}

}  // namespace
}  // namespace saddle
