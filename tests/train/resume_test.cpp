// A stopped and resumed run must be the run that never stopped, bit for bit.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/jsonl.h"
#include "saddle/base/text.h"
#include "saddle/task/experiment.h"
#include "saddle/task/table.h"
#include "saddle/tensor/safetensors.h"
#include "saddle/train/observers.h"
#include "saddle/train/trainer.h"
#include "tests/base/temporary.h"
#include "tests/paths.h"

namespace saddle {
namespace {

using test::TemporaryDirectory;
namespace fs = std::filesystem;

constexpr std::int64_t kBatch = 16;

Experiment tiny(const std::string& preset, std::vector<std::string> extra = {}) {
  std::vector<std::string> set{"train.batch=16",         "train.length=\"24 steps\"",
                               "train.tick=\"5 steps\"", "checkpoint.every=\"9 steps\"",
                               "checkpoint.keep=9",      "samples.every=0"};
  set.insert(set.end(), extra.begin(), extra.end());
  return resolve_experiment({.preset = preset, .files = {}, .assignments = set},
                            fs::path(test::kSourceDirectory) / "presets")
      .experiment;
}

/// A silent trainer and all it stands on.
struct Rig {
  Rig(const Experiment& experiment, RunDirectory directory, std::function<bool()> stop = {})
      : run(std::move(directory)),
        task(make_task(experiment, {})),
        trainer(*task, run,
                {.train = experiment.train,
                 .checkpoint = experiment.checkpoint,
                 .samples = experiment.samples,
                 .stop_requested = std::move(stop),
                 .facts = {},
                 .log = {}}) {}
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  RunDirectory run;
  std::unique_ptr<Task> task;
  Trainer trainer;
};

struct Sitting {
  fs::path run;
  std::int64_t stop_after = -1;  ///< steps; -1: to the end
  bool resume = false;
};

Outcome train(const Experiment& experiment, const Sitting& sitting) {
  std::int64_t steps = 0;
  Rig rig(experiment,
          sitting.resume ? RunDirectory::open(sitting.run) : RunDirectory::create_at(sitting.run),
          [&] { return ++steps == sitting.stop_after; });
  write_file_atomic(rig.run.file("config.toml"), "");
  if (sitting.resume) rig.trainer.resume();
  rig.trainer.add(tick_log(rig.run));
  return rig.trainer.run();
}

// The state at the end, less what measures time.
NamedTensors final_state(const fs::path& run) {
  auto state = load_safetensors((list_checkpoints(run).back().path / "state.safetensors").string());
  NamedTensors kept;
  for (auto& entry : state.tensors) {
    if (entry.name != "seconds") kept.push_back({entry.name, entry.tensor.clone()});
  }
  return kept;
}

std::vector<Json> logged(const fs::path& run) {
  auto lines = read_jsonl(run / "ticks.jsonl");
  for (auto& line : lines) {
    for (const char* key : {"seconds", "rate", "memory"}) line.erase(key);
  }
  return lines;
}

void expect_same_bytes(const NamedTensors& a, const NamedTensors& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].name, b[i].name);
    EXPECT_TRUE(at::equal(a[i].tensor, b[i].tensor)) << a[i].name;
  }
}

void poison(Game& game) {
  game.players()[0].parameters[0].tensor.detach().fill_(std::numeric_limits<float>::quiet_NaN());
}
void poison(Trainer& trainer) {
  poison(trainer.stage().game());
}

struct Case {
  std::string preset;
  std::vector<std::string> extra;
  std::vector<std::int64_t> stops = {1, 5, 9, 13};
};

class Resume : public ::testing::TestWithParam<Case> {};

