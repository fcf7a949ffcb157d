// E09 and E10: to foresee the other player, and to go part of the way back.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "saddle/base/text.h"
#include "saddle/codec/svg.h"
#include "saddle/lab/bilinear_play.h"
#include "saddle/lab/numeric.h"
#include "saddle/lab/rows.h"

namespace saddle::lab {
namespace {

const RadiusLaw& law_named(const std::vector<RadiusLaw>& laws, const std::string& name) {
  return *std::ranges::find(laws, name, &RadiusLaw::name);
}

double unrolled_radius(std::int64_t k, bool stopped, double s) {
  return bilinear_radius(Unrolled{.k = k, .stop_gradient = stopped}, s);
}

Plot unrolled_orbits(double s, std::int64_t k) {
  constexpr std::int64_t kSteps = 100;
  const std::vector<codec::SvgSeries> series{
      in_the_plane("k=1, gradient stopped",
                   bilinear_trail(Unrolled{.k = 1, .stop_gradient = true}, s, kSteps)),
      in_the_plane("k=1", bilinear_trail(Unrolled{.k = 1}, s, kSteps)),
      in_the_plane(cat("k=", k, ", gradient stopped"),
                   bilinear_trail(Unrolled{.k = k, .stop_gradient = true}, s, kSteps)),
      in_the_plane(cat("k=", k), bilinear_trail(Unrolled{.k = k}, s, kSteps))};
  return {
      "orbits",
      cat("A hundred steps of s = ", s,
          " from (1,1). One foreseen step taken as given is alternation: a closed ellipse. With "
          "the gradient through it, the orbit winds in."),
      codec::line_svg(series, {.title = "Unrolling, with and without its gradient",
                               .x_label = "x",
                               .y_label = "y",
                               .height = 560,
                               .equal_scale = true,
                               .legend_above = true})};
}

Plot unrolled_radii(double s) {
  codec::SvgSeries full{.name = "with its gradient"};
  codec::SvgSeries stopped{.name = "gradient stopped"};
  for (std::int64_t k = 1; k <= 40; ++k) {
    for (auto* series : {&full, &stopped}) series->x.push_back(static_cast<double>(k));
    full.y.push_back(unrolled_radius(k, false, s));
    stopped.y.push_back(unrolled_radius(k, true, s));
  }
  const std::vector<codec::SvgSeries> series{full, stopped};
  return {"depth",
          cat("The radius against the number of foreseen steps at s = ", s,
              ". The gradient is worth as much as twice the steps, until the pull overshoots."),
          codec::line_svg(series, {.title = "How far to look ahead",
                                   .x_label = "k",
                                   .y_label = "radius",
                                   .legend_above = true,
                                   .marks = {{.at = 1}}})};
}

Outcome run_unrolling(const Settings& settings) {
  constexpr double kSixDigits = 1e-6;
  Outcome outcome;
  if (settings.all_initial()) {
    outcome.checks = {
        near("radius, k = 1, gradient stopped", unrolled_radius(1, true, .1), 1, kSixDigits),
        near("radius, k = 1", unrolled_radius(1, false, .1), .994987, kSixDigits),
        near("radius, k = 5", unrolled_radius(5, false, .1), .953939, kSixDigits)};
  }
  const std::int64_t k = settings.count("k");
  const double s = settings["s"];
  const auto laws = radius_laws({.k = k});
  for (const std::string& name :
       {cat("unrolled k=", k), cat("unrolled k=", k, ", gradient stopped")}) {
    outcome.checks.push_back(check_radius(law_named(laws, name), s));
  }
  // One stopped step has the trace and determinant of alternation.
  outcome.checks.push_back(near("radius, k = 1, gradient stopped, less that of alternation",
                                unrolled_radius(1, true, s) - bilinear_radius(Alternating{}, s), 0,
                                kSixDigits));
  outcome.plots = {unrolled_orbits(s, k), unrolled_radii(s)};
  return outcome;
}

// ---- E10

double lookahead_radius(std::int64_t k, double alpha, double s) {
  return bilinear_radius(Lookahead{.inner = Simultaneous{}, .k = k, .alpha = alpha}, s);
}

/// Steps for half a turn of the plane.
double half_turn(double s) {
  return std::numbers::pi / std::atan(s);
}

Plot lookahead_depth(double s, double alpha) {
  codec::SvgSeries outer{.name = "per outer step"};
  codec::SvgSeries inner{.name = "per gradient"};
  for (std::int64_t k = 1; k <= 100; ++k) {
    const double radius = lookahead_radius(k, alpha, s);
    for (auto* series : {&outer, &inner}) series->x.push_back(static_cast<double>(k));
    outer.y.push_back(radius);
    inner.y.push_back(std::pow(radius, 1 / static_cast<double>(k)));
  }
  const std::vector<codec::SvgSeries> series{outer, inner};
  return {"depth",
          cat("The radius against k at s = ", s, ", α = ", alpha,
              ". After half a turn the players stand opposite to where they began, and the way "
              "back leads through the equilibrium."),
          codec::line_svg(
              series, {.title = "Lookahead",
                       .x_label = "k",
                       .y_label = "radius",
                       .y_range = std::pair{0.0, 1.6},
                       .legend_above = true,
                       .marks = {{.at = 1},
                                 {.at = half_turn(s), .name = "half a turn", .vertical = true}}})};
}

Plot chord_plot(double s, double alpha) {
  const auto k = static_cast<std::int64_t>(std::lround(half_turn(s)));
  const Lookahead dynamics{.inner = Simultaneous{}, .k = k, .alpha = alpha};
  std::vector<codec::SvgSeries> series{
      in_the_plane("simultaneous", bilinear_trail(Simultaneous{}, s, k - 1)),
      in_the_plane(
          "lookahead k=5",
          bilinear_trail(Lookahead{.inner = Simultaneous{}, .k = 5, .alpha = alpha}, s, 100)),
      in_the_plane(cat("lookahead k=", k), bilinear_trail(dynamics, s, 2 * k))};
  series.push_back(
      {.name = "equilibrium", .x = {0}, .y = {0}, .size = 4, .style = codec::SvgStyle::kPoints});
  return {"chord",
          cat("At s = ", s, ", half a turn is about ", k,
              " steps: the straight way back from there goes through the middle of the circle."),
          codec::line_svg(series, {.title = "The way back is a chord",
                                   .x_label = "x",
                                   .y_label = "y",
                                   .height = 560,
                                   .equal_scale = true,
                                   .legend_above = true})};
}

Outcome run_lookahead(const Settings& settings) {
  constexpr double kSixDigits = 1e-6;
  Outcome outcome;
  const double s = settings["s"], alpha = settings["alpha"];
  const std::int64_t k = settings.count("k");
  if (settings.all_initial()) {
    outcome.checks = {
        near("radius, k = 5, α = 0.5, s = 0.1", lookahead_radius(5, .5, .1), .981327, kSixDigits),
        near("radius, k = 31, α = 0.5, s = 0.1", lookahead_radius(31, .5, .1), .087958,
             kSixDigits)};
  }
  const auto laws = radius_laws({.k = k, .alpha = alpha});
  outcome.checks.push_back(check_radius(law_named(laws, cat("lookahead k=", k, " α=", alpha)), s));
  // What a run of several outer steps does, held against the matrix of one.
  constexpr std::int64_t kOuter = 8;
  const auto trail =
      bilinear_trail(Lookahead{.inner = Simultaneous{}, .k = k, .alpha = alpha}, s, kOuter * k);
  const double wanted = std::pow(lookahead_radius(k, alpha, s), kOuter);
  const double run = trail.back().distance() / trail.front().distance();
  outcome.checks.push_back(
      near("eight outer steps shrink by the radius to the eighth, ratio", run / wanted, 1, 1e-9));
  outcome.plots = {lookahead_depth(s, alpha), chord_plot(s, alpha)};
  return outcome;
}

}  // namespace

Experiment unrolling() {
  return {
      .id = "E09",
      .title = "Unrolling works only through its gradient",
      .chapter = 2,
      .teaches =
          "An unrolled generator does not face the discriminator as it is but the one that k more "
          "steps would make of it. In L = σxy that discriminator is y + kσηx, and there are two "
          "ways to use it. One may take it as given: the generator then answers a newer opponent. "
          "With k = 1 that is worth exactly one half step of delay, the same spectrum as "
          "alternation, radius 1, no damping. Or one differentiates through the k steps: the "
          "generator knows that moving x will move the answer too. The loss then contains kηx², a "
          "true potential, and x is pulled to 0.\n\n"
          "So an implementation that forgets the gradient through the foreseen steps still runs, "
          "still looks plausible, and has lost half of the effect; with one step it has lost all. "
          "And more steps are not always better: at s = 0.5 five of them overshoot, and the radius "
          "is 1.396.",
      .formulas =
          {"y_k = y + ksx;   with the gradient: x⁺ = x - s(y + 2ksx);   stopped: x⁺ = x - s(y + "
           "ksx);   y⁺ = y + sx",
           "with the gradient: √(1-(2k-1)s²) while s < 1/k, then real roots",
           "stopped: √(1-(k-1)s²) while s < 2/k;   k = 1: exactly 1"},
      .next = {{"sweep E09 --param k --from 1 --to 40", "how deep is deep enough"},
               {"sweep E09 --param s --from 0.01 --to 1 --set k=5",
                "the step at which it overshoots"}},
      .parameters =
          {{.name = "k",
            .initial = 5,
            .low = 1,
            .high = 100,
            .doc = "foreseen steps",
            .whole = true},
           {.name = "s", .initial = 0.1, .low = 1e-3, .high = 2, .doc = "step times coupling, ησ"}},
      .run = run_unrolling,
      .measured = {"with its gradient", "gradient stopped"},
      .measure = [](const Settings& settings) {
        const std::int64_t k = settings.count("k");
        return std::vector<double>{unrolled_radius(k, false, settings["s"]),
                                   unrolled_radius(k, true, settings["s"])};
      }};
}

Experiment lookahead_half_turn() {
  return {
      .id = "E10",
      .title = "Averaging across half a turn kills rotation",
      .chapter = 2,
      .teaches =
          "Lookahead lets the players run k ordinary steps and then sets them back to a point "
          "between here and where they began. In a rotation that is a chord of a circle: its "
          "points lie inside. Five steps of s = 0.1 turn the plane by a small angle, the chord "
          "hardly differs from the arc, and little is gained: 0.98 for five steps. Thirty-one "
          "steps make half a turn. The players then stand on the other side, the middle of the "
          "chord is the middle of the circle, and 91 percent of the distance is gone at once, "
          "although every one of the 31 steps led outwards.\n\n"
          "The price is tuning. The best k depends on s, each plane of a game has its own s, and "
          "at a full turn the way back gains nothing. With large steps the spiral grows faster "
          "than the chord shortens it.",
      .formulas = {"w' = k simultaneous steps from w;   w⁺ = w + α(w' - w)",
                   "radius per outer step = |1 - α + α(1+is)ᵏ|,   per gradient its k-th root",
                   "half a turn: k = π / arctan(s), 31.5 at s = 0.1"},
      .next = {{"sweep E10 --param k --from 1 --to 100", "half turns are good, full turns are not"},
               {"sweep E10 --param alpha --from 0.05 --to 1 --set k=31",
                "how much of the way to keep"},
               {"sweep E10 --param s --from 0.005 --to 0.8", "one k for all couplings"}},
      .parameters =
          {{.name = "k", .initial = 31, .low = 1, .high = 400, .doc = "inner steps", .whole = true},
           {.name = "alpha",
            .initial = 0.5,
            .low = 0.01,
            .high = 1,
            .doc = "share of the way that is kept"},
           {.name = "s", .initial = 0.1, .low = 1e-3, .high = 1, .doc = "step times coupling, ησ"}},
      .run = run_lookahead,
      .measured = {"per outer step", "per gradient"},
      .measure = [](const Settings& settings) {
        const std::int64_t k = settings.count("k");
        const double radius = lookahead_radius(k, settings["alpha"], settings["s"]);
        return std::vector<double>{radius, std::pow(radius, 1 / static_cast<double>(k))};
      }};
}

}  // namespace saddle::lab
