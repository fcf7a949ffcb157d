#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "saddle/data/source.h"
#include "saddle/data/worlds.h"
#include "saddle/dynamics/ema.h"
#include "saddle/dynamics/optimizers.h"
#include "saddle/nn/network.h"
#include "saddle/nn/networks.h"
#include "saddle/objective/objectives.h"
#include "saddle/objective/penalties.h"

namespace saddle::lab {

/// A small GAN as experiments train it: alternating steps, float32 on the CPU. It leaves no files.
struct Trial {
  nn::GeneratorConfig generator = nn::MlpGenerator{.latent = 2, .width = 96};
  nn::DiscriminatorConfig discriminator = nn::MlpDiscriminator{.width = 96};
  objective::ObjectiveConfig objective = objective::PairedRelativistic{};
  objective::PenaltyConfig penalty{};
  Adam generator_optimizer{};
  Adam discriminator_optimizer{};
  EmaConfig ema{.half_life = {.count = 90'000}};
  std::int64_t pack = 1;     ///< samples that the discriminator sees at once
  std::int64_t batch = 128;  ///< reals of one step, whole packs
  std::int64_t steps = 10'000;
  std::uint64_t seed = 0;  ///< of weights, latents and data
};

/// A rate or weight that falls from one number to another along a cosine, over the whole run.
Schedule falling(double from, double to);

/// Adam(beta1, .99), its rate falling from 1e-3 to 5e-5.
Adam falling_adam(double beta1 = 0);

/// R1 and R2 of the same gamma, which falls from `from` to `to`.
objective::PenaltyConfig both_penalties(double from, double to);

/// Called with the steps taken and the averaged generator of single samples, ready for evaluation.
using Look = std::function<void(std::int64_t step, nn::Generator& averaged)>;

/// Trains on images or points of `source` and calls `look` after every 1/looks of the steps, the
/// last time after the last step. A function of its arguments and the thread count. Throws
/// Error(kInternal) where steps or looks are below 1 or the batch is no whole number of packs.
void train_trial(const Trial& trial, std::shared_ptr<const data::Source> source, std::int64_t looks,
                 const Look& look);

/// How 2500 samples spread over the modes of a world.
struct Spread {
  std::int64_t modes = 0;   ///< with a sample within 3 sd
  double high_quality = 0;  ///< share of samples within 3 sd of their centre
  /// KL in nats from the histogram of nearest centres to the even one; infinite where a sample is
  /// not finite.
  double kl = 0;
};

/// What a trial on points found.
struct PointTrial {
  Spread last{};
  std::vector<double> steps{};   ///< when the generator was looked at
  std::vector<double> kl{};      ///< what it had then
  std::vector<double> x{}, y{};  ///< the last samples
};

inline constexpr std::int64_t kSpreadSamples = 2500;

/// A mixture of Gaussians in the plane to train on.
struct Mixture {
  std::shared_ptr<const data::Source> source{};
  data::PointTruth truth{};
};
Mixture ring_mixture();  ///< 8 modes on the circle of radius 1, sd .01
Mixture grid_mixture();  ///< 25 modes {-4,-2,0,2,4}^2, sd .05

/// Of 2500 samples of the mixture's test split: what a perfect sampler gets.
Spread perfect_spread(const Mixture& mixture);

/// Trains on a mixture, told of each look.
PointTrial train_on(const Mixture& mixture, const Trial& trial, std::int64_t looks,
                    const std::function<void(std::int64_t step, double kl)>& tell = {});

}  // namespace saddle::lab