TEST_P(Resume, IsBitExactAtEveryStoppingPoint) {
  const TemporaryDirectory place;
  const Experiment experiment = tiny(GetParam().preset, GetParam().extra);
  train(experiment, {.run = place.path() / "unbroken"});
  const auto expected_state = final_state(place.path() / "unbroken");
  const auto expected_log = logged(place.path() / "unbroken");
  for (const std::int64_t stop : GetParam().stops) {
    const fs::path run = place.path() / ("stopped" + std::to_string(stop));
    ASSERT_EQ(train(experiment, {.run = run, .stop_after = stop}), Outcome::kInterrupted);
    Experiment other_workers = experiment;
    other_workers.train.workers = stop % 3;
    ASSERT_EQ(train(other_workers, {.run = run, .resume = true}), Outcome::kFinished);
    expect_same_bytes(final_state(run), expected_state);
    EXPECT_EQ(logged(run), expected_log) << "stopped after " << stop;
  }
}

const Case kCases[] = {
    {"ring", {}},
    {"ring", {"objective=\"rpgan\"", "optimizer.generator=\"rmsprop\""}},
    {"ring", {"optimizer.generator=\"adafactor\"", "optimizer.discriminator=\"adafactor\""}},
    {"ring",
     {"objective=\"wasserstein\"", "penalty.r1=off", "penalty.r2=off", "penalty.wgan_gp=on",
      "dynamics.name=\"simultaneous\"", "optimizer.generator.beta1=0.5"}},
    {"grid",
     {"dynamics.d_steps=2", "dynamics.latents=\"shared\"", "discriminator.norm=\"spectral\"",
      "penalty.r1=off", "penalty.r2=off"}},
    {"digits", {"generator.width=4", "discriminator.width=4"}},
};
INSTANTIATE_TEST_SUITE_P(Games, Resume, ::testing::ValuesIn(kCases));

// Every dynamics that moves networks, with settings under which its memory matters within 24 steps.
std::vector<Case> dynamics_cases() {
  const std::map<std::string, std::vector<std::string>> settings{
      {"lookahead", {"dynamics.inner=\"optimistic\"", "dynamics.k=4"}},
      {"unrolled", {"dynamics.k=2", "dynamics.rate=0.1"}},
      {"competitive", {"dynamics.iterations=3"}},
      {"iterate_averaging", {"dynamics.inner=\"negative_momentum\"", "dynamics.burn_in=6"}},
      {"fictitious_play",
       {"dynamics.every=2", "dynamics.discriminators=3", "dynamics.generators=4"}}};
  std::vector<Case> cases;
  const auto add = [&]<class Row>(const Row& row) {
    if (needs_of(DynamicsConfig(row)).affine) return;
    const std::string name(Row::kName);
    std::vector<std::string> set{"dynamics.name=\"" + name + "\"", "generator.width=16",
                                 "discriminator.width=16"};
    const auto found = settings.find(name);
    if (found != settings.end()) set.insert(set.end(), found->second.begin(), found->second.end());
    cases.push_back({"ring", set, {5, 13}});
  };
  const auto add_rows = [&]<class... Rows>(const std::variant<Rows...>&) { (add(Rows{}), ...); };
  add_rows(DynamicsConfig{});
  return cases;
}
INSTANTIATE_TEST_SUITE_P(Dynamics, Resume, ::testing::ValuesIn(dynamics_cases()));

TEST(ResumeControl, WithoutOptimizerStateTheRunDiffers) {
  const TemporaryDirectory place;
  const Experiment experiment = tiny("ring");
  train(experiment, {.run = place.path() / "unbroken"});
  const fs::path run = place.path() / "stopped";
  train(experiment, {.run = run, .stop_after = 9});
  const CheckpointEntry entry = list_checkpoints(run).back();
  auto state = load_safetensors((entry.path / "state.safetensors").string()).tensors;
  bool emptied = false;
  for (auto& tensor : state) {
    if (tensor.name.find("optimizer") == std::string::npos) continue;
    if (tensor.tensor.dim() == 0) continue;
    tensor.tensor = at::zeros_like(tensor.tensor);
    emptied = true;
  }
  ASSERT_TRUE(emptied);
  write_checkpoint(run, entry.samples, {{"state.safetensors", safetensors_bytes(state, {})}},
                   Json::object());
  train(experiment, {.run = run, .resume = true});
  const auto expected = final_state(place.path() / "unbroken");
  const auto actual = final_state(run);
  bool differs = false;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    differs = differs || !at::equal(expected[i].tensor, actual[i].tensor);
  }
  EXPECT_TRUE(differs);
}

