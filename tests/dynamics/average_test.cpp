#include "saddle/dynamics/average.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "saddle/nn/build.h"

namespace saddle {
namespace {

// Batch 64, half-life 500k, ramp .05: the decays of the reference table.
TEST(Ema, DecayFollowsHalfLifeAndRamp) {
  constexpr double kDigitsOfTheTable = 1e-9;
  EXPECT_NEAR(ema_decay(500e3, .05, 100e3, 64), .991166959, kDigitsOfTheTable);
  EXPECT_NEAR(ema_decay(500e3, .05, 1e6, 64), .999113165, kDigitsOfTheTable);
  EXPECT_NEAR(ema_decay(500e3, .05, 10e6, 64), .999911281, kDigitsOfTheTable);
  EXPECT_EQ(ema_decay(0, 0, 100, 64), 0);
}

std::unique_ptr<nn::Generator> small(std::uint64_t seed) {
  return nn::build_generator(nn::MlpGenerator{.width = 4}, {.channels = 2},
                             Streams(seed).at("init", 0), at::TensorOptions().dtype(at::kDouble));
}

at::Tensor first_weight(nn::Generator& g) {
  at::Tensor first;
  g.parameters([&](const std::string&, at::Tensor& t) {
    if (!first.defined()) first = t.detach();
  });
  return first;
}

TEST(Ema, TheFirstUpdateCopiesAndConstantWeightsStay) {
  const auto source = small(1), average = small(2);
  GeneratorAverage ema(*average, *source, EmaConfig{.half_life = {.count = 1000}, .ramp = 0}, 64);
  ema.update(64);
  EXPECT_TRUE(at::equal(first_weight(*average), first_weight(*source)));
  for (int i = 0; i < 20; ++i) ema.update(64 * (i + 2));
  EXPECT_TRUE(at::allclose(first_weight(*average), first_weight(*source), 1e-14, 0));
}

TEST(Ema, HalfTheDistanceIsLeftAfterAHalfLife) {
  const auto source = small(1), average = small(2);
  GeneratorAverage ema(*average, *source, EmaConfig{.half_life = {.count = 640}, .ramp = 0}, 64);
  ema.update(64);
  const at::Tensor before = first_weight(*average).clone();
  first_weight(*source).add_(1.0);
  for (int i = 0; i < 10; ++i) ema.update(128 + 64 * i);
  EXPECT_TRUE(at::allclose(first_weight(*average) - before, at::full_like(before, 0.5), 1e-12, 0));
}

}  // namespace
}  // namespace saddle
