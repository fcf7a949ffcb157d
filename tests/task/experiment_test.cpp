// Parts of a config that do not go together, and where its values come from.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <functional>

#include "saddle/base/error.h"
#include "saddle/config/writer.h"
#include "saddle/task/experiment.h"
#include "tests/base/temporary.h"
#include "tests/task/fixtures.h"

namespace saddle {
namespace {

using test::expect_error;
using test::experiment_of;
using test::TemporaryDirectory;
namespace fs = std::filesystem;

struct Mismatch {
  const char* name;
  const char* preset;
  std::function<void(Experiment&)> change;
  const char* message;  ///< less "[config] "
};

class ExperimentParts : public ::testing::TestWithParam<Mismatch> {};

TEST_P(ExperimentParts, ThatDoNotGoTogetherAreRefusedWithWhatToChange) {
  Experiment experiment = experiment_of(GetParam().preset);
  EXPECT_NO_THROW(check_experiment(experiment));
  GetParam().change(experiment);
  expect_error([&] { check_experiment(experiment); }, ErrorCode::kUsage,
               std::string("[config] ") + GetParam().message);
}

const Mismatch kMismatches[] = {
    {"PointsFromDigits", "ring", [](Experiment& e) { e.data = data::DigitsWorld{}; },
     "task = \"points\" cannot read data.name = \"digits\"; choose ring, grid, line, moons, "
     "swiss_roll or shells"},
    {"PointsFromFiles", "ring", [](Experiment& e) { e.data = data::IdxFiles{}; },
     "task = \"points\" cannot read data.name = \"idx\"; choose ring, grid, line, moons, "
     "swiss_roll or shells"},
    {"ImagesFromAWorldOfPoints", "digits", [](Experiment& e) { e.data = data::ShellsWorld{}; },
     "task = \"image\" cannot read data.name = \"shells\"; choose task = \"points\""},
    {"PointsFromAConvolutionalGenerator", "ring",
     [](Experiment& e) { e.generator = nn::DcganGenerator{}; },
     "task = \"points\" needs generator.name = \"mlp\""},
    {"PointsForAConvolutionalDiscriminator", "ring",
     [](Experiment& e) { e.discriminator = nn::DcganDiscriminator{}; },
     "task = \"points\" needs discriminator.name = \"mlp\""},
    {"LabelsForTheDiscriminatorOnly", "digits",
     [](Experiment& e) {
       std::get<nn::DcganGenerator>(e.generator).condition = nn::GeneratorCondition::kNone;
     },
     "generator.condition and discriminator.condition must both be set or both be none: a label "
     "that only one player sees teaches nothing"},
    {"LabelsForTheGeneratorOnly", "ring",
     [](Experiment& e) {
       std::get<nn::MlpGenerator>(e.generator).condition = nn::GeneratorCondition::kConcat;
     },
     "generator.condition and discriminator.condition must both be set or both be none: a label "
     "that only one player sees teaches nothing"},
    {"NoLength", "ring", [](Experiment& e) { e.train.length.count = 0; },
     "train.length must be above 0"},
    {"NoTick", "ring", [](Experiment& e) { e.train.tick.count = 0; }, "train.tick must be above 0"},
    {"NoCheckpoints", "ring", [](Experiment& e) { e.checkpoint.every.count = -1; },
     "checkpoint.every must be above 0"},
    {"LengthIsNotANumber", "ring", [](Experiment& e) { e.train.length.count = NAN; },
     "train.length must be above 0"},
};
INSTANTIATE_TEST_SUITE_P(Table, ExperimentParts, ::testing::ValuesIn(kMismatches),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(ExperimentChecks, ATimeThatCannotBeReadIsNamedByItsKey) {
  Experiment experiment = experiment_of("ring");
  experiment.train.max_time = "soon";
  try {
    check_experiment(experiment);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    EXPECT_TRUE(error.message().starts_with("train.max_time: cannot read a duration: got 'soon'"))
        << error.message();
  }
}

TEST(ExperimentChecks, EveryMistakeIsListed) {
  Experiment experiment = experiment_of("ring");
  experiment.generator = nn::DcganGenerator{};
  experiment.train.tick.count = 0;
  expect_error([&] { check_experiment(experiment); }, ErrorCode::kUsage,
               "[config] task = \"points\" needs generator.name = \"mlp\"\n"
               "  train.tick must be above 0");
}

TEST(ExperimentChecks, NoSheetsAndBothConditionsAreFine) {
  Experiment experiment = experiment_of("digits");
  experiment.samples.every.count = 0;
  std::get<nn::DcganDiscriminator>(experiment.discriminator).condition =
      nn::DiscriminatorCondition::kProjection;
  EXPECT_NO_THROW(check_experiment(experiment));
}

fs::path presets() {
  return fs::path(test::kSourceDirectory) / "presets";
}

TEST(ExperimentSources, WithoutPresetAndFileItIsDigits) {
  const ResolvedExperiment resolved = resolve_experiment({}, presets());
  EXPECT_EQ(resolved.preset, "digits");
  EXPECT_EQ(resolved.experiment.data_name(), "digits");
}

TEST(ExperimentSources, FilesGoOverThePresetAndAssignmentsOverFiles) {
  const TemporaryDirectory place;
  const fs::path first = place / "first.toml", second = place / "second.toml";
  std::ofstream(first) << "[train]\nbatch = 2\nseed = 2\nworkers = 2\n";
  std::ofstream(second) << "[train]\nbatch = 3\nseed = 3\n";
  const auto train = resolve_experiment({.preset = "ring",
                                         .files = {first.string(), second.string()},
                                         .assignments = {"train.batch=4"}},
                                        presets())
                         .experiment.train;
  EXPECT_EQ(train.batch, 4);
  EXPECT_EQ(train.seed, 3);
  EXPECT_EQ(train.workers, 2);
  EXPECT_EQ(to_text(train.length), to_text(parse_length("20k steps")));
}

TEST(ExperimentSources, AFileAloneNeedsNoPreset) {
  const TemporaryDirectory place;
  const fs::path file = place / "my.toml";
  std::ofstream(file) << "task = \"points\"\ndata = \"moons\"\n";
  const ResolvedExperiment resolved =
      resolve_experiment({.preset = "", .files = {file.string()}, .assignments = {}}, presets());
  EXPECT_EQ(resolved.preset, "");
  EXPECT_EQ(resolved.experiment.data_name(), "moons");
}

TEST(ExperimentSources, WhatARunWroteIsReadBackTheSame) {
  const TemporaryDirectory place;
  for (const char* preset : {"ring", "digits"}) {
    const Experiment written = experiment_of(preset, {"objective=\"hinge\"", "ema.ramp=0.125"});
    std::ofstream(place / "config.toml") << config::to_toml(written);
    const Experiment read = read_experiment(place / "config.toml", {}).experiment;
    EXPECT_TRUE(config::diff(written, read).empty()) << preset;
    const std::vector<std::string> changes{"train.batch=99"};
    const Experiment changed = read_experiment(place / "config.toml", changes).experiment;
    const auto differences = config::diff(written, changed);
    ASSERT_EQ(differences.size(), 1u);
    EXPECT_EQ(differences[0].key, "train.batch");
  }
}

TEST(ExperimentSources, WhatDoesNotGoTogetherIsRefusedOnReadingToo) {
  const TemporaryDirectory place;
  std::ofstream(place / "config.toml") << config::to_toml(experiment_of("ring"));
  const std::vector<std::string> changes{"train.tick=\"0\""};
  expect_error([&] { read_experiment(place / "config.toml", changes); }, ErrorCode::kUsage,
               "[config] train.tick must be above 0");
}

}  // namespace
}  // namespace saddle
