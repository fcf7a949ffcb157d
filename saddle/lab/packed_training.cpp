// E25, trained: vanilla GANs on the grid, their discriminators seeing samples or packs.
#include <algorithm>
#include <iterator>

#include "saddle/base/text.h"
#include "saddle/lab/packing.h"
#include "saddle/lab/trained_runs.h"
#include "saddle/lab/trials.h"

namespace saddle::lab {
namespace {

/// The same reals each step for both, in whole packs.
Contender packing_contender(const Settings& settings, std::int64_t pack, std::int64_t reals) {
  Trial trial{.objective = objective::NonSaturating{},
              .generator_optimizer = falling_adam(0.5),
              .discriminator_optimizer = falling_adam(0.5),
              .pack = pack,
              .batch = reals,
              .steps = settings.count("steps")};
  return {pack == 1 ? "grid, one at a time" : cat("grid, packs of ", pack), grid_mixture(),
          std::move(trial), settings.count("seeds")};
}

}  // namespace

Outcome train_packing(const Settings& settings) {
  Outcome outcome = packing_in_closed_form(settings);
  // A pack of one is what packs are compared with.
  const std::int64_t pack = std::max<std::int64_t>(2, settings.count("m"));
  constexpr std::int64_t kReals = 128;
  const std::int64_t reals = kReals - kReals % pack;
  const std::vector<Contender> contenders = {packing_contender(settings, 1, reals),
                                             packing_contender(settings, pack, reals)};
  const std::vector<Contest> contests = train_contenders(contenders, settings);
  std::vector<Check>& checks = outcome.checks;
  std::ranges::move(checks_of_the_judge("grid", contenders[0].mixture), std::back_inserter(checks));
  const double alone = median(contests[0].kl());
  const double packed = median(contests[1].kl());
  if (settings.is_initial("m") && settings.is_initial("steps") && settings.is_initial("seeds")) {
    checks.push_back(at_most(cat(contests[1].label("median KL"), " against that of one at a time"),
                             packed, alone));
  } else {
    for (const Contest& contest : contests) {
      std::ranges::move(checks_of_any(contest), std::back_inserter(checks));
    }
  }
  outcome.plots.push_back(samples_plot("alone", contests[0]));
  outcome.plots.push_back(samples_plot("packed", contests[1]));
  outcome.plots.push_back(kl_plot(
      contests, cat("Nothing differs but what the discriminator sees at once. Median KL at the "
                    "end: ",
                    four_decimals(alone), " against ", four_decimals(packed), "; ",
                    contests[0].trials.size(), " seeds, n = ", kSpreadSamples, ".")));
  return outcome;
}

}  // namespace saddle::lab
