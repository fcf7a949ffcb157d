// Where NaN or Inf comes up first, by name and step.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "saddle/monitor/signals.h"
#include "tests/monitor/still_game.h"

namespace saddle {
namespace {

using monitor::first_not_finite;
using monitor::Reading;
using monitor::SignalBook;
using test::floats;
using test::logits;
using test::step_of;
using test::StillGame;

constexpr float kInf = std::numeric_limits<float>::infinity();

class BadValue : public ::testing::TestWithParam<float> {
 protected:
  float bad() const { return GetParam(); }
  void good_step(std::int64_t number) { book_.observe(step_of(1, 1), game_, number); }
  void expect_bad(const std::string& tensor, std::int64_t step) {
    const Reading reading = book_.read(game_, true);
    EXPECT_EQ(reading.bad.tensor, tensor);
    EXPECT_EQ(reading.bad.step, step);
  }
  Player& generator() { return game_.players()[StillGame::kGenerator]; }
  Player& discriminator() { return game_.players()[StillGame::kDiscriminator]; }

  StillGame game_;
  SignalBook book_;
};

TEST_P(BadValue, InALossIsNamedWithItsStep) {
  good_step(1);
  book_.observe(step_of(1, bad()), game_, 2);
  good_step(3);
  expect_bad("discriminator loss", 2);
}

TEST_P(BadValue, InAGradientIsNamedWithItsStep) {
  good_step(1);
  generator().gradients[1] = floats({bad()});
  good_step(2);
  generator().gradients[1] = floats({0});
  good_step(3);
  expect_bad("generator.0.bias gradient", 2);
}

TEST_P(BadValue, InOneOfManyNumbersIsFound) {
  discriminator().gradients[0] = floats({1, 2, bad()});
  good_step(1);
  expect_bad("discriminator.0.weight gradient", 1);
}

TEST_P(BadValue, FirstInTimeIsNamedWhateverTheOrderOfThePlayers) {
  discriminator().gradients[0] = floats({bad(), 0, 0});
  good_step(7);
  generator().gradients[0] = floats({bad(), 0});
  book_.observe(step_of(bad(), bad()), game_, 8);
  expect_bad("discriminator.0.weight gradient", 7);
}

TEST_P(BadValue, ALossIsNamedBeforeTheGradientsItSpoils) {
  generator().gradients = {floats({bad(), bad()}), floats({bad()})};
  book_.observe(step_of(bad(), 1), game_, 4);
  expect_bad("generator loss", 4);
}

TEST_P(BadValue, InOneStepThePlayerThatMovedFirstIsNamed) {
  // D moved first: G's numbers come out of the discriminator that has gone wrong.
  good_step(1);
  generator().gradients = {floats({bad(), bad()}), floats({bad()})};
  discriminator().gradients = {floats({bad(), bad(), bad()})};
  book_.observe(step_of(bad(), bad()), game_, 2);
  expect_bad("discriminator loss", 2);
}

TEST_P(BadValue, InAWeightIsNamedWithTheLastStep) {
  // An update can overflow at finite losses and gradients.
  good_step(5);
  good_step(6);
  discriminator().parameters[0].tensor[1] = bad();
  expect_bad("discriminator.0.weight", 6);
}

TEST_P(BadValue, InALogitIsNamedWithTheLastStep) {
  // A loss that saturates stays finite at an infinite logit.
  good_step(8);
  book_.observe(step_of(1, 1, logits(floats({1, 2}), floats({0, bad()}))), game_, 9);
  expect_bad("logits.fake", 9);
}

TEST_P(BadValue, IsForgottenAfterTheTickThatToldIt) {
  book_.observe(step_of(bad(), 1), game_, 1);
  expect_bad("generator loss", 1);
  good_step(2);
  expect_bad("", -1);
}

TEST_P(BadValue, InAStateIsFoundByName) {
  const StateDict state{{"steps", at::scalar_tensor(3, at::kLong)},
                        {"generator.weight", floats({1, 2})},
                        {"generator.bias", floats({1, bad()})},
                        {"average.weight", floats({bad()})}};
  EXPECT_EQ(first_not_finite(state), "generator.bias");
}

INSTANTIATE_TEST_SUITE_P(
    Values, BadValue, ::testing::Values(NAN, kInf, -kInf), [](const auto& info) {
      return std::string(info.index == 0 ? "NaN" : info.index == 1 ? "Inf" : "MinusInf");
    });

TEST(BadNumber, LargeFiniteNumbersAreFine) {
  StillGame game;
  SignalBook book;
  game.players()[0].gradients = {floats({1e15f, -1e15f}), floats({1e15f})};
  book.observe(step_of(1e30, -1e30, logits(floats({1e30f}), floats({-1e30f}))), game, 1);
  EXPECT_EQ(book.read(game, true).bad.step, -1);
}

TEST(BadNumber, AFiniteStateHasNone) {
  EXPECT_EQ(first_not_finite({}), "");
  EXPECT_EQ(first_not_finite({{"weight", floats({1, -1e38f})},
                              {"count", at::scalar_tensor(7, at::kLong)},
                              {"words", at::zeros({3}, at::kByte)},
                              {"empty", at::empty({0}, at::kFloat)}}),
            "");
}

}  // namespace
}  // namespace saddle
