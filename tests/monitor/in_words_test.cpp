// What the status line says of a reading.
#include <gtest/gtest.h>

#include <cmath>

#include "saddle/monitor/signals.h"

namespace saddle {
namespace {

using monitor::in_words;
using monitor::Reading;

/// A reading with these three signals; NaN leaves one out.
Reading numbers(double ordered, double accuracy, double g_gradient) {
  Reading reading;
  const auto add = [&](const char* name, double value) {
    if (!std::isnan(value)) reading.signals.push_back({name, value});
  };
  add("pairs_ordered", ordered);
  add("accuracy.discriminator", accuracy);
  add("gradient_norm.generator", g_gradient);
  return reading;
}

TEST(InWords, EqualPlayersAreBalanced) {
  EXPECT_EQ(in_words(numbers(.6, .6, 1), true), "balanced");
  EXPECT_EQ(in_words(numbers(.6, NAN, 1), false), "balanced");
}

TEST(InWords, EachIllnessHasItsWords) {
  EXPECT_EQ(in_words(numbers(.6, .6, 0), true), "G gets no gradient");
  EXPECT_EQ(in_words(numbers(1, 1, 1), true), "D sees through every fake");
  EXPECT_EQ(in_words(numbers(.6, .1, 1), true), "D is fooled");
  EXPECT_EQ(in_words(numbers(.95, .9, 1), true), "D is ahead");
  EXPECT_EQ(in_words(numbers(.2, .5, 1), true), "G is ahead");
}

TEST(InWords, TheGraverWordsWin) {
  Reading broken = numbers(1, .1, 0);
  broken.bad = {"generator loss", 3};
  EXPECT_EQ(in_words(broken, true), "not a number");
  EXPECT_EQ(in_words(numbers(1, .1, 0), true), "G gets no gradient");
  EXPECT_EQ(in_words(numbers(1, .1, 1), true), "D sees through every fake");
  EXPECT_EQ(in_words(numbers(.2, .1, 1), true), "D is fooled");
}

TEST(InWords, AccuracySpeaksOnlyWhereLogitsAreAnchored) {
  EXPECT_EQ(in_words(numbers(.6, .1, 1), false), "balanced");
}

TEST(InWords, WhatWasNotMeasuredSaysNothing) {
  EXPECT_EQ(in_words(Reading{}, true), "balanced");
  EXPECT_EQ(in_words(numbers(NAN, .6, 1), true), "balanced");
  EXPECT_EQ(in_words(numbers(NAN, .1, NAN), true), "D is fooled");
  EXPECT_EQ(in_words(numbers(.95, NAN, NAN), true), "D is ahead");
}

}  // namespace
}  // namespace saddle
