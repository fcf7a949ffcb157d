#include "saddle/base/schedule.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/base/temporary.h"

namespace saddle {
namespace {

ResolvedSchedule moving(Schedule::Shape shape, double from, double to, Length over = {},
                        Length warmup = {}) {
  Schedule schedule(from);
  schedule.to = to;
  schedule.shape = shape;
  schedule.over = over;
  schedule.warmup = warmup;
  return resolve(schedule, 1000, 10);
}

TEST(Length, OfAnySizeReadsBackFromItsText) {
  for (const double count :
       {0., 999., 1010., 1234560., 10000000010., 999999999990., 1e12, 8822000200020300., 9e15}) {
    for (const auto unit : {Length::Unit::kSamples, Length::Unit::kSteps}) {
      const Length length{count, unit};
      EXPECT_EQ(parse_length(to_text(length)), length) << to_text(length);
    }
  }
}

TEST(Length, ReadsSamplesAndSteps) {
  using Unit = Length::Unit;
  EXPECT_EQ(parse_length("200k"), (Length{200e3, Unit::kSamples}));
  EXPECT_EQ(parse_length("1.5M"), (Length{1.5e6, Unit::kSamples}));
  EXPECT_EQ(parse_length("2.3k"), (Length{2300, Unit::kSamples}));
  EXPECT_EQ(parse_length(" 3000 "), (Length{3000, Unit::kSamples}));
  EXPECT_EQ(parse_length("3000 samples"), (Length{3000, Unit::kSamples}));
  EXPECT_EQ(parse_length("20k steps"), (Length{20e3, Unit::kSteps}));
  EXPECT_EQ(parse_length("1 step"), (Length{1, Unit::kSteps}));
  EXPECT_EQ(parse_length("1e6"), (Length{1e6, Unit::kSamples}));
}

TEST(Length, RefusesAnythingElse) {
  for (const char* text : {"", "k", "-5", "200x", "1.5", "20k epochs", "nan", "inf", "1e40"}) {
    test::expect_error([text] { parse_length(text); }, ErrorCode::kUsage,
                       "[length] cannot read a length: got '" + std::string(text) +
                           "', expected a whole number of samples or steps; try 200k, 1.5M or "
                           "'20k steps'");
  }
}

TEST(Length, TextReadsBack) {
  for (double count : {0.0, 7.0, 999.0, 1000.0, 1230.0, 1234.0, 60000.0, 1500000.0, 1234567.0}) {
    for (auto unit : {Length::Unit::kSamples, Length::Unit::kSteps}) {
      const Length length{count, unit};
      EXPECT_EQ(parse_length(to_text(length)), length) << to_text(length);
    }
  }
  EXPECT_EQ(to_text(Length{200000, Length::Unit::kSamples}), "200k");
  EXPECT_EQ(to_text(Length{1.5e6, Length::Unit::kSteps}), "1.5M steps");
}

TEST(Length, StepsBecomeSamples) {
  EXPECT_EQ(to_samples(parse_length("20 steps"), 64), 1280);
  EXPECT_EQ(to_samples(parse_length("20k"), 64), 20000);
}

TEST(Length, CountsAreWholeAndExactInDoubles) {
  for (const double count : {0.0, 1.0, 200e3, 9e15}) EXPECT_TRUE(is_length_count(count)) << count;
  for (const double count : {-1.0, 0.5, 9.1e15, HUGE_VAL, std::nan("")}) {
    EXPECT_FALSE(is_length_count(count)) << count;
  }
  EXPECT_EQ(to_samples(parse_length("9e15"), 64), 9'000'000'000'000'000);
}

TEST(Length, SamplesOfTooManyStepsAreRefused) {
  test::expect_error([] { to_samples(parse_length("200000M steps"), 65536); }, ErrorCode::kUsage,
                     "[length] '200000M steps' of 65536 samples each: got 1.31072e+16 samples, "
                     "expected at most 9e15; try a shorter one");
  Schedule schedule(1);
  schedule.warmup = parse_length("1e15 steps");
  EXPECT_THROW(resolve(schedule, 1000, 64), Error);
}

TEST(Duration, ReadsUnits) {
  EXPECT_EQ(parse_duration("90s"), 90);
  EXPECT_EQ(parse_duration("10m"), 600);
  EXPECT_EQ(parse_duration("2.5h"), 9000);
  EXPECT_EQ(parse_duration("1 d"), 86400);
  for (const char* text : {"", "90", "10 minutes", "-1s", "s"}) {
    test::expect_error([text] { parse_duration(text); }, ErrorCode::kUsage,
                       "[duration] cannot read a duration: got '" + std::string(text) +
                           "', expected a number and a unit s, m, h or d; try 90s, 10m or 2.5h");
  }
}

TEST(Schedule, CosineHasTheClosedForm) {
  const auto cosine = moving(Schedule::Shape::kCosine, 1, 0.1);
  EXPECT_DOUBLE_EQ(cosine.at(0), 1);
  EXPECT_NEAR(cosine.at(250), 0.868198, 5e-7);  // six printed digits
  EXPECT_DOUBLE_EQ(cosine.at(500), 0.55);
  EXPECT_EQ(cosine.at(1000), 0.1);
  EXPECT_EQ(cosine.at(5000), 0.1);
}

TEST(Schedule, LinearExponentialStepAndConstant) {
  const auto linear = moving(Schedule::Shape::kLinear, 2, 0);
  EXPECT_EQ(linear.at(0), 2);
  EXPECT_EQ(linear.at(250), 1.5);
  EXPECT_EQ(linear.at(1000), 0);
  const auto exponential = moving(Schedule::Shape::kExponential, 1e-2, 1e-4);
  EXPECT_NEAR(exponential.at(500), 1e-3, 1e-12);
  EXPECT_EQ(exponential.at(2000), 1e-4);
  const auto step = moving(Schedule::Shape::kStep, 1, 0.5, parse_length("40 steps"));
  EXPECT_EQ(step.at(399), 1);
  EXPECT_EQ(step.at(400), 0.5);
  const auto constant = resolve(Schedule(0.3), 1000, 10);
  EXPECT_EQ(constant.at(123), 0.3);
  EXPECT_TRUE(constant.is_constant());
  EXPECT_FALSE(linear.is_constant());
}

TEST(Schedule, WarmUpRisesFromZeroAndTheShapeFollows) {
  const auto s = moving(Schedule::Shape::kLinear, 2, 0, {}, parse_length("20 steps"));
  EXPECT_EQ(s.at(0), 0);
  EXPECT_EQ(s.at(100), 1);
  EXPECT_EQ(s.at(200), 2);
  EXPECT_EQ(s.at(600), 1);
  EXPECT_EQ(s.at(1000), 0);
  EXPECT_FALSE(s.is_constant());
  const auto warm_constant = moving(Schedule::Shape::kConstant, 2, 2, {}, parse_length("20 steps"));
  EXPECT_FALSE(warm_constant.is_constant());
  EXPECT_EQ(warm_constant.at(900), 2);
}

TEST(Schedule, ExponentialNeedsTheSameSign) {
  test::expect_error([] { moving(Schedule::Shape::kExponential, 1, 0); }, ErrorCode::kUsage,
                     "[schedule] an exponential schedule needs two numbers of the same sign: got "
                     "from 1 to 0, expected neither 0; try linear or cosine");
}

}  // namespace
}  // namespace saddle
