// One generator against one discriminator, step by step.
#include <gtest/gtest.h>

#include <cmath>

#include "saddle/task/gan_stage.h"
#include "saddle/task/table.h"
#include "tests/task/fixtures.h"

namespace saddle {
namespace {

using test::experiment_of;
using test::kFloatDigits;
using test::labelled_ring;
using test::largest_difference;
using test::latents_of;
using test::mlp_by_hand;
using test::part_of;
using test::same_bytes;
using test::tensor_of;

struct Entered {
  std::unique_ptr<Task> task;
  std::unique_ptr<Stage> stage;
  std::int64_t samples = 0;

  StepReport step() {
    samples += stage->samples_per_step();
    return stage->step(samples);
  }
  StateDict state() { return snapshot(*stage); }
  std::int64_t number(const std::string& name) {
    return tensor_of(state(), name).item<std::int64_t>();
  }
};

Entered enter(const Experiment& experiment) {
  Entered entered;
  entered.task = make_task(experiment, {});
  entered.stage = entered.task->enter(0, nullptr);
  return entered;
}

bool moves(Entered& entered, const std::string& player) {
  const auto before = part_of(entered.state(), "game." + player + ".");
  entered.step();
  return !same_bytes(before, part_of(entered.state(), "game." + player + "."));
}

TEST(GanStage, ProbesSeeSamplesOfTheirOwnAndMoveNothing) {
  Entered entered = enter(experiment_of("ring", {}));
  entered.step();
  const StateDict before = entered.state();
  Game& game = entered.stage->game();
  const Round first = game.draw_probe(1, 0), second = game.draw_probe(1, 1);
  EXPECT_TRUE(at::equal(first.real.at("x"), game.draw_probe(1, 0).real.at("x")));
  EXPECT_FALSE(at::equal(first.real.at("x"), second.real.at("x")));
  EXPECT_TRUE(same_bytes(entered.state(), before));
  EXPECT_FALSE(at::equal(first.real.at("x"), game.draw(1).real.at("x")));
}

TEST(GanStage, AveragesTheGeneratorWithItsHalfLife) {
  // 16 samples a step and a half-life of 16: each update keeps half of the average.
  Entered entered = enter(experiment_of("ring", {"ema.half_life=16", "ema.ramp=0"}));
  NamedTensors expected;
  for (int step = 1; step <= 4; ++step) {
    entered.step();
    const StateDict state = entered.state();
    const NamedTensors now = part_of(state, "game.generator.");
    if (step == 1) expected = now;  // the first update copies
    for (std::size_t i = 0; i < now.size(); ++i) {
      const at::Tensor average = tensor_of(state, "average." + now[i].name);
      expected[i].tensor = expected[i].tensor.add(now[i].tensor).mul(.5);
      EXPECT_LT(largest_difference(average, expected[i].tensor), 1e-6) << now[i].name;
      EXPECT_EQ(at::equal(average, now[i].tensor), step == 1) << now[i].name;
    }
  }
}

TEST(GanStage, AStepOfTwoDiscriminatorUpdatesCountsTwiceTheSamplesInTheAverage) {
  // 32 samples a step and a half-life of 16: each update keeps a quarter.
  Entered entered =
      enter(experiment_of("ring", {"ema.half_life=16", "ema.ramp=0", "dynamics.d_steps=2"}));
  entered.step();
  const StateDict first = entered.state();
  entered.step();
  const StateDict second = entered.state();
  const at::Tensor expected = tensor_of(first, "average.0.weight").mul(.25) +
                              tensor_of(second, "game.generator.0.weight").mul(.75);
  EXPECT_LT(largest_difference(tensor_of(second, "average.0.weight"), expected), 1e-6);
}

TEST(GanStage, ARampShortensTheHalfLifeAtTheStart) {
  // At 32 samples a ramp of 1/2 allows a half-life of 16, at 48 one of 24.
  Entered entered = enter(experiment_of("ring", {"ema.half_life=\"1M\"", "ema.ramp=0.5"}));
  entered.step();
  at::Tensor expected = tensor_of(entered.state(), "average.0.weight");
  for (const double half_life : {16.0, 24.0}) {
    entered.step();
    const StateDict state = entered.state();
    const double kept = std::pow(.5, 16 / half_life);
    expected = expected.mul(kept) + tensor_of(state, "game.generator.0.weight").mul(1 - kept);
    EXPECT_LT(largest_difference(tensor_of(state, "average.0.weight"), expected), 1e-6);
  }
}

TEST(GanStage, WithoutAHalfLifeTheAverageIsTheGenerator) {
  Entered entered = enter(experiment_of("ring", {"ema.half_life=0"}));
  for (int i = 0; i < 3; ++i) entered.step();
  const StateDict state = entered.state();
  const NamedTensors generator = part_of(state, "game.generator.");
  NamedTensors average = part_of(state, "average.");
  std::erase_if(average, [](const NamedTensor& entry) { return entry.name == "updates"; });
  EXPECT_TRUE(same_bytes(generator, average));
}

TEST(GanStage, SamplesComeFromTheAverage) {
  Entered entered = enter(experiment_of("ring", {"ema.half_life=160", "ema.ramp=0"}));
  for (int i = 0; i < 3; ++i) entered.step();
  const StateDict state = entered.state();
  const at::Tensor z = latents_of(0, 5, 2);
  const at::Tensor x = entered.stage->sampler()->sample(z, {}).at("x");
  EXPECT_LT(largest_difference(x, mlp_by_hand(part_of(state, "average."), z)), kFloatDigits);
  EXPECT_GT(largest_difference(x, mlp_by_hand(part_of(state, "game.generator."), z)),
            10 * kFloatDigits);
}

TEST(GanStage, ASamplerChangesNothingAndDoesNotFollowTheTraining) {
  // A DCGAN has batch-norm statistics, which the sampler estimates anew for itself.
  Entered entered = enter(experiment_of("digits"));
  entered.step();
  const StateDict before = entered.state();
  const auto sampler = entered.stage->sampler();
  EXPECT_TRUE(same_bytes(before, entered.state()));
  NamedTensors weights;
  for (const auto& entry : sampler->weights())
    weights.push_back({entry.name, entry.tensor.clone()});
  entered.step();
  EXPECT_TRUE(same_bytes(weights, sampler->weights()));
  const at::Tensor kept = tensor_of(before, "average.1.running_mean");
  EXPECT_FALSE(at::equal(kept, tensor_of(weights, "1.running_mean")));
}

TEST(GanStage, TheDiscriminatorMovesAsOftenAsItIsTold) {
  Entered entered = enter(experiment_of("ring", {"dynamics.d_steps=3", "dynamics.g_steps=2"}));
  EXPECT_EQ(entered.stage->samples_per_step(), 3 * 16);
  for (std::int64_t step = 1; step <= 2; ++step) {
    const StepReport report = entered.step();
    ASSERT_EQ(report.moves.size(), 2u);
    EXPECT_EQ(report.moves[0].player, 1u);
    EXPECT_EQ(report.moves[1].player, 0u);
    // Every move draws a round; only the discriminator's read data.
    EXPECT_EQ(entered.number("game.moves"), 5 * step);
    EXPECT_EQ(entered.number("batches"), 3 * step);
  }
}

TEST(GanStage, PlayersThatMoveTogetherReadOneBatch) {
  Entered entered = enter(experiment_of("ring", {"dynamics=\"simultaneous\""}));
  EXPECT_EQ(entered.stage->samples_per_step(), 16);
  entered.step();
  EXPECT_EQ(entered.number("game.moves"), 2);
  EXPECT_EQ(entered.number("batches"), 1);
}

TEST(GanStage, TheClockDoesNotCountWhatARelativisticGeneratorReads) {
  Entered entered = enter(experiment_of("ring", {"objective=\"rpgan\""}));
  EXPECT_EQ(entered.stage->samples_per_step(), 16);
  entered.step();
  EXPECT_EQ(entered.number("batches"), 2);
}

TEST(GanStage, TheSameSeedTakesTheSameSteps) {
  const auto after_three = [](const std::string& seed) {
    Entered entered = enter(labelled_ring({"train.seed=" + seed}));
    for (int i = 0; i < 3; ++i) entered.step();
    return entered.state();
  };
  EXPECT_TRUE(same_bytes(after_three("4"), after_three("4")));
  EXPECT_FALSE(same_bytes(after_three("4"), after_three("5")));
}

TEST(GanStage, AStateThatIsLoadedElsewhereGoesOnTheSame) {
  const Experiment experiment = labelled_ring({"dynamics.d_steps=2"});
  Entered first = enter(experiment);
  first.step();
  const StateDict saved = first.state();
  Entered second = enter(experiment);
  second.step();
  second.step();
  restore(*second.stage, saved);
  second.samples = first.samples;
  first.step();
  second.step();
  EXPECT_TRUE(same_bytes(first.state(), second.state()));
}

Knobs knobs_of(Stage& stage) {
  Knobs knobs;
  stage.add_knobs(knobs, /*run_samples=*/1600);
  return knobs;
}

TEST(GanStage, EveryScheduleIsAKnobByItsConfigKey) {
  Entered entered = enter(experiment_of("ring", {"penalty.r2=off", "penalty.wgan_gp=on"}));
  std::vector<std::string> paths;
  const Knobs knobs = knobs_of(*entered.stage);
  for (const Knob& knob : knobs.all()) paths.push_back(knob.path);
  EXPECT_EQ(paths, (std::vector<std::string>{
                       "penalty.r1.gamma", "penalty.wgan_gp.lambda", "optimizer.generator.lr",
                       "optimizer.generator.beta1", "optimizer.generator.beta2",
                       "optimizer.discriminator.lr", "optimizer.discriminator.beta1",
                       "optimizer.discriminator.beta2"}));
}

TEST(GanStage, SchedulesSpanTheRun) {
  Entered entered = enter(experiment_of(
      "ring", {"optimizer.generator.lr={from = 0.5, to = 0.25, shape = \"linear\"}"}));
  Knobs knobs = knobs_of(*entered.stage);
  for (const auto& [samples, rate] : {std::pair{0, .5}, {800, .375}, {1600, .25}}) {
    knobs.follow_schedules(samples);
    EXPECT_NEAR(knobs.get("optimizer.generator.lr"), rate, 1e-7);
  }
}

TEST(GanStage, AKnobTurnsWhatTheStepDoes) {
  Entered entered = enter(experiment_of("ring"));
  Knobs knobs = knobs_of(*entered.stage);
  EXPECT_TRUE(moves(entered, "generator"));
  knobs.set("optimizer.generator.lr", 0, "a test");
  EXPECT_FALSE(moves(entered, "generator"));
  EXPECT_TRUE(moves(entered, "discriminator"));
}

TEST(GanStage, LogitsAreAnchoredUnlessOnlyDifferencesMeanSomething) {
  for (const char* objective : {"non_saturating", "saturating", "lsgan", "hinge"}) {
    const auto words = std::string("objective=\"") + objective + "\"";
    EXPECT_TRUE(enter(experiment_of("ring", {words})).stage->anchored_logits()) << objective;
  }
  for (const char* objective : {"wasserstein", "rpgan"}) {
    const auto words = std::string("objective=\"") + objective + "\"";
    EXPECT_FALSE(enter(experiment_of("ring", {words})).stage->anchored_logits()) << objective;
  }
}

TEST(GanStage, ReportsWhatTheDiscriminatorSaid) {
  Entered entered = enter(experiment_of("ring"));
  const StepReport report = entered.step();
  for (const char* name : {"logits_real", "logits_fake"}) {
    EXPECT_EQ(tensor_of(report.moves[0].observed, name).numel(), 16) << name;
  }
  // The penalties of both sides are terms of the discriminator's loss.
  for (const char* name : {"r1", "r2"}) {
    EXPECT_GE(tensor_of(report.moves[0].evaluation.terms, name).item().toDouble(), 0) << name;
  }
}

}  // namespace
}  // namespace saddle
