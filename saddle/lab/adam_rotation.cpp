// E12: Adam in the game that only rotates.
#include <array>
#include <cmath>

#include "saddle/base/text.h"
#include "saddle/codec/svg.h"
#include "saddle/lab/numeric.h"
#include "saddle/lab/planar.h"
#include "saddle/lab/rows.h"

namespace saddle::lab {
namespace {

FlatGame<BilinearField> adam_game(const FlatAdam& adam) {
  FlatGame<BilinearField> game = planar_game(BilinearField::scalar(1), {}, adam.rate);
  game.optimize_by(0, adam);
  game.optimize_by(1, adam);
  return game;
}

const Alternating kXFirst{.first = First::kGenerator};

Extent adam_extent(const FlatAdam& adam, bool simultaneous, std::int64_t steps, std::int64_t tail) {
  return simultaneous ? extent_of_tail(Simultaneous{}, adam_game(adam), steps, tail)
                      : extent_of_tail(kXFirst, adam_game(adam), steps, tail);
}

std::vector<Place> adam_trail(const FlatAdam& adam, bool simultaneous, std::int64_t steps,
                              std::int64_t every) {
  return simultaneous ? trail_of(Simultaneous{}, adam_game(adam), steps, every)
                      : trail_of(kXFirst, adam_game(adam), steps, every);
}

/// Where runs end that were computed to these digits.
struct StatedEnd {
  double beta1, beta2;
  bool simultaneous;
  double distance, tolerance;
};

// The first three are the experiment's own; the rest shows how much the variant matters.
constexpr std::array<StatedEnd, 12> kStatedEnds{{
    {0, .999, true, .8930, .01},
    {.5, .999, true, 1.5420, .01},
    {.9, .999, true, 3.8723, .01},
    {0, .999, false, .131, .002},
    {.5, .999, false, 1.265, .002},
    {.9, .999, false, 3.830, .002},
    {0, .99, true, .283, .002},
    {.5, .99, true, .496, .002},
    {.9, .99, true, 1.305, .002},
    {0, .9, true, .090, .002},
    {.5, .9, true, .160, .002},
    {.9, .9, true, 8.81, .02},
}};

bool is_simultaneous(const Settings& settings) {
  return settings.word("order") == "simultaneous";
}

Plot adam_distance_plot(double rate, double beta2, bool simultaneous, std::int64_t steps) {
  const std::int64_t every = std::max<std::int64_t>(1, steps / 400);
  std::vector<codec::SvgSeries> series;
  for (const double beta1 : {0., .5, .9}) {
    const FlatAdam adam{.rate = rate, .beta1 = beta1, .beta2 = beta2};
    series.push_back(
        distances(cat("β₁ = ", beta1), adam_trail(adam, simultaneous, steps, every), every));
  }
  return {"distance",
          cat("Distance from the equilibrium under Adam with β₂ = ", beta2,
              ". The more momentum, the farther out the players end; none comes home at a useful "
              "rate."),
          codec::line_svg(series, {.title = "Adam in the bilinear game",
                                   .x_label = "step",
                                   .y_label = "distance",
                                   .legend_above = true})};
}

Plot adam_orbit_plot(double rate, double beta2, bool simultaneous, std::int64_t steps) {
  const std::int64_t tail = std::min<std::int64_t>(steps, 2000);
  std::vector<codec::SvgSeries> series;
  for (const double beta1 : {0., .5, .9}) {
    auto trail = adam_trail({.rate = rate, .beta1 = beta1, .beta2 = beta2}, simultaneous, steps, 1);
    trail.erase(trail.begin(), trail.end() - static_cast<std::ptrdiff_t>(tail));
    std::vector<Place> shown;
    for (std::size_t i = 0; i < trail.size(); i += 3) shown.push_back(trail[i]);
    series.push_back(in_the_plane(cat("β₁ = ", beta1), shown));
  }
  return {"orbits",
          "The last 2000 steps: steady circles. Adam divides by the size of the gradient, so that "
          "the speed is the same on all of them, and the players neither leave nor come home.",
          codec::line_svg(series, {.title = "Where Adam goes round",
                                   .x_label = "x",
                                   .y_label = "y",
                                   .height = 560,
                                   .equal_scale = true,
                                   .legend_above = true})};
}

Outcome run_adam(const Settings& settings) {
  Outcome outcome;
  auto& checks = outcome.checks;
  const double rate = settings["lr"], beta2 = settings["beta2"];
  const std::int64_t steps = settings.count("steps");
  const bool simultaneous = is_simultaneous(settings);
  if (settings.all_initial()) {
    for (const StatedEnd& end : kStatedEnds) {
      const FlatAdam adam{.rate = rate, .beta1 = end.beta1, .beta2 = end.beta2};
      checks.push_back(near(cat("distance, β₁ = ", end.beta1, ", β₂ = ", end.beta2,
                                end.simultaneous ? ", simultaneous" : ", x first"),
                            adam_extent(adam, end.simultaneous, steps, 1).last, end.distance,
                            end.tolerance));
    }
  }
  // Without Adam the same steps have a law for any setting.
  const auto plain = planar_game(BilinearField::scalar(1), {}, rate);
  const std::int64_t counted = std::min<std::int64_t>(steps, 20000);
  checks.push_back(
      near("plain simultaneous steps: growth per step",
           std::pow(extent_of_tail(Simultaneous{}, plain, counted, 1).last / std::sqrt(2.0),
                    1 / static_cast<double>(counted)),
           std::hypot(1, rate), 1e-9));
  outcome.plots = {adam_distance_plot(rate, beta2, simultaneous, steps),
                   adam_orbit_plot(rate, beta2, simultaneous, steps)};
  return outcome;
}

}  // namespace

Experiment adam_in_rotation() {
  return {
      .id = "E12",
      .title = "Momentum hurts in games",
      .chapter = 2,
      .teaches =
          "Momentum adds what the gradient was a moment ago. In a valley that is help: the past "
          "points the same way. In a rotation the past points outwards. Adam with β₁ = 0.9, the "
          "usual setting elsewhere, ends almost three times as far out as it began; with β₁ = 0 it "
          "ends nearer than it began. This is one reason why GANs are trained with "
          "β₁ of 0 or 0.5.\n\n"
          "Be careful with the sentence 'Adam does not converge'. The distance after 20000 steps "
          "depends on β₂, on ε and on whether the players alternate: the checks list a dozen "
          "variants, from 0.09 to 8.8. What they share is the order: in each of them, more "
          "momentum is worse. A statement about Adam in a game must name β₂, ε and the order of "
          "updates.",
      .formulas = {"m ← β₁m + (1-β₁)v,   u ← β₂u + (1-β₂)v²,   z ← z + η m̂/(√û + ε)",
                   "η = 0.01, ε = 1e-8, both moments corrected for their start at 0, start (1,1)",
                   "plain steps: distance grows by √(1+η²) per step"},
      .next = {{"sweep E12 --param beta1 --from 0 --to 0.95", "momentum from none to much"},
               {"sweep E12 --param beta2 --from 0.5 --to 0.999", "no clear rule for β₂"},
               {"run E12 --set order=alternating", "alternation helps, not enough"}},
      .parameters =
          {{.name = "beta1",
            .initial = 0.9,
            .low = 0,
            .high = 0.99,
            .doc = "decay of the first moment, of sweeps"},
           {.name = "beta2",
            .initial = 0.999,
            .low = 0,
            .high = 0.9999,
            .doc = "decay of the second moment"},
           {.name = "lr", .initial = 0.01, .low = 1e-4, .high = 0.1, .doc = "learning rate η"},
           {.name = "steps",
            .initial = 20000,
            .low = 100,
            .high = 1e6,
            .doc = "of each run",
            .whole = true},
           choice("order", "simultaneous", {"simultaneous", "alternating"},
                  "of the players; alternating: x first")},
      .run = run_adam,
      .measured = {"distance at the end", "nearest", "farthest"},
      .measure = [](const Settings& settings) {
        const FlatAdam adam{
            .rate = settings["lr"], .beta1 = settings["beta1"], .beta2 = settings["beta2"]};
        const std::int64_t steps = settings.count("steps");
        const Extent seen = adam_extent(adam, is_simultaneous(settings), steps, steps / 4);
        return std::vector<double>{seen.last, seen.low, seen.high};
      }};
}

}  // namespace saddle::lab
