// E18 and E19: discriminators held away from 0, and held at it.
#include <algorithm>
#include <array>
#include <cmath>

#include "saddle/base/dual.h"
#include "saddle/base/text.h"
#include "saddle/codec/svg.h"
#include "saddle/lab/dirac_play.h"
#include "saddle/lab/numeric.h"
#include "saddle/lab/rows.h"

namespace saddle::lab {
namespace {

enum class Hold {
  kClipped,  ///< |psi| at most 1
  kAtOne,    ///< pulled to |psi| = 1, as WGAN-GP
  kAtZero,   ///< pulled to 0, as R1
};
constexpr std::array<Hold, 3> kHolds{Hold::kClipped, Hold::kAtOne, Hold::kAtZero};
constexpr std::array<const char*, 3> kHoldNames{"clipped", "penalty at 1", "penalty at 0"};

FlatGame<DiracField> held_game(Hold hold, double gamma, double h) {
  // Half of gamma (|psi| - 1)^2 has the force gamma (|psi| - 1).
  const DiracPenalty penalty{.gamma = hold == Hold::kAtZero ? gamma : 0,
                             .lambda = hold == Hold::kAtOne ? gamma / 2 : 0};
  auto game = planar_game(DiracField(objective::Wasserstein{}, penalty), {1, 1}, h);
  if (hold == Hold::kClipped) {
    game.project_by([](std::size_t player, std::vector<double>& point) {
      if (player == kDiscriminator) point[0] = std::clamp(point[0], -1.0, 1.0);
    });
  }
  return game;
}

Extent held_tail(Hold hold, double gamma, double h, bool simultaneous, std::int64_t steps) {
  return dirac_extent(held_game(hold, gamma, h), simultaneous, steps,
                      std::min<std::int64_t>(steps, 5000));
}

void check_section(std::vector<Check>& checks, double gamma, double h, std::int64_t steps) {
  for (const bool simultaneous : {true, false}) {
    const std::string order = simultaneous ? ", simultaneous" : ", alternating";
    const auto tail = [&](Hold hold) { return held_tail(hold, gamma, h, simultaneous, steps); };
    checks.push_back(
        at_least("clipped: nearest late point" + order, tail(Hold::kClipped).low, .98));
    checks.push_back(
        at_least("penalty at 1: nearest late point" + order, tail(Hold::kAtOne).low, 1.15));
    checks.push_back(
        at_most("penalty at 0: farthest late point" + order, tail(Hold::kAtZero).high, 1e-6));
  }
}

void check_stated_ends(std::vector<Check>& checks, double gamma, double h, std::int64_t steps) {
  struct Stated {
    Hold hold;
    bool simultaneous;
    double low, high;
  };
  const std::array<Stated, 4> table{{{Hold::kClipped, true, 1.0000, 1.0715},
                                     {Hold::kClipped, false, .9874, 1.0124},
                                     {Hold::kAtOne, true, 1.2872, 1.4921},
                                     {Hold::kAtOne, false, 1.1912, 1.3953}}};
  for (const Stated& row : table) {
    const Extent tail = held_tail(row.hold, gamma, h, row.simultaneous, steps);
    const std::string of = cat(kHoldNames[static_cast<std::size_t>(row.hold)],
                               row.simultaneous ? ", simultaneous" : ", alternating");
    checks.push_back(near("nearest late point, " + of, tail.low, row.low, 1e-4));
    checks.push_back(near("farthest late point, " + of, tail.high, row.high, 1e-4));
  }
  // Without the half, the same weight pulls twice as hard.
  const Extent doubled = held_tail(Hold::kAtOne, 2 * gamma, h, true, steps);
  checks.push_back(
      near("nearest late point, penalty at 1 without its half", doubled.low, 1.192, 1e-3));
  checks.push_back(
      near("farthest late point, penalty at 1 without its half", doubled.high, 1.656, 1e-3));
}

/// With the pull to 0 the game is linear, and its radius known for every setting.
void check_linear_hold(std::vector<Check>& checks, double gamma, double h) {
  const QuadraticField linear{.a = 0, .b = 1, .c = gamma};
  const double radius = one_step_matrix(Simultaneous{}, linear, {1, 1}, {h, h}).radius();
  checks.push_back(near("radius with the penalty at 0", radius,
                        largest_root({h * gamma - 2, 1 - h * gamma + h * h}), 1e-9));
}

Plot held_orbits(double gamma, double h, bool simultaneous) {
  std::vector<codec::SvgSeries> series;
  for (std::size_t i = 0; i < kHolds.size(); ++i) {
    const auto steps = static_cast<std::int64_t>(40 / h);
    series.push_back(in_the_plane(
        kHoldNames[i], dirac_trail(held_game(kHolds[i], gamma, h), simultaneous, steps)));
  }
  return {"orbits",
          cat("From (1,1) with h = ", h,
              ". Clipping and the penalty at 1 run round for ever; the penalty at 0 comes home."),
          codec::line_svg(series, {.title = "Three ways to hold a discriminator",
                                   .x_label = "θ",
                                   .y_label = "ψ",
                                   .height = 560,
                                   .equal_scale = true,
                                   .legend_above = true})};
}

Plot held_distances(double gamma, double h, bool simultaneous) {
  const auto steps = static_cast<std::int64_t>(60 / h);
  std::vector<codec::SvgSeries> series;
  for (std::size_t i = 0; i < kHolds.size(); ++i) {
    series.push_back(
        distances(kHoldNames[i], dirac_trail(held_game(kHolds[i], gamma, h), simultaneous, steps)));
  }
  return {"distance", "The distance from the equilibrium over the first sixty units of time.",
          codec::line_svg(series, {.title = "Distance from the equilibrium",
                                   .x_label = "step",
                                   .y_label = "distance",
                                   .legend_above = true})};
}

Outcome run_holds(const Settings& settings) {
  Outcome outcome;
  const double gamma = settings["gamma"], h = settings["h"];
  const std::int64_t steps = settings.count("steps");
  if (settings.all_initial()) {
    check_section(outcome.checks, gamma, h, steps);
    check_stated_ends(outcome.checks, gamma, h, steps);
  }
  check_linear_hold(outcome.checks, gamma, h);
  const bool simultaneous = is_simultaneous_order(settings);
  outcome.plots = {held_orbits(gamma, h, simultaneous), held_distances(gamma, h, simultaneous)};
  return outcome;
}

// ---- E19

struct RobustRun {
  double eps = .1, h = .05;
  bool saturating = false;
  bool theta_first = true;
  bool proximal = true;  ///< the soft threshold; else a step along -sign(psi)
};

void robust_step(Place& z, const RobustRun& run) {
  double &theta = z.x, &psi = z.y;
  const auto move_theta = [&] {
    theta += run.h * psi * (run.saturating ? sigmoid(psi * theta) : sigmoid(-psi * theta));
  };
  if (run.theta_first) move_theta();
  const double moved = psi - run.h * theta * sigmoid(psi * theta);
  const double pull = run.h * run.eps;
  if (run.proximal) {
    psi = std::copysign(std::max(std::abs(moved) - pull, 0.0), moved);
  } else {
    psi = moved - (psi > 0 ? pull : psi < 0 ? -pull : 0);
  }
  if (!run.theta_first) move_theta();
}

Place robust_end(const RobustRun& run, std::int64_t steps) {
  Place z;
  for (std::int64_t i = 0; i < steps; ++i) robust_step(z, run);
  return z;
}

void check_dead_zone(std::vector<Check>& checks, double eps, double h, std::int64_t steps) {
  double farthest = 0, steepest = 0;
  for (const bool saturating : {false, true}) {
    for (const bool theta_first : {true, false}) {
      const Place end = robust_end({eps, h, saturating, theta_first}, steps);
      farthest = std::max(farthest, std::abs(end.x));
      steepest = std::max(steepest, std::abs(end.y));
    }
  }
  const std::string of = cat(", ε = ", eps, ", h = ", h, ", both losses and orders");
  checks.push_back(at_most("|θ| at the end" + of, farthest, 2 * eps));
  checks.push_back(near("|ψ| at the end" + of, steepest, 0, 0));
}

Plot robust_orbits(double h, bool saturating) {
  std::vector<codec::SvgSeries> series;
  for (const double eps : {0., .05, .1, .2}) {
    Place z;
    std::vector<Place> trail{z};
    const RobustRun run{.eps = eps, .h = h, .saturating = saturating};
    for (int i = 0; i < static_cast<int>(60 / h); ++i) {
      robust_step(z, run);
      trail.push_back(z);
    }
    series.push_back(in_the_plane(cat("ε = ", eps), trail));
  }
  return {"orbits",
          "The orbit winds in and stops beside the datum, on the line ψ = 0, as soon as it arrives "
          "there within 2ε. With ε = 0 it would go round.",
          codec::line_svg(series, {.title = "A robust discriminator gives up",
                                   .x_label = "θ",
                                   .y_label = "ψ",
                                   .height = 560,
                                   .equal_scale = true,
                                   .legend_above = true})};
}

Plot zone_plot(double h, bool saturating, std::int64_t steps) {
  codec::SvgSeries exact{.name = "soft threshold", .size = 3};
  codec::SvgSeries leaky{.name = "step along -sign(ψ)", .size = 3};
  std::array<codec::SvgSeries, 2> bounds{
      {{.name = "±2ε", .style = codec::SvgStyle::kDashed}, {.style = codec::SvgStyle::kDashed}}};
  for (const double eps : evenly(.01, .4, 40)) {
    for (auto* series : {&exact, &leaky, &bounds[0], &bounds[1]}) series->x.push_back(eps);
    exact.y.push_back(robust_end({.eps = eps, .h = h, .saturating = saturating}, steps).x);
    leaky.y.push_back(
        robust_end({.eps = eps, .h = h, .saturating = saturating, .proximal = false}, steps).x);
    bounds[0].y.push_back(2 * eps);
    bounds[1].y.push_back(-2 * eps);
  }
  bounds[1].colour = bounds[0].colour = "#888888";
  const std::vector<codec::SvgSeries> series{exact, leaky, bounds[0], bounds[1]};
  return {
      "zone",
      "Where the generator is left, against ε. Anything between the dashed lines is possible; a "
      "step along the subgradient chatters around ψ = 0 and leaks to the datum.",
      codec::scatter_svg(series, {.title = "The dead zone",
                                  .x_label = "ε",
                                  .y_label = "θ at the end",
                                  .legend_above = true})};
}

Outcome run_robust(const Settings& settings) {
  Outcome outcome;
  const std::int64_t steps = settings.count("steps");
  const bool saturating = settings.word("objective") == "saturating";
  if (settings.all_initial()) {
    for (const double eps : {.05, .1, .2}) {
      for (const double h : {.01, .05, .2}) check_dead_zone(outcome.checks, eps, h, steps);
    }
    for (const auto& [eps, theta] : {std::pair{.1, .1120}, {.2, -.1754}}) {
      outcome.checks.push_back(near(cat("θ at the end, ε = ", eps, ", θ first, non-saturating"),
                                    robust_end({.eps = eps}, steps).x, theta, 5e-5));
    }
    outcome.checks.push_back(
        at_most("|θ| at the end with steps along -sign(ψ) over that of the soft threshold",
                std::abs(robust_end({.proximal = false}, steps).x / robust_end({}, steps).x), .1));
  } else {
    check_dead_zone(outcome.checks, settings["eps"], settings["h"], steps);
  }
  outcome.plots = {robust_orbits(settings["h"], saturating),
                   zone_plot(settings["h"], saturating, std::min<std::int64_t>(steps, 20000))};
  return outcome;
}

}  // namespace

Experiment constraints_away_from_zero() {
  return {
      .id = "E18",
      .title = "Constraints away from 0 do not converge locally",
      .chapter = 3,
      .teaches =
          "A Wasserstein critic must be held, or its slope grows without end. Clip it, and |ψ| may "
          "not pass 1. Penalise the norm of its gradient for being away from 1, as WGAN-GP does. "
          "Or "
          "penalise it for being away from 0, as R1 does. At the solution the fakes lie on the "
          "datum and the critic should be flat: ψ = 0. Only the third rule agrees with that.\n\n"
          "Clipping does nothing near 0: the game is the plain bilinear one there, the players "
          "circle, and simultaneous steps carry them out until the clip stops them. The penalty at "
          "1 is worse. It pushes the slope away from 0, where it ought to be, so the orbit stays "
          "outside for ever, between 1.21 and 1.38 even with steps as small as one likes. The "
          "penalty at 0 falls below 1e-100. In practice WGAN-GP trains well for long, since a real "
          "generator never reaches the data exactly; what it lacks is local convergence.",
      .formulas = {"v = (-ψ, θ) up to the sign of ψ, for D(x) = ψx",
                   "clip: ψ ← min(max(ψ, -1), 1) after each update",
                   "at 1: -γ(|ψ|-1)sign(ψ), from (γ/2)(|ψ|-1)²;   at 0: -γψ, from (γ/2)ψ²",
                   "at 0: λ² - (2-hγ)λ + 1 - hγ + h² = 0"},
      .next = {{"sweep E18 --param h --from 0.002 --to 0.2 --log", "smaller steps do not help"},
               {"sweep E18 --param gamma --from 0.1 --to 3", "nor does another weight"},
               {"run E18 --set order=alternating", "nor does alternation"}},
      .parameters =
          {{.name = "h", .initial = 0.05, .low = 1e-3, .high = 0.2, .doc = "step of both players"},
           {.name = "gamma",
            .initial = 0.7,
            .low = 0.05,
            .high = 4,
            .doc = "weight of the penalties"},
           {.name = "steps",
            .initial = 20000,
            .low = 1000,
            .high = 1e6,
            .doc = "of each run",
            .whole = true},
           dirac_order()},
      .run = run_holds,
      .measured = {"clipped, nearest", "clipped, farthest", "penalty at 1, nearest",
                   "penalty at 1, farthest", "penalty at 0, farthest"},
      .measure = [](const Settings& settings) {
        const auto tail = [&](Hold hold) {
          return held_tail(hold, settings["gamma"], settings["h"], is_simultaneous_order(settings),
                           settings.count("steps"));
        };
        const Extent clipped = tail(Hold::kClipped), one = tail(Hold::kAtOne);
        return std::vector<double>{clipped.low, clipped.high, one.low, one.high,
                                   tail(Hold::kAtZero).high};
      }};
}

Experiment robust_discriminator() {
  return {
      .id = "E19",
      .title = "A robust discriminator stops beside the goal",
      .chapter = 3,
      .teaches =
          "Let an adversary move each input of the discriminator by up to ε, and train the "
          "discriminator to withstand it. For a linear D that is a penalty on |ψ|, an L1 penalty. "
          "It damps the rotation, as R1 does, and better: in finite time. But an L1 penalty has a "
          "dead zone. When the fakes are nearer than 2ε to the datum, the gain from telling them "
          "apart is smaller than the price of a slope, ψ becomes exactly 0, and a generator that "
          "faces a flat discriminator has no reason to move. It stays where it happens to be, "
          "anywhere within 2ε. A remedy that brings a bias.\n\n"
          "Where it stops depends on the step, the order and the loss; only the bound does not. To "
          "see the effect one needs the proximal step, a soft threshold. A step along -sign(ψ) "
          "never stands at 0, it chatters around it, and θ leaks to the datum through the chatter: "
          "a wrong picture from a small shortcut.",
      .formulas = {"θ ← θ + hψ sig(-ψθ) (non-saturating) or + hψ sig(ψθ) (saturating)",
                   "u = ψ - hθ sig(ψθ);   ψ ← sign(u) max(|u| - hε, 0)",
                   "at ψ = 0: |u| = h|θ|/2 ≤ hε as long as |θ| ≤ 2ε"},
      .next = {{"sweep E19 --param eps --from 0.01 --to 0.5", "within ±2ε, but where?"},
               {"sweep E19 --param h --from 0.005 --to 0.3 --log",
                "the stopping point depends on the step"}},
      .parameters =
          {{.name = "eps",
            .initial = 0.1,
            .low = 1e-3,
            .high = 0.5,
            .doc = "how far the adversary moves an input"},
           {.name = "h", .initial = 0.05, .low = 5e-3, .high = 0.3, .doc = "step of both players"},
           {.name = "steps",
            .initial = 40000,
            .low = 100,
            .high = 1e6,
            .doc = "of each run",
            .whole = true},
           dirac_objective(),
           choice("order", "theta_first", {"theta_first", "psi_first"}, "who moves first")},
      .run = run_robust,
      .measured = {"θ at the end", "2ε", "-2ε"},
      .measure = [](const Settings& settings) {
        const double eps = settings["eps"];
        const Place end = robust_end({.eps = eps,
                                      .h = settings["h"],
                                      .saturating = settings.word("objective") == "saturating",
                                      .theta_first = settings.word("order") == "theta_first"},
                                     settings.count("steps"));
        return std::vector<double>{end.x, 2 * eps, -2 * eps};
      }};
}

}  // namespace saddle::lab
