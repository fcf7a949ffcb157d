// E26: what a penalty, its absence and a slow discriminator make of ring and grid.
#include <algorithm>
#include <cmath>
#include <iterator>

#include "saddle/base/text.h"
#include "saddle/lab/trained_runs.h"
#include "saddle/lab/trials.h"

namespace saddle::lab {
namespace {

/// RpGAN + R1 + R2, gamma falling to a tenth.
Trial penalised_trial(const Settings& settings) {
  const double gamma = settings["gamma"];
  return {.penalty = both_penalties(gamma, gamma / 10),
          .generator_optimizer = falling_adam(),
          .discriminator_optimizer = falling_adam(),
          .steps = settings.count("steps")};
}

/// The plain logistic GAN with the momentum that it is commonly given.
Trial plain_trial(const Settings& settings) {
  return {.objective = objective::NonSaturating{},
          .generator_optimizer = falling_adam(0.5),
          .discriminator_optimizer = falling_adam(0.5),
          .steps = settings.count("steps")};
}

Trial slow_trial(const Settings& settings) {
  Trial trial = penalised_trial(settings);
  trial.discriminator_optimizer.lr = settings["slow"];
  return trial;
}

void check_zoo(std::vector<Check>& checks, const std::vector<Contest>& zoo) {
  const auto fewest = [](const Contest& one) { return std::ranges::min(one.modes()); };
  const auto most = [](const Contest& one) { return std::ranges::max(one.modes()); };
  const auto worst = [](const Contest& one) { return std::ranges::max(one.kl()); };
  const Contest& ring = zoo[0];
  const Contest& grid = zoo[1];
  const Contest& plain = zoo[2];
  const Contest& slow = zoo[3];
  checks.push_back(near(ring.label("fewest modes"), fewest(ring), 8, 0));
  checks.push_back(at_most(ring.label("greatest KL"), worst(ring), .02));
  checks.push_back(near(grid.label("fewest modes"), fewest(grid), 25, 0));
  checks.push_back(at_most(grid.label("greatest KL"), worst(grid), .45));
  checks.push_back(at_most(plain.label("median modes"), median(plain.modes()), 24));
  checks.push_back(at_least(plain.label("median KL") + " over that of " + grid.name,
                            median(plain.kl()) / median(grid.kl()), 2));
  checks.push_back(at_most(slow.label("most modes"), most(slow), 4));
}

}  // namespace

Outcome train_mode_zoo(const Settings& settings) {
  const std::int64_t seeds = settings.count("seeds");
  const Mixture ring = ring_mixture();
  const Mixture grid = grid_mixture();
  const std::vector<Contender> contenders = {
      {"ring, RpGAN + R1 + R2", ring, penalised_trial(settings), seeds},
      {"grid, RpGAN + R1 + R2", grid, penalised_trial(settings), seeds},
      {"grid, no penalty", grid, plain_trial(settings), seeds},
      {"ring, slow discriminator", ring, slow_trial(settings), seeds},
  };
  const std::vector<Contest> zoo = train_contenders(contenders, settings);
  Outcome outcome;
  for (auto* mixture : {&contenders[0], &contenders[1]}) {
    const std::string name = mixture == contenders.data() ? "ring" : "grid";
    std::ranges::move(checks_of_the_judge(name, mixture->mixture),
                      std::back_inserter(outcome.checks));
  }
  if (settings.all_initial()) {
    check_zoo(outcome.checks, zoo);
  } else {
    for (const Contest& contest : zoo) {
      std::ranges::move(checks_of_any(contest), std::back_inserter(outcome.checks));
    }
  }
  outcome.plots = {samples_plot("ring", zoo[0]), samples_plot("grid", zoo[1]),
                   samples_plot("grid-plain", zoo[2]), samples_plot("ring-slow", zoo[3]),
                   kl_plot(zoo, cat("Where all modes are found, the KL still tells good from "
                                    "poor: it falls as their weights even out. n = ",
                                    kSpreadSamples,
                                    "; the floor is about .0014 for 8 modes and "
                                    ".0048 for 25."))};
  return outcome;
}

std::vector<double> measure_mode_zoo(const Settings& settings) {
  Trial trial = penalised_trial(settings);
  trial.seed = 1;
  const Mixture grid = grid_mixture();
  const Spread found = train_on(grid, trial, 1).last;
  return {found.kl,
          static_cast<double>(found.modes) / static_cast<double>(grid.truth.centres.size()),
          found.high_quality};
}

}  // namespace saddle::lab
