// Signals of steps whose losses, gradients and logits are written by hand.
#include <gtest/gtest.h>

#include <cmath>

#include "saddle/monitor/signals.h"
#include "saddle/tensor/state.h"
#include "tests/monitor/still_game.h"

namespace saddle {
namespace {

using monitor::Reading;
using monitor::SignalBook;
using test::floats;
using test::logits;
using test::move_of;
using test::step_of;
using test::StillGame;

constexpr double kFloatDigits = 1e-6;  // of values that pass through float32

std::vector<std::string> signal_names(const Reading& reading) {
  std::vector<std::string> names;
  for (const auto& signal : reading.signals) names.push_back(signal.name);
  return names;
}

TEST(SignalBook, LossesAreMeansOverTheTick) {
  StillGame game;
  SignalBook book;
  book.observe(step_of(1, 10), game, 1);
  book.observe(step_of(2, 20), game, 2);
  book.observe(step_of(6, 60), game, 3);
  const Reading reading = book.read(game, true);
  EXPECT_EQ(reading.value("loss.generator.total"), 3);
  EXPECT_EQ(reading.value("loss.discriminator.total"), 30);
}

TEST(SignalBook, ATermIsTheMeanOverTheStepsThatHadIt) {
  StillGame game;
  SignalBook book;
  const auto step = [&](NamedTensors terms, std::int64_t number) {
    book.observe({{move_of(StillGame::kDiscriminator, 0, std::move(terms))}}, game, number);
  };
  step({{"adversarial", at::scalar_tensor(1.0)}, {"r1", at::scalar_tensor(8.0)}}, 1);
  step({{"adversarial", at::scalar_tensor(2.0)}}, 2);
  step({{"adversarial", at::scalar_tensor(3.0)}, {"r1", at::scalar_tensor(2.0)}}, 3);
  const Reading reading = book.read(game, true);
  EXPECT_EQ(reading.value("loss.discriminator.adversarial"), 2);
  EXPECT_EQ(reading.value("loss.discriminator.r1"), 5);
}

TEST(SignalBook, ManySmallLossesAreSummedInDoublePrecision) {
  // In float32 a sum that has reached 2^24 no longer grows by ones.
  StillGame game;
  SignalBook book;
  book.observe(step_of(16777216, 0), game, 1);
  for (std::int64_t step = 2; step <= 5; ++step) book.observe(step_of(1, 0), game, step);
  EXPECT_EQ(book.read(game, true).value("loss.generator.total"), (16777216.0 + 4) / 5);
}

TEST(SignalBook, ObservingLeavesTheReportAlone) {
  StillGame game;
  SignalBook book;
  const StepReport first = step_of(1, 10, logits(floats({1}), floats({2})));
  const StepReport second = step_of(5, 50, logits(floats({3}), floats({4})));
  book.observe(first, game, 1);
  book.observe(second, game, 2);
  book.read(game, true);
  EXPECT_EQ(first.moves[0].evaluation.total.item<float>(), 10);
  EXPECT_EQ(first.moves[1].evaluation.total.item<float>(), 1);
  EXPECT_EQ(first.moves[0].observed[0].tensor.item<float>(), 1);
  EXPECT_TRUE(at::equal(game.players()[0].gradients[0], floats({0, 0})));
  EXPECT_TRUE(at::equal(game.players()[0].parameters[0].tensor, floats({3, 4})));
}

TEST(SignalBook, GradientNormIsTheRootMeanSquareOverTheTick) {
  StillGame game;
  SignalBook book;
  Player& generator = game.players()[StillGame::kGenerator];
  generator.gradients = {floats({3, 0}), floats({4})};  // norm 5
  book.observe(step_of(100, 0), game, 1);
  generator.gradients = {floats({0, 5}), floats({12})};  // norm 13
  book.observe(step_of(100, 0), game, 2);
  const Reading reading = book.read(game, true);
  EXPECT_NEAR(reading.value("gradient_norm.generator"), std::sqrt((25. + 169.) / 2), kFloatDigits);
  EXPECT_EQ(reading.value("gradient_norm.discriminator"), 0);
}

TEST(SignalBook, GradientNormTakesTensorsOfEveryShapeAndSkipsMissingOnes) {
  StillGame game;
  SignalBook book;
  Player& generator = game.players()[StillGame::kGenerator];
  generator.parameters[0].tensor = at::zeros({2, 3, 2});
  generator.gradients = {at::full({2, 3, 2}, 2.0f), at::Tensor()};
  book.observe(step_of(0, 0), game, 1);
  EXPECT_NEAR(book.read(game, true).value("gradient_norm.generator"), std::sqrt(12 * 4.0),
              kFloatDigits);
}

TEST(SignalBook, WeightNormIsThatOfTheMomentOfReading) {
  StillGame game;
  SignalBook book;
  book.observe(step_of(0, 0), game, 1);
  game.players()[StillGame::kDiscriminator].parameters[0].tensor.fill_(2);
  const Reading reading = book.read(game, true);
  EXPECT_NEAR(reading.value("weight_norm.generator"), 13, kFloatDigits);  // 3, 4 and 12
  EXPECT_NEAR(reading.value("weight_norm.discriminator"), std::sqrt(12.0), kFloatDigits);
}

TEST(SignalBook, OnlyPlayersThatMovedHaveNorms) {
  StillGame game;
  SignalBook book;
  book.observe({{move_of(StillGame::kDiscriminator, 1)}}, game, 1);
  EXPECT_EQ(signal_names(book.read(game, true)),
            (std::vector<std::string>{"loss.discriminator.total", "gradient_norm.discriminator",
                                      "weight_norm.discriminator"}));
}

TEST(SignalBook, LogitSignalsAreThoseOfTheLastStep) {
  StillGame game;
  SignalBook book;
  book.observe(step_of(0, 0, logits(floats({9, 9, 9, 9}), floats({-9, -9, -9, -9}))), game, 1);
  book.observe(step_of(0, 0, logits(floats({1, 2, -1, 4}), floats({-1, 3, -2, 0}))), game, 2);
  const Reading reading = book.read(game, true);
  EXPECT_NEAR(reading.value("logits.real.mean"), 1.5, kFloatDigits);
  EXPECT_NEAR(reading.value("logits.fake.mean"), 0, kFloatDigits);
  // Squared distances from the mean: .25 .25 6.25 6.25, and 1 9 4 0; divided by n.
  EXPECT_NEAR(reading.value("logits.real.sd"), std::sqrt(13.0 / 4), kFloatDigits);
  EXPECT_NEAR(reading.value("logits.fake.sd"), std::sqrt(14.0 / 4), kFloatDigits);
  // Three of four reals are above 0, two of four fakes below, and a tie counts half.
  EXPECT_NEAR(reading.value("accuracy.discriminator"), (.75 + .625) / 2, kFloatDigits);
  // 1 > -1, 2 < 3, -1 > -2, 4 > 0.
  EXPECT_NEAR(reading.value("pairs_ordered"), .75, kFloatDigits);
}

TEST(SignalBook, AccuracyIsNoSignalWhereTheSignOfALogitMeansNothing) {
  StillGame game;
  SignalBook book;
  book.observe(step_of(0, 0, logits(floats({1, 2}), floats({0, 3}))), game, 1);
  const Reading reading = book.read(game, /*anchored=*/false);
  EXPECT_TRUE(std::isnan(reading.value("accuracy.discriminator")));
  EXPECT_NEAR(reading.value("pairs_ordered"), .5, kFloatDigits);
}

TEST(SignalBook, PairsNeedAsManyRealsAsFakes) {
  StillGame game;
  SignalBook book;
  book.observe(step_of(0, 0, logits(floats({1, 2, 3}), floats({-1, 5}))), game, 1);
  const Reading reading = book.read(game, true);
  EXPECT_TRUE(std::isnan(reading.value("pairs_ordered")));
  EXPECT_NEAR(reading.value("logits.fake.mean"), 2, kFloatDigits);
  EXPECT_NEAR(reading.value("accuracy.discriminator"), (1 + .5) / 2, kFloatDigits);
}

TEST(SignalBook, HistogramSamplesAreFlatFloatsOfTheLastStep) {
  StillGame game;
  SignalBook book;
  const at::Tensor real = at::tensor({1.0, 2.0, 3.0, 4.0}, at::kDouble).view({2, 2});
  const at::Tensor fake = floats({-1.5, .5}).to(at::kHalf);
  book.observe(step_of(0, 0, logits(floats({7}), floats({7}))), game, 1);
  book.observe(step_of(0, 0, logits(real, fake)), game, 2);
  const Reading reading = book.read(game, true);
  ASSERT_EQ(reading.samples.size(), 2u);
  EXPECT_EQ(reading.samples[0].name, "logits.real");
  EXPECT_EQ(reading.samples[1].name, "logits.fake");
  EXPECT_EQ(reading.samples[0].tensor.scalar_type(), at::kFloat);
  EXPECT_TRUE(at::equal(reading.samples[0].tensor, floats({1, 2, 3, 4})));
  EXPECT_TRUE(at::equal(reading.samples[1].tensor, floats({-1.5, .5})));
}

TEST(SignalBook, WithoutLogitsThereAreNoHistogramsAndNoLogitSignals) {
  StillGame game;
  SignalBook book;
  book.observe(step_of(1, 2), game, 1);
  const Reading reading = book.read(game, true);
  EXPECT_TRUE(reading.samples.empty());
  EXPECT_TRUE(std::isnan(reading.value("logits.real.mean")));
  EXPECT_TRUE(std::isnan(reading.value("pairs_ordered")));
}

TEST(SignalBook, ReadingStartsTheNextTickFromNothing) {
  StillGame game;
  SignalBook book;
  game.players()[0].gradients = {floats({30, 40}), floats({0})};
  book.observe(step_of(100, 200, logits(floats({1}), floats({2}))), game, 1);
  book.read(game, true);
  const Reading empty = book.read(game, true);
  EXPECT_TRUE(empty.signals.empty());
  EXPECT_TRUE(empty.samples.empty());
  EXPECT_EQ(empty.bad.step, -1);
  game.players()[0].gradients = {floats({3, 4}), floats({0})};
  book.observe(step_of(1, 2), game, 2);
  const Reading next = book.read(game, true);
  EXPECT_EQ(next.value("loss.generator.total"), 1);
  EXPECT_NEAR(next.value("gradient_norm.generator"), 5, kFloatDigits);
  EXPECT_TRUE(next.samples.empty());
}

TEST(Reading, AnUnknownSignalIsNotANumber) {
  EXPECT_TRUE(std::isnan(Reading{}.value("loss.generator.total")));
}

// Step `number` of a run whose numbers change from step to step; G's gradient breaks at step 3.
void observe_step(SignalBook& book, StillGame& game, std::int64_t number) {
  const auto n = static_cast<float>(number);
  const float broken = number == 3 ? NAN : n;
  game.players()[0].gradients = {floats({n, 1 / n}), floats({broken})};
  game.players()[1].gradients = {floats({n / 3, n / 7, -n})};
  NamedTensors terms{{"adversarial", at::scalar_tensor(n / 11)}};
  if (number % 2 == 0) terms.push_back({"r1", at::scalar_tensor(n / 13)});
  book.observe(
      {{move_of(1, n / 17, terms, logits(floats({n, 1}), floats({-n, 2}))), move_of(0, n / 19)}},
      game, number);
}

void expect_same_reading(const Reading& a, const Reading& b) {
  ASSERT_EQ(signal_names(a), signal_names(b));
  for (std::size_t i = 0; i < a.signals.size(); ++i) {
    if (std::isnan(a.signals[i].value) && std::isnan(b.signals[i].value)) continue;
    EXPECT_EQ(a.signals[i].value, b.signals[i].value) << a.signals[i].name;
  }
  EXPECT_EQ(a.bad.tensor, b.bad.tensor);
  EXPECT_EQ(a.bad.step, b.bad.step);
  ASSERT_EQ(a.samples.size(), b.samples.size());
  for (std::size_t i = 0; i < a.samples.size(); ++i) {
    EXPECT_TRUE(at::equal(a.samples[i].tensor, b.samples[i].tensor));
  }
}

TEST(SignalBook, ATickThatIsSavedAndLoadedMidwayReadsAsTheUnbrokenOne) {
  constexpr std::int64_t kSteps = 6;
  StillGame game;
  SignalBook unbroken;
  for (std::int64_t step = 1; step <= kSteps; ++step) observe_step(unbroken, game, step);
  const Reading expected = unbroken.read(game, true);
  EXPECT_EQ(expected.bad.tensor, "generator.0.bias gradient");
  EXPECT_EQ(expected.bad.step, 3);
  for (std::int64_t cut = 0; cut < kSteps; ++cut) {
    SCOPED_TRACE(cut);
    StateDict saved;
    {
      SignalBook first;
      for (std::int64_t step = 1; step <= cut; ++step) observe_step(first, game, step);
      saved = snapshot(first);
      // What happens after the save is forgotten by the load.
      observe_step(first, game, 100);
    }
    SignalBook second;
    restore(second, saved);
    for (std::int64_t step = cut + 1; step <= kSteps; ++step) observe_step(second, game, step);
    expect_same_reading(second.read(game, true), expected);
  }
}

TEST(SignalBook, LoadingReplacesWhatABookHeld) {
  StillGame game;
  SignalBook source;
  observe_step(source, game, 1);
  const StateDict one_step = snapshot(source);
  const StateDict nothing = snapshot(*std::make_unique<SignalBook>());

  SignalBook used;
  observe_step(used, game, 4);
  observe_step(used, game, 3);
  restore(used, one_step);
  observe_step(used, game, 2);
  observe_step(source, game, 2);
  expect_same_reading(used.read(game, true), source.read(game, true));

  observe_step(used, game, 3);
  restore(used, nothing);
  observe_step(used, game, 1);
  SignalBook fresh;
  observe_step(fresh, game, 1);
  expect_same_reading(used.read(game, true), fresh.read(game, true));
}

TEST(SignalBook, AfterReadingTheStateIsThatOfAFreshBook) {
  StillGame game;
  SignalBook book, fresh;
  observe_step(book, game, 1);
  book.read(game, true);
  const StateDict a = snapshot(book), b = snapshot(fresh);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].name, b[i].name);
    EXPECT_TRUE(at::equal(a[i].tensor, b[i].tensor));
  }
}

}  // namespace
}  // namespace saddle