TEST(Trainer, StopsAtNanNamingTheFirstTensorAndKeepsTheCheckpoint) {
  const TemporaryDirectory place;
  const fs::path run = place.path() / "run";
  train(tiny("ring"), {.run = run, .stop_after = 3});
  const auto before = list_checkpoints(run);
  Experiment wild = tiny("ring");
  Rig rig(wild, RunDirectory::open(run));
  Trainer& trainer = rig.trainer;
  trainer.resume();
  poison(trainer);
  try {
    trainer.run();
    FAIL() << "training went on with NaN";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNumeric);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("was the first to hold NaN or Inf, at step 4"));
    EXPECT_THAT(error.what(), ::testing::HasSubstr(before.back().path.string()));
  }
  EXPECT_EQ(list_checkpoints(run).size(), before.size());
}

TEST(Trainer, NanFoundAtACheckpointIsNamedAsAtATick) {
  const TemporaryDirectory place;
  const Experiment wild = tiny("ring", {"train.tick=\"20 steps\"", "checkpoint.every=\"4 steps\""});
  std::int64_t steps = 0;
  Trainer* running = nullptr;
  Rig rig(wild, RunDirectory::create_at(place.path() / "run"), [&] {
    if (++steps == 2) poison(*running);
    return false;
  });
  Trainer& trainer = rig.trainer;
  running = &trainer;
  try {
    trainer.run();
    FAIL() << "training went on with NaN";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("[train] discriminator loss was the first to "
                                                   "hold NaN or Inf, at step 3"));
  }
  EXPECT_TRUE(list_checkpoints(place.path() / "run").empty());
}

TEST(Trainer, ResumingAFinishedRunChangesNothing) {
  const TemporaryDirectory place;
  const Experiment experiment = tiny("ring");
  const fs::path run = place.path() / "run";
  train(experiment, {.run = run});
  const auto contents = [&] {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(run)) {
      if (entry.is_regular_file() && entry.path().filename() != ".lock") {
        files[entry.path().string()] = read_file(entry.path());
      }
    }
    return files;
  };
  const auto before = contents();
  EXPECT_EQ(train(experiment, {.run = run, .resume = true}), Outcome::kFinished);
  EXPECT_EQ(contents(), before);
}

TEST(Trainer, DamagedNewerCheckpointsAreSetAsideSoThatPruningKeepsTheGoodOnes) {
  const TemporaryDirectory place;
  const fs::path run = place.path() / "run";
  train(tiny("ring"), {.run = run, .stop_after = 13});
  const auto entries = list_checkpoints(run);
  ASSERT_EQ(entries.size(), 2u);
  write_file_atomic(entries.back().path / "generator.safetensors", "damaged");
  const Experiment short_of_room =
      tiny("ring", {"checkpoint.keep=1", "checkpoint.every=\"1 steps\""});
  train(short_of_room, {.run = run, .stop_after = 1, .resume = true});
  const auto left = list_checkpoints(run);
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left.front().samples, entries.front().samples + kBatch);
  EXPECT_NO_THROW(verify_checkpoint(left.front()));
  EXPECT_TRUE(
      fs::exists(run / "checkpoints" / ("damaged-" + entries.back().path.filename().string())));
}

// Goes back at the second tick.
class OneRollBack final : public Attendant {
 public:
  explicit OneRollBack(std::vector<at::Tensor>& seen) : seen_(seen) {}
  bool on_tick(const Tick&, Stage& stage, Knobs&) override {
    seen_.push_back(stage.game().players()[0].parameters[0].tensor.detach().clone());
    if (seen_.size() == 2) poison(stage.game());
    return seen_.size() == 2;
  }

 private:
  std::vector<at::Tensor>& seen_;
};

