// E03: what the losses push with.
#include <cmath>
#include <complex>
#include <numbers>

#include "saddle/base/dual.h"
#include "saddle/base/text.h"
#include "saddle/codec/svg.h"
#include "saddle/lab/numeric.h"
#include "saddle/lab/rows.h"

namespace saddle::lab {
namespace {

using Complex = std::complex<double>;
using Loss = Complex (*)(Complex logit);

Complex saturating_loss(Complex t) {  // log(1 - D)
  return -std::log(1.0 + std::exp(t));
}

Complex non_saturating_loss(Complex t) {  // -log D
  return std::log(1.0 + std::exp(-t));
}

/// dL/dt by a complex step: exact to rounding, without a difference of near numbers.
double slope_of(Loss loss, double t) {
  constexpr double kStep = 1e-30;
  return loss({t, kStep}).imag() / kStep;
}

double logit_of(double d) {
  return std::log(d / (1 - d));
}

double ratio_at(double d) {
  return slope_of(non_saturating_loss, logit_of(d)) / slope_of(saturating_loss, logit_of(d));
}

double hinge(double margin) {
  return std::max(0.0, 1 - margin);
}

/// The losses where the discriminator cannot tell: both logits 0, so that nothing is to be gained.
void check_levels(std::vector<Check>& checks) {
  constexpr double kTight = 1e-12;
  const double ln2 = std::numbers::ln2;
  checks.push_back(near("D at equilibrium, non-saturating: both terms",
                        softplus(-0.0) + softplus(0.0), 2 * ln2, kTight));
  checks.push_back(
      near("G at equilibrium, non-saturating", non_saturating_loss(0).real(), ln2, kTight));
  const double pairing = softplus(-(0.0 - 0.0));  // of D(real) - D(fake)
  checks.push_back(near("D and G at equilibrium, relativistic", pairing, ln2, kTight));
  checks.push_back(near("D at equilibrium, hinge", hinge(0) + hinge(-0.0), 2, kTight));
}

Plot gradients_plot() {
  codec::SvgSeries saturating{.name = "saturating: D"};
  codec::SvgSeries other{.name = "non-saturating: 1 - D"};
  for (const double t : evenly(-8, 4, 121)) {
    const double d = sigmoid(t);
    for (codec::SvgSeries* series : {&saturating, &other}) series->x.push_back(d);
    saturating.y.push_back(std::abs(slope_of(saturating_loss, t)));
    other.y.push_back(std::abs(slope_of(non_saturating_loss, t)));
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
    outcome.checks.push_back(
        near(cat("gradient ratio at D(fake) = ", d), ratio_at(d), (1 - d) / d, 1e-6));
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
          "loss; 2 for D under the hinge loss. A loss that sits there is not progress, and a loss "
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
