#include "saddle/train/knobs.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "saddle/base/error.h"

namespace saddle {
namespace {

Knobs one_knob(const Schedule& schedule, const Log& log = {}) {
  Knobs knobs(log);
  knobs.add(
      {.path = "optimizer.generator.lr", .value = at::zeros({}, at::kDouble), .low = 0, .high = 1},
      resolve(schedule, 1000, 10));
  return knobs;
}

TEST(Knobs, FollowTheirSchedule) {
  Schedule schedule(1.0);
  schedule.to = 0.1;
  schedule.shape = Schedule::Shape::kCosine;
  Knobs knobs = one_knob(schedule);
  EXPECT_DOUBLE_EQ(knobs.get("optimizer.generator.lr"), 1.0);
  knobs.follow_schedules(500);
  EXPECT_NEAR(knobs.get("optimizer.generator.lr"), 0.55, 1e-12);  // half-way of a cosine 1 -> .1
}

TEST(Knobs, AWriteIsLoggedAndEndsTheSchedule) {
  Schedule schedule(1.0);
  schedule.to = 0.1;
  schedule.shape = Schedule::Shape::kLinear;
  std::string logged;
  Knobs knobs = one_knob(schedule, Log([&](LogLevel, std::string_view text) { logged += text; }));
  knobs.set("optimizer.generator.lr", 0.25, "a test");
  EXPECT_EQ(logged, "knob optimizer.generator.lr: 1 -> 0.25 (a test)");
  knobs.follow_schedules(500);
  EXPECT_DOUBLE_EQ(knobs.get("optimizer.generator.lr"), 0.25);
}

TEST(Knobs, RefuseUnknownPathsAndBadValues) {
  Knobs knobs = one_knob(Schedule(0.5));
  try {
    knobs.set("optimizer.generator.lrr", 0.1, "a test");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("optimizer.generator.lr"));
  }
  EXPECT_THROW(knobs.set("optimizer.generator.lr", 1.5, "a test"), Error);
  EXPECT_THROW(knobs.set("optimizer.generator.lr", std::nan(""), "a test"), Error);
}

TEST(Knobs, StateHoldsValuesAndWhoFollows) {
  Schedule schedule(1.0);
  schedule.to = 0.0;
  schedule.shape = Schedule::Shape::kLinear;
  Knobs first = one_knob(schedule);
  first.set("optimizer.generator.lr", 0.125, "a test");
  Knobs second = one_knob(schedule);
  restore(second, snapshot(first));
  second.follow_schedules(900);
  EXPECT_DOUBLE_EQ(second.get("optimizer.generator.lr"), 0.125);
}

}  // namespace
}  // namespace saddle