TEST(Trainer, AnAttendantTakesTheStageBackToTheLastGoodTick) {
  const TemporaryDirectory place;
  // Constant rates: the clock goes on, so a schedule would not repeat.
  const auto steps = [](const char* length) {
    return tiny("ring", {cat("train.length=\"", length, " steps\""), "optimizer.generator.lr=1e-3",
                         "optimizer.discriminator.lr=1e-3"});
  };
  const Experiment experiment = steps("11");
  Rig rig(experiment, RunDirectory::create_at(place.path() / "run"));
  Trainer& trainer = rig.trainer;
  std::vector<at::Tensor> seen;
  trainer.add(std::make_unique<OneRollBack>(seen));
  // Steps 6 to 10 are undone at the tick of step 10, so that step 11 repeats step 6.
  EXPECT_EQ(trainer.run(), Outcome::kFinished);
  const at::Tensor end = trainer.stage().game().players()[0].parameters[0].tensor.detach();

  const Experiment six = steps("6");
  Rig straight_rig(six, RunDirectory::create_at(place.path() / "six"));
  Trainer& straight = straight_rig.trainer;
  straight.run();
  EXPECT_GE(seen.size(), 2u);
  EXPECT_FALSE(at::equal(seen[0], seen[1]));
  EXPECT_TRUE(at::equal(end, straight.stage().game().players()[0].parameters[0].tensor.detach()));
}

TEST(Trainer, InitStartsFromWeightsAndSaysWhatMatched) {
  const TemporaryDirectory place;
  train(tiny("ring"), {.run = place.path() / "first"});
  const Experiment wider = tiny("ring", {"generator.width=64"});
  Rig rig(wider, RunDirectory::create_at(place.path() / "second"));
  Trainer& trainer = rig.trainer;
  const auto report = trainer.initialise_from(place.path() / "first");
  EXPECT_THAT(report, ::testing::Contains("discriminator: 6 of 6 tensors matched"));
  EXPECT_THAT(report, ::testing::Contains("generator: 1 of 6 tensors matched"));
  EXPECT_EQ(trainer.samples(), 0);
}

TEST(Trainer, OutOfMemoryNamesTheStepAndASmallerBatch) {
  const TemporaryDirectory place;
  const Experiment experiment = tiny("ring");
  std::int64_t steps = 0;
  Rig rig(experiment, RunDirectory::create_at(place.path() / "run"), [&]() -> bool {
    if (++steps == 3) throw std::bad_alloc();
    return false;
  });
  Trainer& trainer = rig.trainer;
  try {
    trainer.run();
    FAIL() << "memory was there";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_THAT(error.what(), ::testing::MatchesRegex(
                                  ".memory. out of memory in step 3 with a batch of 16, after a "
                                  "peak of .*; half the batch needs about half: train anew "
                                  "with --set train.batch=8, and --init to keep what was learnt"));
  }
}

TEST(Trainer, InitTakesTheWeightsOverIntoPlayersAndAverage) {
  const TemporaryDirectory place;
  train(tiny("ring"), {.run = place.path() / "first"});
  const Experiment same = tiny("ring", {"train.seed=7"});
  Rig rig(same, RunDirectory::create_at(place.path() / "second"));
  Trainer& trainer = rig.trainer;
  const auto entry = list_checkpoints(place.path() / "first").back();
  trainer.initialise_from(entry.path);
  for (const Player& player : trainer.stage().game().players()) {
    const auto saved = load_safetensors((entry.path / (player.name + ".safetensors")).string());
    for (const auto& parameter : player.parameters) {
      EXPECT_TRUE(at::equal(parameter.tensor.detach(), saved.at(parameter.name))) << player.name;
    }
  }
  const auto generator = load_safetensors((entry.path / "generator.safetensors").string());
  expect_same_bytes(trainer.stage().sampler()->weights(), generator.tensors);
}

TEST(Trainer, InitFromWeightsThatFitNowhereIsRefused) {
  const TemporaryDirectory place;
  train(tiny("ring"), {.run = place.path() / "points"});
  const Experiment images = tiny("digits", {"generator.width=4", "discriminator.width=4"});
  Rig rig(images, RunDirectory::create_at(place.path() / "images"));
  Trainer& trainer = rig.trainer;
  EXPECT_THAT([&] { trainer.initialise_from(place.path() / "points"); },
              ::testing::ThrowsMessage<Error>(::testing::HasSubstr("no tensor of ")));
}

}  // namespace
}  // namespace saddle
