// E03: what the losses push with.
#include <array>
#include <cmath>
#include <numbers>

#include "saddle/base/dual.h"
#include "saddle/base/text.h"
#include "saddle/codec/svg.h"
#include "saddle/game/logit_slopes.h"
#include "saddle/lab/numeric.h"
#include "saddle/lab/rows.h"
#include "saddle/objective/objectives.h"

namespace saddle::lab {
namespace {

using objective::ObjectiveConfig;

double logit_of(double d) {
  return std::log(d / (1 - d));
}

/// The derivative of a generator's loss by the logit of its fake.
double generator_slope(const ObjectiveConfig& objective, double fake_logit) {
  return logit_slopes<double>(objective, 0.0, fake_logit).generator_fake;
}

double ratio_at(double d) {
  return generator_slope(objective::NonSaturating{}, logit_of(d)) /
         generator_slope(objective::Saturating{}, logit_of(d));
}

void check_slopes(std::vector<Check>& checks, double d) {
  const double t = logit_of(d);
  checks.push_back(
      near(cat("gradient ratio at D(fake) = ", d), ratio_at(d), (1 - d) / d, 1e-9 * (1 - d) / d));
  checks.push_back(near(cat("dL_G/dt, non-saturating, at ", d),
                        generator_slope(objective::NonSaturating{}, t), d - 1, 1e-12));
  checks.push_back(near(cat("dL_G/dt, saturating, at ", d),
                        generator_slope(objective::Saturating{}, t), -d, 1e-12));
}

/// The losses where the discriminator cannot tell real from fake, so that nothing is to be gained.
void check_levels(std::vector<Check>& checks) {
  struct Level {
    const char* name;
    ObjectiveConfig objective;
    double logit, discriminator, generator;
  };
  const double ln2 = std::numbers::ln2;
  const std::array<Level, 5> levels{
      {{"non-saturating", objective::NonSaturating{}, 0, 2 * ln2, ln2},
       {"relativistic", objective::PairedRelativistic{}, 0, ln2, ln2},
       {"hinge", objective::Hinge{}, 0, 2, 0},
       {"Wasserstein", objective::Wasserstein{}, 0, 0, 0},
       {"least squares", objective::LeastSquares{}, .5, .25, .125}}};
  for (const Level& level : levels) {
    const auto losses = logit_losses<double>(level.objective, level.logit, level.logit);
    checks.push_back(near(cat("D at equilibrium, ", level.name), losses.discriminator,
                          level.discriminator, 1e-12));
    checks.push_back(
        near(cat("G at equilibrium, ", level.name), losses.generator, level.generator, 1e-12));
  }
}

Plot gradients_plot() {
  codec::SvgSeries saturating{.name = "saturating: D"};
  codec::SvgSeries other{.name = "non-saturating: 1 - D"};
  for (const double t : evenly(-8, 4, 121)) {
    const double d = sigmoid(t);
    for (codec::SvgSeries* series : {&saturating, &other}) series->x.push_back(d);
    saturating.y.push_back(std::abs(generator_slope(objective::Saturating{}, t)));
    other.y.push_back(std::abs(generator_slope(objective::NonSaturating{}, t)));
  }
  const std::vector<codec::SvgSeries> series{saturating, other};
  return {"gradients",
          "Early in training D(fake) is near 0, at the left: the saturating loss hardly pushes.",
          codec::line_svg(series, {.title = "Gradient of the generator's loss in the logit",
                                   .x_label = "D(fake)",
                                   .y_label = "size of the gradient",
                                   .legend_above = true,
                                   .log_x = true,
                                   .log_y = true})};
}

Outcome run_ratio(const Settings& settings) {
  Outcome outcome;
  for (const double d : {0.01, 0.1, 0.5, 0.9, settings["d"]}) {
    check_slopes(outcome.checks, d);
    if (settings.is_initial("d") && d == 0.9) break;
  }
  check_levels(outcome.checks);
  outcome.plots = {gradients_plot()};
  return outcome;
}

}  // namespace

Experiment gradient_ratio() {
  return {
      .id = "E03",
      .title = "Why the saturating loss starts slowly",
      .chapter = 1,
      .teaches =
          "The generator may minimise log(1 - D(fake)), as the game is written, or -log D(fake), "
          "as everybody trains it. Both want D(fake) up and both have the same fixed points, but "
          "their gradients differ by the factor (1-d)/d with d = D(fake). At the start the fakes "
          "are easy to tell: d is 0.01 and the second loss pushes 99 times as hard. Once the "
          "generator wins, at d = 0.9, it pushes nine times less. Optimisers that divide by the "
          "size of the gradient, as Adam does, hide this: to see it train the generator with plain "
          "gradient descent.\n\n"
          "At equilibrium the discriminator knows nothing and every loss stands at a fixed level: "
          "2 ln 2 = 1.386 for D, ln 2 = 0.693 for G; ln 2 for both players of the relativistic "
          "loss; 2 for D and 0 for G under the hinge loss; 0 for Wasserstein critics. A loss that "
          "sits there is not progress, and a loss "
          "far from there is not failure: it says who is ahead.",
      .formulas = {"saturating: L_G = log(1 - d),   dL_G/dt = -d",
                   "non-saturating: L_G = -log d,   dL_G/dt = -(1 - d)",
                   "ratio = (1 - d)/d,   d = sigmoid(t)"},
      .next = {{"run E03 --set d=0.001", "a thousand times"},
               {"sweep E03 --param d --from 0.001 --to 0.999 --log", "the whole curve"}},
      .parameters = {{.name = "d",
                      .initial = 0.01,
                      .low = 1e-4,
                      .high = 0.9999,
                      .doc = "D(fake), one more place to look at"}},
      .run = run_ratio,
      .measured = {"ratio"},
      .measure = [](const Settings& settings) {
        return std::vector<double>{ratio_at(settings["d"])};
      }};
}

}  // namespace saddle::lab
