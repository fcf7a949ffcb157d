// E16 and E16b: what a step that is too large does, and what the shape of the loss does.
#include <array>
#include <cmath>
#include <numbers>

#include "saddle/base/eigen.h"
#include "saddle/base/text.h"
#include "saddle/codec/svg.h"
#include "saddle/lab/dirac_play.h"
#include "saddle/lab/numeric.h"
#include "saddle/lab/rows.h"

namespace saddle::lab {
namespace {

using objective::NonSaturating;
using objective::ObjectiveConfig;
using objective::Saturating;

constexpr Place kNear{.3, .1};
constexpr std::int64_t kTail = 5000;

/// The simultaneous step at which the linear part stops damping, for gamma < 1.
double cycle_edge(double gamma) {
  return 4 * gamma;
}

FlatGame<DiracField> penalised(const ObjectiveConfig& objective, double gamma, double h) {
  return planar_game(DiracField(objective, {.gamma = gamma}), kNear, h);
}

double cycle_radius(const ObjectiveConfig& objective, double gamma, double h, std::int64_t steps) {
  return dirac_extent(penalised(objective, gamma, h), true, steps, std::min(steps, kTail)).high;
}

struct StatedCycles {
  ObjectiveConfig objective;
  double gamma;
  std::int64_t steps;
  std::array<double, 4> radius;
};

constexpr std::array<double, 4> kBeyond{.01, .02, .05, .1};

const std::array<StatedCycles, 4>& stated_cycles() {
  static const std::array<StatedCycles, 4> table{
      {{NonSaturating{}, .3, 300'000, {.19506, .27586, .43639, .61832}},
       {NonSaturating{}, .1, 600'000, {.09477, .13403, .21196, .29990}},
       {Saturating{}, .3, 300'000, {.23839, .33448, .51729, .70838}},
       {Saturating{}, .1, 600'000, {.37110, .51088, .75788, .99378}}}};
  return table;
}

void check_stated_cycles(std::vector<Check>& checks, const Settings& settings) {
  for (const StatedCycles& row : stated_cycles()) {
    const std::string of = cat(objective::name(row.objective), " γ = ", row.gamma);
    settings.tell(of);
    const double edge = cycle_edge(row.gamma);
    for (std::size_t i = 0; i < kBeyond.size(); ++i) {
      const double radius =
          cycle_radius(row.objective, row.gamma, edge * (1 + kBeyond[i]), row.steps);
      checks.push_back(near(cat("cycle, ", of, ", e = ", kBeyond[i]), radius, row.radius[i], 1e-4));
      if (row.gamma == .3 && std::holds_alternative<NonSaturating>(row.objective)) {
        checks.push_back(near(cat("cycle over √e, e = ", kBeyond[i]),
                              radius / std::sqrt(kBeyond[i]), 1.95, .03));
      }
    }
    checks.push_back(at_most(cat("cycle, ", of, ", e = -0.05"),
                             cycle_radius(row.objective, row.gamma, edge * .95, row.steps), 1e-6));
  }
}

/// What holds of the linear part at the edge, and whether a run agrees with it.
void check_onset(std::vector<Check>& checks, const Settings& settings) {
  const ObjectiveConfig objective = dirac_objective_of(settings);
  const double gamma = settings["gamma"], h = settings["h"], edge = cycle_edge(gamma);
  const std::vector<double> j =
      jacobian(DiracField(objective, {.gamma = gamma}), std::vector{0., 0.});
  const auto step = eigenvalues(
      std::vector<double>{1 + edge * j[0], edge * j[1], edge * j[2], 1 + edge * j[3]}, 2);
  checks.push_back(near("radius at the edge h = 4γ", std::abs(step[0]), 1, 1e-9));
  checks.push_back(near("angle per step at the edge", std::arg(step[0]),
                        std::acos(1 - 2 * gamma * gamma), 1e-9));
  // The linear part moves by 2 gamma^2 e per step; a run must be long enough to show its sign.
  constexpr double kClear = 30;
  const double e = h / edge - 1;
  const std::int64_t steps = settings.count("steps");
  if (2 * gamma * gamma * std::abs(e) * static_cast<double>(steps) < kClear ||
      settings.all_initial()) {
    return;
  }
  // Far beyond the edge the cycle meets its own end, and runs leave for good.
  constexpr double kNear = 0.25;
  if (e > kNear) return;
  const double radius = cycle_radius(objective, gamma, h, steps);
  if (e > 0) {
    checks.push_back(at_least("beyond the edge the run stays away", radius, 1e-3));
  } else {
    checks.push_back(at_most("below the edge the run comes home", radius, 1e-6));
  }
}

Plot growth_plot() {
  std::vector<codec::SvgSeries> series;
  for (const StatedCycles& row : stated_cycles()) {
    codec::SvgSeries dots{.name = cat(objective::name(row.objective), " γ=", row.gamma),
                          .size = 3.5};
    for (const double e : {.005, .01, .02, .05, .1, .15}) {
      // The linear part grows by 2 gamma^2 e per step.
      const auto steps = static_cast<std::int64_t>(15 / (2 * row.gamma * row.gamma * e)) + kTail;
      dots.x.push_back(e);
      dots.y.push_back(
          cycle_radius(row.objective, row.gamma, cycle_edge(row.gamma) * (1 + e), steps));
    }
    series.push_back(std::move(dots));
  }
  codec::SvgSeries law{.name = "1.95 √e", .style = codec::SvgStyle::kDashed};
  for (const double e : {.005, .15}) {
    law.x.push_back(e);
    law.y.push_back(1.95 * std::sqrt(e));
  }
  series.push_back(std::move(law));
  return {
      "growth",
      "The size of the cycle against the excess e = h/4γ - 1: a square root, as at the birth of "
      "every cycle of this kind. The saturating loss bends away from it.",
      codec::scatter_svg(series, {.title = "Birth of a limit cycle",
                                  .x_label = "e",
                                  .y_label = "largest distance",
                                  .legend_above = true,
                                  .log_x = true,
                                  .log_y = true})};
}

Plot cycle_plot(const ObjectiveConfig& objective, double gamma) {
  std::vector<codec::SvgSeries> series;
  const auto add = [&](double e, std::int64_t steps, std::size_t shown) {
    auto trail = dirac_trail(penalised(objective, gamma, cycle_edge(gamma) * (1 + e)), true, steps);
    series.push_back(in_the_plane(cat("e = ", e), last_of(std::move(trail), shown)));
    series.back().size = 1.7;
  };
  add(.1, 20000, 500);
  add(.06, 20000, 500);
  add(.02, 20000, 500);
  add(-.05, 400, 400);
  return {"cycles",
          cat("Five hundred late steps of each run with γ = ", gamma,
              ". Beyond the edge they lie on a closed curve that grows with e; below it (all "
              "steps from the start are shown) they fall to the equilibrium."),
          codec::scatter_svg(series, {.title = "A step that is too large",
                                      .x_label = "θ",
                                      .y_label = "ψ",
                                      .height = 560,
                                      .equal_scale = true,
                                      .legend_above = true})};
}

Outcome run_cycles(const Settings& settings) {
  Outcome outcome;
  check_onset(outcome.checks, settings);
  if (settings.all_initial()) check_stated_cycles(outcome.checks, settings);
  outcome.plots = {cycle_plot(dirac_objective_of(settings), settings["gamma"]), growth_plot()};
  return outcome;
}

// ---- E16b

FlatGame<DiracField> unpenalised(const ObjectiveConfig& objective, double h, Place start) {
  return planar_game(DiracField(objective), start, h);
}

/// The tail of a run that is long enough to reach its cycle from either side.
Extent free_tail(double h, Place start) {
  const auto steps = static_cast<std::int64_t>(std::ceil(40000 / h));
  return dirac_extent(unpenalised(NonSaturating{}, h, start), true, steps, kTail);
}

void check_free_cycle(std::vector<Check>& checks, double h) {
  for (const double start : {1., .05}) {
    const Extent tail = free_tail(h, {start, start});
    checks.push_back(
        near(cat("mean distance over √(2h), h = ", h, ", from (", start, ", ", start, ")"),
             (tail.low + tail.high) / 2 / std::sqrt(2 * h), 1, .02));
  }
}

void check_stated_tails(std::vector<Check>& checks) {
  const std::array<double, 4> h{.05, .1, .2, .4}, low{.3152, .4443, .6238, .8677},
      high{.3172, .4499, .6397, .9131};
  for (std::size_t i = 0; i < h.size(); ++i) {
    const Extent tail = free_tail(h[i], {1, 1});
    checks.push_back(near(cat("nearest late point, h = ", h[i]), tail.low, low[i], 1e-4));
    checks.push_back(near(cat("farthest late point, h = ", h[i]), tail.high, high[i], 1e-4));
  }
}

/// The other three runs of the same spectrum.
void check_other_ends(std::vector<Check>& checks) {
  const auto end = [](const ObjectiveConfig& objective, bool simultaneous, std::int64_t steps) {
    return dirac_extent(unpenalised(objective, .1, kDiracStart), simultaneous, steps, 1).last;
  };
  const std::array<std::pair<std::int64_t, double>, 3> inwards{
      {{1000, .28104}, {10000, .08940}, {100000, .02839}}};
  for (const auto& [steps, distance] : inwards) {
    checks.push_back(near(cat("non-saturating, alternating, distance after ", steps),
                          end(NonSaturating{}, false, steps), distance, 1e-5));
  }
  const std::array<std::pair<std::int64_t, double>, 3> outwards{
      {{101, 1.5538}, {501, 2.2549}, {2001, 3.1006}}};
  for (const auto& [steps, distance] : outwards) {
    checks.push_back(near(cat("saturating, simultaneous, distance after ", steps),
                          end(Saturating{}, true, steps), distance, 5e-5));
  }
  const Extent circle =
      dirac_extent(unpenalised(Saturating{}, .1, kDiracStart), false, 5000, kTail);
  checks.push_back(at_least("saturating, alternating, nearest", circle.low, 1.37 - .005));
  checks.push_back(at_most("saturating, alternating, farthest", circle.high, 1.43 + .005));
}

Plot fates_plot(double h) {
  struct Fate {
    const char* name;
    ObjectiveConfig objective;
    bool simultaneous;
  };
  const std::array<Fate, 4> fates{{{"saturating, simultaneous", Saturating{}, true},
                                   {"saturating, alternating", Saturating{}, false},
                                   {"non-saturating, simultaneous", NonSaturating{}, true},
                                   {"non-saturating, alternating", NonSaturating{}, false}}};
  std::vector<codec::SvgSeries> series;
  for (const Fate& fate : fates) {
    codec::SvgSeries curve{.name = fate.name};
    const auto all = distances(
        "", dirac_trail(unpenalised(fate.objective, h, kDiracStart), fate.simultaneous, 20000));
    double next = 1;
    for (std::size_t i = 1; i < all.x.size(); ++i) {
      if (all.x[i] < next) continue;
      curve.x.push_back(all.x[i]);
      curve.y.push_back(all.y[i]);
      next = all.x[i] * 1.03;
    }
    series.push_back(std::move(curve));
  }
  return {
      "fates",
      cat("Four runs with the same eigenvalues ±i/2, no penalty, h = ", h,
          ". One leaves, one circles, one settles on a cycle, one creeps home like √(8/(h t))."),
      codec::line_svg(series, {.title = "One spectrum, four ends",
                               .x_label = "step",
                               .y_label = "distance",
                               .height = 440,
                               .legend_above = true,
                               .log_x = true,
                               .log_y = true,
                               .marks = {{.at = std::sqrt(2 * h), .name = "√(2h)"}}})};
}

Plot inside_outside_plot(double h) {
  const auto steps = static_cast<std::int64_t>(60 / (h * h));
  const auto trail = [&](Place start) {
    return dirac_trail(unpenalised(NonSaturating{}, h, start), true, steps, 3);
  };
  std::vector<codec::SvgSeries> series;
  const double goal = std::sqrt(2 * h);
  series.push_back(in_the_plane("from outside", trail({2.2 * goal, 0})));
  series.push_back(in_the_plane("from inside", trail({.15 * goal, 0})));
  series.push_back(circle("√(2h)", goal));
  for (std::size_t i = 0; i < 2; ++i) series[i].size = 0.9;
  return {"cycle",
          cat("The non-saturating loss with simultaneous steps of h = ", h,
              ": from either side the players wind themselves onto a circle of radius √(2h)."),
          codec::line_svg(series, {.title = "A cycle made by the step",
                                   .x_label = "θ",
                                   .y_label = "ψ",
                                   .height = 560,
                                   .equal_scale = true,
                                   .legend_above = true})};
}

Outcome run_free_cycles(const Settings& settings) {
  Outcome outcome;
  if (settings.all_initial()) {
    for (const double h : {.05, .1, .2}) check_free_cycle(outcome.checks, h);
    check_stated_tails(outcome.checks);
    check_other_ends(outcome.checks);
  } else {
    check_free_cycle(outcome.checks, settings["h"]);
  }
  outcome.plots = {fates_plot(settings["h"]), inside_outside_plot(std::max(settings["h"], .05))};
  return outcome;
}

}  // namespace

Experiment neimark_sacker() {
  return {
      .id = "E16",
      .title = "A step that is too large gives a cycle, not divergence",
      .chapter = 3,
      .teaches =
          "With a gradient penalty γ the Dirac-GAN comes home as long as simultaneous steps are "
          "smaller than h = 4γ. What happens just beyond? The linear part says: grow, without end. "
          "The loss says otherwise. Its slopes level off away from the origin, rotation slows down "
          "there while the penalty does not, and the growth stops at a closed curve around the "
          "equilibrium. Runs end on it, from inside and from outside. Only far beyond the edge, "
          "where "
          "the cycle is gone too, do they leave for good.\n\n"
          "The size of the curve grows like the square root of the excess e = h/4γ - 1: nothing at "
          "the edge, then quickly something. This is the Neimark-Sacker bifurcation, for maps what "
          "the Hopf bifurcation is for flows. In training it looks like this: losses that wave at "
          "a "
          "fixed height and samples that keep changing, no explosion. The remedy is a smaller "
          "learning rate or a larger γ, not patience.",
      .formulas =
          {"one step: I + hJ,   |λ|² = 1 - hγ + h²/4 for γ < 1,   edge h = 4γ",
           "angle per step at the edge: cos φ = 1 - 2γ²;   34.9° for γ = 0.3",
           "radius of the cycle ≈ c √e: c = 1.95 (non-saturating, γ = 0.3), 0.948 (γ = 0.1)"},
      .next = {{"sweep E16 --param h --from 1.1 --to 1.4", "the birth of the cycle at 1.2"},
               {"sweep E16 --param gamma --from 0.28 --to 0.4",
                "the same edge crossed by γ, backwards"},
               {"run E16 --set objective=saturating --set h=1.5", "another loss, another cycle"}},
      .parameters =
          {{.name = "gamma",
            .initial = 0.3,
            .low = 0.05,
            .high = 0.9,
            .doc = "weight of the penalty, (γ/2)ψ²"},
           {.name = "h", .initial = 1.26, .low = 0.01, .high = 4, .doc = "step of both players"},
           {.name = "steps",
            .initial = 100000,
            .low = 1000,
            .high = 1e6,
            .doc = "of a run of your own",
            .whole = true},
           dirac_objective()},
      .run = run_cycles,
      .measured = {"largest late distance", "square root law of γ = 0.3"},
      .measure = [](const Settings& settings) {
        const double gamma = settings["gamma"], h = settings["h"];
        const double e = h / cycle_edge(gamma) - 1;
        // The constant was found for one loss and one penalty.
        const bool known = settings.is_initial("gamma") && settings.is_initial("objective");
        return std::vector<double>{
            cycle_radius(dirac_objective_of(settings), gamma, h, settings.count("steps")),
            known ? 1.95 * std::sqrt(std::max(e, 0.0)) : std::nan("")};
      }};
}

Experiment one_spectrum_many_ends() {
  return {
      .id = "E16b",
      .title = "The shape of the loss decides the end, not only the spectrum",
      .chapter = 3,
      .teaches =
          "Without a penalty the saturating loss, the non-saturating loss and the relativistic one "
          "have the same eigenvalues at the equilibrium, ±i/2. Linear theory cannot tell them "
          "apart. Run them and they end in different places. In continuous time the saturating "
          "game keeps θ² + ψ² for ever. The non-saturating game loses a little with every turn, of "
          "fourth order in the distance: a drift inwards that gets slower and slower, r² = 8/t.\n\n"
          "Simultaneous steps add growth of second order: h²/4 of the squared distance per step. "
          "Against the saturating "
          "loss nothing stops that growth. Against the non-saturating one the two effects balance "
          "at the radius √(2h), and there all runs end. Alternation adds nothing, and the slow "
          "drift "
          "remains. So a test that expects rotation to spiral out must use the Wasserstein or the "
          "saturating loss; with the loss that everybody trains it would see a cycle.",
      .formulas = {"flow, a = θψ: d(θ²+ψ²)/dt = -2a tanh(a/2) (non-saturating), 0 (saturating)",
                   "averaged: r' = -r³/16 + hr/8,   so r = √(2h) with simultaneous steps, r² = 8/t "
                   "without the second term"},
      .next = {{"sweep E16b --param h --from 0.02 --to 0.5", "the circle √(2h)"},
               {"run E16b --set h=0.4", "a large step: the circle is no longer round"}},
      .parameters =
          {{.name = "h", .initial = 0.1, .low = 0.02, .high = 0.5, .doc = "step of both players"}},
      .run = run_free_cycles,
      .measured = {"nearest late point", "farthest late point", "√(2h)"},
      .measure = [](const Settings& settings) {
        const double h = settings["h"];
        const Extent tail = free_tail(h, {1, 1});
        return std::vector<double>{tail.low, tail.high, std::sqrt(2 * h)};
      }};
}

}  // namespace saddle::lab
