// Small GANs as experiments train them.
#include "saddle/lab/trial.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "saddle/base/error.h"
#include "saddle/lab/trials.h"
#include "saddle/tensor/device.h"
#include "tests/base/temporary.h"
#include "tests/testing.h"

namespace saddle::lab {
namespace {

Trial short_trial(std::int64_t pack = 1) {
  return {.penalty = both_penalties(.1, .01),
          .generator_optimizer = falling_adam(),
          .discriminator_optimizer = falling_adam(.5),
          .pack = pack,
          .batch = 12,
          .steps = 7,
          .seed = 3};
}

void expect_same(const PointTrial& a, const PointTrial& b) {
  EXPECT_EQ(a.x, b.x);
  EXPECT_EQ(a.y, b.y);
  EXPECT_EQ(a.kl, b.kl);
  EXPECT_EQ(a.last.modes, b.last.modes);
}

TEST(Trial, LooksEvenlyAndLastAtTheEnd) {
  const PointTrial found = train_on(grid_mixture(), short_trial(), 3);
  EXPECT_EQ(found.steps, (std::vector<double>{3, 5, 7}));
  EXPECT_EQ(found.kl.size(), 3U);
  EXPECT_EQ(found.kl.back(), found.last.kl);
  EXPECT_EQ(found.x.size(), static_cast<std::size_t>(kSpreadSamples));
  EXPECT_EQ(found.y.size(), static_cast<std::size_t>(kSpreadSamples));
  EXPECT_LE(found.last.kl, std::log(25));
  EXPECT_GE(found.last.kl, 0);
}

TEST(Trial, IsAFunctionOfItsSeed) {
  configure_threads(1);
  for (const std::int64_t pack : {1, 2}) {
    const PointTrial first = train_on(ring_mixture(), short_trial(pack), 2);
    expect_same(first, train_on(ring_mixture(), short_trial(pack), 2));
    Trial other = short_trial(pack);
    other.seed = 4;
    EXPECT_NE(train_on(ring_mixture(), other, 2).x, first.x);
    // Looking does not move the training.
    EXPECT_EQ(train_on(ring_mixture(), short_trial(pack), 7).x, first.x);
  }
  EXPECT_NE(train_on(ring_mixture(), short_trial(1), 1).x,
            train_on(ring_mixture(), short_trial(2), 1).x);
}

TEST(Trial, FollowsTheSchedulesOfRatesAndPenalties) {
  Trial still = short_trial();
  still.generator_optimizer.lr = 0;
  still.discriminator_optimizer.lr = 0;
  const PointTrial start = train_on(ring_mixture(), still, 7);
  EXPECT_EQ(start.kl.front(), start.kl.back());
  Trial loose = short_trial();
  loose.penalty = both_penalties(.1, 10);
  EXPECT_NE(train_on(ring_mixture(), loose, 1).x, train_on(ring_mixture(), short_trial(), 1).x);
}

TEST(Trial, RefusesBatchesThatAreNoWholePacks) {
  test::expect_error([] { train_on(ring_mixture(), short_trial(5), 1); }, ErrorCode::kInternal,
                     "[lab] a trial of 7 steps and 1 looks with 12 samples in packs of 5");
}

TEST(Trial, ThatDivergesHasNoModes) {
  Trial wild = short_trial();
  wild.generator_optimizer.lr = 1e30;
  wild.steps = 30;
  const PointTrial found = train_on(ring_mixture(), wild, 1);
  EXPECT_EQ(found.last.modes, 0);
  EXPECT_EQ(found.last.kl, std::numeric_limits<double>::infinity());
}

TEST(Trials, GiveTheNumbersOfOneAloneInAnyOrder) {
  configure_threads(1);
  Trial other = short_trial();
  other.objective = objective::NonSaturating{};
  const std::vector<Contender> contenders = {{"ring", ring_mixture(), short_trial(), 2},
                                             {"grid", grid_mixture(), other, 3}};
  Settings settings("E98", {});
  std::vector<std::string> told;
  settings.listen([&](std::string_view text) { told.emplace_back(text); });
  const auto contests = train_contenders(contenders, settings);
  ASSERT_EQ(contests.size(), 2U);
  EXPECT_EQ(told.size(), 5U);
  EXPECT_TRUE(told.back().starts_with("5 of 5 trained: "));
  for (std::size_t i = 0; i < contests.size(); ++i) {
    ASSERT_EQ(contests[i].trials.size(), static_cast<std::size_t>(contenders[i].seeds));
    for (std::size_t k = 0; k < contests[i].trials.size(); ++k) {
      Trial trial = contenders[i].trial;
      trial.seed = k + 1;
      expect_same(contests[i].trials[k], train_on(contenders[i].mixture, trial, 7));
    }
  }
  EXPECT_EQ(contests[1].label("median KL"), "grid: median KL of 3 seeds (n = 2500)");
}

TEST(Trials, PassOnWhatOneThrows) {
  const std::vector<Contender> contenders = {{"ring", ring_mixture(), short_trial(5), 3}};
  EXPECT_THROW(train_contenders(contenders, Settings("E98", {})), Error);
}

TEST(Trials, MedianIsTheMiddle) {
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 2, 10}), 3);
  EXPECT_EQ(median({5}), 5);
}

TEST(Trials, TheJudgePassesTheDataAndFailsWhatIsNot) {
  for (const Mixture& mixture : {ring_mixture(), grid_mixture()}) {
    for (const Check& check : checks_of_the_judge("data", mixture)) {
      EXPECT_TRUE(check.pass) << check.name << " " << check.value;
    }
  }
  // The ring's samples with the wrong centres.
  Mixture turned = ring_mixture();
  turned.truth.centres[0] = turned.truth.centres[1];
  bool pass = true;
  for (const Check& check : checks_of_the_judge("data", turned)) pass = pass && check.pass;
  EXPECT_FALSE(pass);
}

}  // namespace
}  // namespace saddle::lab
