#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "saddle/lab/check.h"
#include "saddle/lab/experiment.h"
#include "saddle/lab/trial.h"

namespace saddle::lab {

/// One way to train on a mixture, under seeds 1 to `seeds`.
struct Contender {
  std::string name{};
  Mixture mixture{};
  Trial trial{};
  std::int64_t seeds = 3;
};

/// What its trials found, seed by seed.
struct Contest {
  std::string name{};
  data::PointTruth truth{};
  std::vector<PointTrial> trials{};

  std::vector<double> modes() const;
  std::vector<double> kl() const;
  std::vector<double> high_quality() const;
  /// "NAME: WHAT of 3 seeds (n = 2500)".
  std::string label(const std::string& what) const;
};

/// Trains all seeds of all contenders, several at once where the machine has cores; each by itself
/// in one thread, so that the numbers do not depend on how many. `settings` is told of each that
/// ends. Throws what the first trial that failed threw.
std::vector<Contest> train_contenders(std::span<const Contender> contenders,
                                      const Settings& settings);

/// "0.0831", for captions.
std::string four_decimals(double value);

/// The middle value, of an even number the mean of the two; at least one.
double median(std::vector<double> values);

/// What holds of any sampler: KL at most ln K, at most K modes. They show the numbers where no
/// others are stated.
std::vector<Check> checks_of_any(const Contest& contest);

/// The judge on samples of the mixture itself: all modes, KL below its 99.9 percentile, the share
/// within 3 sd within 4 standard errors.
std::vector<Check> checks_of_the_judge(const std::string& name, const Mixture& mixture);

/// The samples of the first seed over the modes.
Plot samples_plot(const std::string& name, const Contest& contest);
/// Median KL over training, a line each.
Plot kl_plot(std::span<const Contest> contests, const std::string& caption);

}  // namespace saddle::lab
