// E06 and E07: what alternation keeps, and how large a step may be.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "saddle/base/text.h"
#include "saddle/codec/svg.h"
#include "saddle/lab/bilinear_play.h"
#include "saddle/lab/numeric.h"
#include "saddle/lab/rows.h"

namespace saddle::lab {
namespace {

Alternating alternating_with(bool x_first) {
  return {.first = x_first ? First::kGenerator : First::kDiscriminator};
}

/// The largest change of x^2 + y^2 -+ s x y along a run.
double invariant_drift(double s, bool x_first, std::int64_t steps) {
  const double sign = x_first ? -1 : 1;
  const auto energy = [&](const Place& z) { return z.x * z.x + z.y * z.y + sign * s * z.x * z.y; };
  const auto trail = bilinear_trail(alternating_with(x_first), s, steps);
  double drift = 0;
  for (const Place& z : trail) drift = std::max(drift, std::abs(energy(z) - energy(trail[0])));
  return drift;
}

Extent extent_of(const std::vector<Place>& trail) {
  Extent seen;
  for (const Place& place : trail) seen.see(place.distance());
  return seen;
}

/// Below s = 2 the eigenvalues lie on the circle; beyond they are real, one of them outside.
double alternating_radius_law(double s) {
  const double half_trace = s * s / 2 - 1;
  return s <= 2 ? 1 : half_trace + std::sqrt(half_trace * half_trace - 1);
}

void check_ellipse(std::vector<Check>& checks, double s, std::int64_t steps, double tolerance) {
  for (const bool x_first : {true, false}) {
    checks.push_back(at_most(cat("drift of x² + y² ", x_first ? "-" : "+", " s x y, s = ", s),
                             invariant_drift(s, x_first, steps), tolerance));
  }
}

Plot ellipse_plot() {
  std::vector<codec::SvgSeries> series;
  for (const double s : {.1, .5, 1.2, 1.7}) {
    auto dots = in_the_plane(cat("s = ", s), bilinear_trail(alternating_with(true), s, 400));
    dots.size = 1.6;
    series.push_back(std::move(dots));
  }
  return {"ellipses",
          "Four hundred alternating steps each, from (1,1), x first. The points stay on an ellipse "
          "for ever: the larger the step, the longer it is drawn, until at s = 2 it opens.",
          codec::scatter_svg(series, {.title = "Alternation closes its orbit",
                                      .x_label = "x",
                                      .y_label = "y",
                                      .height = 560,
                                      .equal_scale = true,
                                      .legend_above = true})};
}

Plot distance_plot(double s) {
  const std::vector<codec::SvgSeries> series{
      distances("simultaneous", bilinear_trail(Simultaneous{}, s, 200)),
      distances("alternating, x first", bilinear_trail(alternating_with(true), s, 200)),
      distances("alternating, y first", bilinear_trail(alternating_with(false), s, 200))};
  return {"distance",
          cat("The distance from the equilibrium at s = ", s,
              ": one grows without end, two swing around a fixed size."),
          codec::line_svg(series, {.title = "Distance from the equilibrium",
                                   .x_label = "step",
                                   .y_label = "distance",
                                   .legend_above = true,
                                   .log_y = true})};
}

Outcome run_ellipses(const Settings& settings) {
  Outcome outcome;
  auto& checks = outcome.checks;
  const std::int64_t steps = settings.count("steps");
  const double s = settings["s"];
  if (settings.all_initial()) {
    for (const double stated : {.1, .5}) check_ellipse(checks, stated, steps, 1e-12);
  } else if (s < 2) {
    // Rounding adds up along the run, and more where the ellipse is long.
    const double size = (2 + s) / (2 - s);
    check_ellipse(checks, s, steps,
                  1e-15 * size * static_cast<double>(std::max<std::int64_t>(steps, 1000)));
    const Extent seen = extent_of(bilinear_trail(alternating_with(true), s, steps));
    checks.push_back(
        at_most("farthest over nearest point", seen.high / seen.low, std::sqrt(size) * (1 + 1e-9)));
  }
  for (const double at : {1.99, 2.01, s}) {
    if (at == s && settings.is_initial("s")) continue;
    // Near s = 2 the two eigenvalues nearly meet, which costs half of the digits.
    checks.push_back(near(cat("radius, s = ", at), bilinear_radius(alternating_with(true), at),
                          alternating_radius_law(at), 1e-6));
  }
  outcome.plots = {ellipse_plot(), distance_plot(s)};
  return outcome;
}

// ---- E07

/// The first step at which a method no longer comes home, between low and high.
double edge_of(const DynamicsConfig& dynamics, double low, double high) {
  return turning_point(low, high, [&](double s) { return bilinear_radius(dynamics, s) < 1; });
}

NegativeMomentum alternating_momentum(double beta) {
  return {.beta = beta, .order = Order::kGeneratorFirst};
}

/// Edge of negative momentum; it comes home from the smallest steps on, if it does at all.
double momentum_edge(double beta) {
  return beta < 0 ? edge_of(alternating_momentum(beta), 1e-3, 3) : 0;
}

struct BestStep {
  double s;
  double radius;
};

BestStep best_step(const DynamicsConfig& dynamics, double low, double high) {
  const auto radius = [&](double s) { return bilinear_radius(dynamics, s); };
  const double s = lowest_point(low, high, radius);
  return {s, radius(s)};
}

void check_best(std::vector<Check>& checks, const char* name, const BestStep& found,
                BestStep wanted, double tolerance) {
  constexpr double kBisected = 1e-4;  // a flat minimum tells its place to half of the digits
  checks.push_back(near(cat("best step, ", name), found.s, wanted.s, kBisected));
  checks.push_back(near(cat("radius there, ", name), found.radius, wanted.radius, tolerance));
}

Plot edge_plot() {
  codec::SvgSeries found{.name = "edge by bisection", .size = 3.5};
  codec::SvgSeries best{.name = "best step", .size = 3.5};
  codec::SvgSeries law{.name = "2(1+β)", .style = codec::SvgStyle::kLine};
  for (const double beta : evenly(-.95, -.05, 19)) {
    for (auto* series : {&found, &law, &best}) series->x.push_back(beta);
    found.y.push_back(momentum_edge(beta));
    law.y.push_back(2 * (1 + beta));
    best.y.push_back(best_step(alternating_momentum(beta), .001, 2 * (1 + beta)).s);
  }
  const std::vector<codec::SvgSeries> series{found, law, best};
  return {"momentum",
          "Alternation with negative momentum: how large a step may be, and which is best. More "
          "momentum damps more but leaves less room.",
          codec::scatter_svg(series, {.title = "Edge of negative momentum",
                                      .x_label = "β",
                                      .y_label = "s",
                                      .legend_above = true})};
}

Plot crossing_plot(double beta, double q) {
  const std::vector<std::pair<std::string, DynamicsConfig>> methods = {
      {"extragradient", Extragradient{}},
      {"optimistic", Optimistic{}},
      {cat("momentum ", beta), alternating_momentum(beta)},
      {cat("consensus q=", q), Consensus{.gamma = q}},
      {"RK4", Rk4{}}};
  std::vector<codec::SvgSeries> series;
  for (const auto& [name, dynamics] : methods) {
    codec::SvgSeries curve{.name = name};
    for (const double s : evenly(.01, 3, 200)) {
      curve.x.push_back(s);
      curve.y.push_back(bilinear_radius(dynamics, s));
    }
    series.push_back(std::move(curve));
  }
  return {
      "crossings",
      "Each curve dips, finds its best step and comes up through 1: there the method's largest "
      "step lies. RK4 damps hardly at all where others damp best, and most just before it fails.",
      codec::line_svg(series, {.title = "Where the radius crosses 1",
                               .x_label = "s = ησ",
                               .y_label = "radius",
                               .y_range = std::pair{0.6, 1.4},
                               .legend_above = true,
                               .marks = {{.at = 1}}})};
}

Outcome run_edges(const Settings& settings) {
  constexpr double kBisected = 1e-4, kRadius = 1e-6;
  Outcome outcome;
  auto& checks = outcome.checks;
  const auto edge = [&](const std::string& name, const DynamicsConfig& dynamics, double low,
                        double high, double wanted) {
    checks.push_back(near(cat("edge, ", name), edge_of(dynamics, low, high), wanted, kBisected));
  };
  edge("optimistic", Optimistic{}, .3, 1, 1 / std::sqrt(3));
  edge("extragradient", Extragradient{}, .5, 1.5, 1);
  edge("RK4", Rk4{}, 1, 4, 2 * std::numbers::sqrt2);
  std::vector<double> betas{-.9, -.7, -.5, -.3, -.1};
  if (!settings.is_initial("beta")) betas = {settings["beta"]};
  for (const double beta : betas) {
    checks.push_back(
        near(cat("edge, momentum ", beta), momentum_edge(beta), 2 * (1 + beta), kBisected));
  }
  const double q = settings["q"];
  edge(cat("consensus q=", q), Consensus{.gamma = q}, 1e-4, 3, 2 * q / (1 + q * q));
  for (const RadiusLaw& law : radius_laws({})) {
    if (!law.name.starts_with("lookahead")) continue;
    const bool half_turn = law.name.find("k=31") != std::string::npos;
    const double top = half_turn ? .2 : 1;
    edge(cat(law.name, ", six digits"), law.dynamics, .1, top, half_turn ? .161832 : .742580);
    edge(law.name, law.dynamics, .1, top,
         turning_point(.1, top, [&](double s) { return law.radius(s) < 1; }));
  }
  check_best(checks, "extragradient", best_step(Extragradient{}, .1, 1),
             {std::sqrt(.5), std::sqrt(3) / 2}, kRadius);
  // A double root: near its best step the radius has the slope of a root.
  check_best(checks, "optimistic", best_step(Optimistic{}, .1, .57), {.5, std::sqrt(.5)}, 1e-4);
  if (settings.is_initial("beta")) {
    check_best(checks, "momentum -0.5", best_step(alternating_momentum(-.5), .1, .99),
               {.871238, .884646}, kRadius);
  }
  outcome.plots = {crossing_plot(settings["beta"], q), edge_plot()};
  return outcome;
}

}  // namespace

Experiment alternating_invariant() {
  return {
      .id = "E06",
      .title = "Alternation keeps its orbit",
      .chapter = 2,
      .teaches =
          "Let the players of L = σxy move in turn, the second one seeing what the first has just "
          "done. Each half step shears the plane: it moves points along one axis by an amount that "
          "depends on the other. A shear changes no area, and so neither do two of them. The orbit "
          "can neither spiral out nor spiral in. It stays on an ellipse, x² + y² - sxy = const, "
          "for "
          "as many steps as one cares to take; physicists integrate planets that way and call the "
          "method symplectic.\n\n"
          "So alternation, the common way to train a GAN, is better than simultaneous steps but "
          "not "
          "a cure: nothing pulls the players in. The ellipse leans and lengthens with the step, "
          "and at s = 2 it breaks open: beyond, the two eigenvalues are real and one of them is "
          "larger than 1.",
      .formulas = {"x⁺ = x - sy,   y⁺ = y + sx⁺:   both shears, determinant 1, trace 2 - s²",
                   "kept: x² + y² - sxy (x first),   x² + y² + sxy (y first)",
                   "farthest / nearest point of the ellipse = √((2+s)/(2-s))",
                   "s > 2: radius = s²/2 - 1 + √((s²/2-1)² - 1)"},
      .next = {{"sweep E06 --param s --from 0.05 --to 2.2", "the ellipse grows long, then breaks"},
               {"run E06 --set s=1.9 --set steps=100000", "long, thin, and still closed"}},
      .parameters =
          {{.name = "s", .initial = 0.1, .low = 1e-3, .high = 4, .doc = "step times coupling, ησ"},
           {.name = "steps",
            .initial = 1000,
            .low = 10,
            .high = 1e6,
            .doc = "of each run",
            .whole = true}},
      .run = run_ellipses,
      .measured = {"radius", "farthest over nearest"},
      .measure = [](const Settings& settings) {
        const double s = settings["s"];
        const Extent seen =
            extent_of(bilinear_trail(alternating_with(true), s, settings.count("steps")));
        // Beyond s = 2 there is no ellipse to measure.
        const double ratio = s < 2 ? seen.high / seen.low : std::nan("");
        return std::vector<double>{bilinear_radius(alternating_with(true), s), ratio};
      }};
}

Experiment bilinear_step_edges() {
  return {
      .id = "E07",
      .title = "Each method has its own largest step",
      .chapter = 2,
      .teaches =
          "Damping is bought with curvature: a method that bends its step inwards bends it too far "
          "when the step is large. Halving an interval finds the step at which the radius of each "
          "method comes back to 1. Optimistic steps, which extrapolate, hold to 1/√3, a long "
          "lookahead "
          "or strong momentum to less. "
          "Extragradient holds to 1, Runge-Kutta of fourth order to 2√2, alternation with negative "
          "momentum to 2(1+β), and the implicit steps have no edge at all.\n\n"
          "The best step lies well inside: 0.5 for optimistic steps, 0.71 for extragradient, 0.87 "
          "for momentum -0.5. Since s = ησ and a real game has many couplings σ, the largest of "
          "them must stay below the edge, and the smallest then moves slowly: see E08.",
      .formulas =
          {"edges: optimistic 1/√3;   extragradient 1;   RK4 2√2;   momentum β < 0: 2(1+β);   "
           "consensus 2q/(1+q²)",
           "best: extragradient √3/2 at s = 1/√2;   optimistic 1/√2 at s = 1/2",
           "lookahead: the first s with |1-α+α(1+is)ᵏ| = 1"},
      .next = {{"sweep E07 --param beta --from -0.95 --to -0.05",
                "the line 2(1+β), and the best step"},
               {"run E07 --set q=3", "more consensus, smaller steps"}},
      .parameters =
          {{.name = "beta",
            .initial = -0.5,
            .low = -0.99,
            .high = -0.01,
            .doc = "share of the last move that momentum adds"},
           {.name = "q", .initial = 1, .low = 0.01, .high = 10, .doc = "weight of consensus"}},
      .run = run_edges,
      .measured = {"edge, momentum", "2(1+β)", "best step, momentum", "radius there"},
      .measure = [](const Settings& settings) {
        const double beta = settings["beta"];
        const BestStep best = best_step(alternating_momentum(beta), 1e-4, 2 * (1 + beta));
        return std::vector<double>{momentum_edge(beta), 2 * (1 + beta), best.s, best.radius};
      }};
}

}  // namespace saddle::lab
