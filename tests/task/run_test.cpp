// Run directories that a program makes, goes on with and opens.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/text.h"
#include "saddle/base/version.h"
#include "saddle/loader/array_source.h"
#include "saddle/task/open_run.h"
#include "saddle/task/run_config.h"
#include "saddle/task/run_files.h"
#include "saddle/task/training.h"
#include "saddle/tensor/safetensors.h"
#include "tests/base/temporary.h"
#include "tests/task/fixtures.h"

namespace saddle {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::experiment_of;
using test::latents_of;
using test::same_bytes;
using test::TemporaryDirectory;

Experiment own_run(const std::string& length = "12 steps") {
  return experiment_of(
      "ring", {"data=\"own\"", cat("train.length=\"", length, "\""), "train.tick=\"4 steps\"",
               "checkpoint.every=\"4 steps\"", "samples.every=0", "optimizer.generator.lr=1e-3",
               "optimizer.discriminator.lr=1e-3"});
}

TaskContext with_points(double shift = 0) {
  TaskContext context;
  context.train_source = data::array_source(latents_of(3, 50, 2).add(shift));
  return context;
}

Json manifest_in(const fs::path& run) {
  return read_manifest(run);
}

TEST(BeginTraining, MakesARunThatOtherProgramsUnderstand) {
  const TemporaryDirectory place;
  const fs::path run = place / "run";
  std::vector<std::string> said;
  TaskContext context = with_points();
  context.log = Log([&](LogLevel, std::string_view text) { said.emplace_back(text); });
  const Training training = begin_training(run, own_run(), context);
  EXPECT_EQ(training.trainer->run(), Outcome::kFinished);
  EXPECT_EQ(read_experiment(run / "config.toml", {}).experiment, own_run());
  const Json manifest = manifest_in(run);
  EXPECT_EQ(manifest.at("saddle"), version());
  EXPECT_EQ(manifest.at("data").at("fingerprint"), context.train_source->fingerprint());
  EXPECT_EQ(manifest.at("data").at("samples"), 50);
  EXPECT_FALSE(manifest.contains("objective"));
  EXPECT_TRUE(fs::exists(run / "ticks.jsonl"));
  ASSERT_FALSE(said.empty());
  EXPECT_EQ(said[0], "data: own, 2-D, 50 samples");
  EXPECT_NE(read_file(run / "log.txt").find("data: own, 2-D, 50 samples"), std::string::npos);
}

TEST(BeginTraining, GoesOnBitForBit) {
  const TemporaryDirectory place;
  const Training whole = begin_training(place / "whole", own_run("12 steps"), with_points());
  whole.trainer->run();
  begin_training(place / "parts", own_run("5 steps"), with_points()).trainer->run();
  const Training rest = begin_training(place / "parts", own_run("12 steps"), with_points());
  EXPECT_EQ(rest.trainer->samples(), 5 * 16);
  EXPECT_EQ(rest.trainer->run(), Outcome::kFinished);
  EXPECT_TRUE(same_bytes(rest.trainer->stage().sampler()->weights(),
                         whole.trainer->stage().sampler()->weights()));
  EXPECT_EQ(read_experiment(place / "parts" / "config.toml", {}).experiment, own_run("12 steps"));
}

TEST(BeginTraining, StartsAgainWhereARunEndedBeforeItsFirstCheckpoint) {
  const TemporaryDirectory place;
  begin_training(place / "run", own_run(), with_points());
  const Training again = begin_training(place / "run", own_run(), with_points());
  EXPECT_EQ(again.trainer->samples(), 0);
  EXPECT_EQ(again.trainer->run(), Outcome::kFinished);
  EXPECT_EQ(list_checkpoints(place / "run").back().samples, 12 * 16);
}

TEST(BeginTraining, StopsWhenAskedAfterSaving) {
  const TemporaryDirectory place;
  int steps = 0;
  const Training training =
      begin_training(place / "run", own_run(), with_points(), [&] { return ++steps == 3; });
  EXPECT_EQ(training.trainer->run(), Outcome::kInterrupted);
  EXPECT_EQ(list_checkpoints(place / "run").back().samples, 3 * 16);
}

TEST(BeginTraining, RefusesToGoOnAsAnotherRun) {
  const TemporaryDirectory place;
  const fs::path run = place / "run";
  begin_training(run, own_run("4 steps"), with_points()).trainer->run();
  const auto old_data = manifest_in(run).at("data").at("fingerprint").get<std::string>();
  const TaskContext other = with_points(/*shift=*/1);
  expect_error([&] { begin_training(run, own_run("8 steps"), other); }, ErrorCode::kInput,
               cat("[train] the data is not what the run was trained on: fingerprint ",
                   other.train_source->fingerprint(), ", expected ", old_data,
                   "; give the old data with --data"));
  TaskContext objective = with_points();
  objective.objective = objective::functions(objective::Hinge{});
  objective.objective->name = "mine";
  expect_error([&] { begin_training(run, own_run("8 steps"), objective); }, ErrorCode::kInput,
               "[train] the objective is not what the run was trained with: got 'mine', which a "
               "program hands in, expected the one of config.toml; go on with the program that "
               "began the run");
  Experiment batch = own_run("8 steps");
  batch.train.batch = 32;
  expect_error([&] { begin_training(run, batch, with_points()); }, ErrorCode::kUsage,
               "[train] train.batch cannot change while a run goes on: was 16, got 32; length, "
               "cadences, threads and workers may. Begin another run");
}

TEST(BeginTraining, NamesAnObjectiveOfItsOwnInTheManifest) {
  const TemporaryDirectory place;
  const fs::path run = place / "run";
  TaskContext context = with_points();
  context.objective = objective::functions(objective::Hinge{});
  context.objective->name = "mine";
  begin_training(run, own_run("4 steps"), context).trainer->run();
  EXPECT_EQ(manifest_in(run).at("objective"), "mine");
  EXPECT_NO_THROW(begin_training(run, own_run("8 steps"), context));
  expect_error([&] { begin_training(run, own_run("8 steps"), with_points()); }, ErrorCode::kInput,
               "[train] the objective is not what the run was trained with: got the one of "
               "config.toml, expected 'mine', which a program hands in; go on with the program "
               "that began the run");
}

TEST(BeginTraining, RefusesNumbersThatAConfigMayNotHoldBeforeAnythingIsWritten) {
  const TemporaryDirectory place;
  Experiment wrong = own_run();
  wrong.train.batch = 0;
  try {
    begin_training(place / "run", wrong, with_points());
    FAIL() << "a batch of 0 was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    EXPECT_NE(std::string(error.what()).find("train.batch"), std::string::npos) << error.what();
  }
  EXPECT_FALSE(fs::exists(place / "run"));
}

/// A finished run of 12 steps in `place`, and the weights of its sampler.
NamedTensors finished_run(const TemporaryDirectory& place) {
  const Training training = begin_training(place / "run", own_run(), with_points());
  training.trainer->run();
  return training.trainer->stage().sampler()->weights();
}

TEST(OpenRun, GivesTheGeneratorWithoutTheData) {
  const TemporaryDirectory place;
  const NamedTensors weights = finished_run(place);
  const OpenRun newest = open_run(place / "run");
  EXPECT_EQ(newest.checkpoint.samples, 12 * 16);
  EXPECT_EQ(newest.experiment, own_run());
  EXPECT_EQ(newest.facts.samples, 50);
  EXPECT_TRUE(same_bytes(newest.sampler->weights(), weights));
  const OpenRun earlier = open_run(place / "run", {.samples = 4 * 16});
  EXPECT_EQ(earlier.checkpoint.samples, 4 * 16);
  EXPECT_FALSE(same_bytes(earlier.sampler->weights(), weights));
}

TEST(OpenRun, NamesTheCheckpointsThatThereAre) {
  const TemporaryDirectory place;
  finished_run(place);
  const std::string run = (place / "run").string();
  expect_error(
      [&] { open_run(run, {.samples = 7}); }, ErrorCode::kUsage,
      cat("[checkpoint] no checkpoint at 7 samples in ", run, "; there are: 64, 128, 192"));
}

TEST(OpenGenerator, NeedsTwoFilesAlone) {
  const TemporaryDirectory place;
  const NamedTensors weights = finished_run(place);
  const fs::path brought = place / "brought";
  fs::create_directory(brought);
  fs::copy(place / "run" / "config.toml", brought / "config.toml");
  fs::copy(list_checkpoints(place / "run").back().path / "generator.safetensors",
           brought / "generator.safetensors");
  fs::remove_all(place / "run");
  const OpenGenerator open =
      open_generator(brought / "config.toml", brought / "generator.safetensors");
  EXPECT_TRUE(same_bytes(open.sampler->weights(), weights));
  EXPECT_EQ(open.facts.dimensions.channels, 2);
  const data::Batch batch = open.sampler->sample(latents_of(1, 4, 2), {});
  EXPECT_EQ(batch.at("x").sizes().vec(), (std::vector<std::int64_t>{4, 2}));
}

TEST(OpenGenerator, WeightsThatDoNotSayWhatTheyWereTrainedOnAreRefused) {
  const TemporaryDirectory place;
  const NamedTensors weights = finished_run(place);
  const fs::path bare = place / "bare.safetensors";
  save_safetensors(bare, weights);
  expect_error([&] { open_generator(place / "run" / "config.toml", bare); }, ErrorCode::kInput,
               cat("[weights] ", bare.string(),
                   " does not say what data it was trained on: expected the generator.safetensors "
                   "of a checkpoint; try to open its run"));
  save_safetensors(bare, weights, {{"data", "{\"channels\": 2}"}});
  EXPECT_THROW(open_generator(place / "run" / "config.toml", bare), Error);
}

}  // namespace
}  // namespace saddle
