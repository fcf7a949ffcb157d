// E20 and E21: where gradient play settles that is no equilibrium.
#include <array>
#include <cmath>
#include <complex>
#include <numbers>

#include "saddle/base/eigen.h"
#include "saddle/base/text.h"
#include "saddle/codec/svg.h"
#include "saddle/dynamics/adjusted.h"
#include "saddle/dynamics/alternating.h"
#include "saddle/lab/numeric.h"
#include "saddle/lab/planar.h"
#include "saddle/lab/rows.h"

namespace saddle::lab {
namespace {

using Eigenvalue = std::complex<double>;

template <Field F>
std::vector<Eigenvalue> spectrum_at(const F& field, Place z) {
  return eigenvalues(jacobian(field, std::vector{z.x, z.y}), 2);
}

/// An eigenvalue by its two parts; of a pair the one with the positive imaginary part.
void check_eigenvalue(std::vector<Check>& checks, const std::string& name, Eigenvalue found,
                      Eigenvalue wanted) {
  constexpr double kSixDigits = 1e-6;
  checks.push_back(near(name + ", real part", found.real(), wanted.real(), kSixDigits));
  checks.push_back(near(name + ", imaginary part", found.imag(), wanted.imag(), kSixDigits));
}

// The saddle of two time scales: a = 1, b = 2, c = 1/2.

Eigenvalue timescale_eigenvalue(double tau) {
  return spectrum_at(QuadraticField{.tau = tau}, {0, 0})[0];
}

/// Half the trace a - tau c, and what the determinant tau (b^2 - a c) leaves.
Eigenvalue timescale_law(double tau) {
  const double real = (1 - tau / 2) / 2;
  return real + std::sqrt(Eigenvalue(real * real - 3.5 * tau));
}

void check_timescale(std::vector<Check>& checks, const Settings& settings) {
  if (settings.all_initial()) {
    check_eigenvalue(checks, "τ = 2", timescale_eigenvalue(2), {0, 2.645751});
    check_eigenvalue(checks, "τ = 1.9", timescale_eigenvalue(1.9), {.025, 2.578638});
    check_eigenvalue(checks, "τ = 2.1", timescale_eigenvalue(2.1), {-.025, 2.710973});
  }
  const double tau = settings["tau"];
  const Eigenvalue found = timescale_eigenvalue(tau), law = timescale_law(tau);
  checks.push_back(near(cat("largest real part, τ = ", tau), found.real(), law.real(), 1e-6));
  checks.push_back(near(
      "τ where stability begins, a/c",
      turning_point(.1, 10, [](double t) { return timescale_eigenvalue(t).real() > 0; }), 2, 1e-6));
}

// L = 2 x^2 + y^2 + 4 x y + (4/3) y^3 - y^4 / 4.

constexpr double kFar = 2 + std::numbers::sqrt2, kMiddle = 2 - std::numbers::sqrt2;
constexpr Place kNotNash{0, 0}, kNash{-kFar, kFar}, kSaddlePoint{-kMiddle, kMiddle};

/// A local Nash point has L_xx >= 0 >= L_yy: neither player gains by moving alone.
bool is_local_nash(Place z) {
  const std::vector<double> j = jacobian(QuarticField{}, std::vector{z.x, z.y});
  return -j[0] >= 0 && j[3] <= 0;
}

Place quartic_end(Place start, double h, std::int64_t steps) {
  FlatStepper stepper(Simultaneous{}, planar_game(QuarticField{}, start, h));
  for (std::int64_t i = 0; i < steps; ++i) stepper.step();
  return place_of(stepper);
}

double gap(Place a, Place b) {
  return std::hypot(a.x - b.x, a.y - b.y);
}

void check_quartic_spectra(std::vector<Check>& checks) {
  check_eigenvalue(checks, "(0,0)", spectrum_at(QuarticField{}, kNotNash)[0], {-1, 2.645751});
  check_eigenvalue(checks, "(-3.414,3.414)", spectrum_at(QuarticField{}, kNash)[0],
                   {-4.828427, 3.913273});
  const auto unstable = spectrum_at(QuarticField{}, kSaddlePoint);
  check_eigenvalue(checks, "(-0.586,0.586), first", unstable[0], 3.532814);
  check_eigenvalue(checks, "(-0.586,0.586), second", unstable[1], -1.875960);
  checks.push_back(
      near("L_yy at (0,0)", jacobian(QuarticField{}, std::vector{0., 0.})[3], 2, 1e-12));
  checks.push_back(holds("(0,0) is no local Nash point", !is_local_nash(kNotNash)));
  checks.push_back(holds("(-3.414,3.414) is a local Nash point", is_local_nash(kNash)));
}

void check_small_saddle(std::vector<Check>& checks) {
  // L = -x^2/8 - y^2/2 + .6 x y.
  const QuadraticField field{.a = .25, .b = .6, .c = 1};
  const auto found = spectrum_at(field, {0, 0});
  check_eigenvalue(checks, "-x²/8 - y²/2 + 0.6xy, first", found[0], -.55);
  check_eigenvalue(checks, "-x²/8 - y²/2 + 0.6xy, second", found[1], -.2);
  checks.push_back(near("L_xx there", -jacobian(field, std::vector{0., 0.})[0], -.25, 1e-12));
}

void check_ends(std::vector<Check>& checks, const Settings& settings) {
  const double h = settings["h"];
  const std::int64_t steps = settings.count("steps");
  if (settings.all_initial()) {
    const Place near_one = quartic_end({.5, -.5}, h, steps),
                far_one = quartic_end({1, 1}, h, steps);
    checks.push_back(
        near("from (0.5,-0.5), distance from (0,0)", gap(near_one, kNotNash), 0, 1e-5));
    checks.push_back(
        near("from (1,1), distance from (-3.414,3.414)", gap(far_one, kNash), 0, 1e-5));
  } else {
    const Place end = quartic_end({settings["x"], settings["y"]}, h, steps);
    checks.push_back(at_most("distance of the end from the nearer attractor",
                             std::min(gap(end, kNotNash), gap(end, kNash)), 1e-5));
  }
}

Plot attractor_map(double h) {
  codec::SvgSeries home{.name = "to (0,0), not Nash", .size = 3},
      away{.name = "to (-3.4,3.4), Nash", .size = 3};
  for (const double x : evenly(-6, 6, 41)) {
    for (const double y : evenly(-4, 6, 35)) {
      FlatStepper stepper(Simultaneous{}, planar_game(QuarticField{}, {x, y}, h));
      // Near enough to an attractor for its linear part to decide.
      constexpr double kCaught = .05;
      for (int i = 0; i < 20000; ++i) {
        stepper.step();
        const Place z = place_of(stepper);
        const bool at_home = gap(z, kNotNash) < kCaught;
        if (!at_home && gap(z, kNash) >= kCaught) continue;
        auto& series = at_home ? home : away;
        series.x.push_back(x);
        series.y.push_back(y);
        break;
      }
    }
  }
  const auto point = [](const char* name, Place z) {
    return codec::SvgSeries{.name = name, .x = {z.x}, .y = {z.y}, .size = 7};
  };
  const std::vector<codec::SvgSeries> series{home, away, point("(0,0)", kNotNash),
                                             point("(-3.4,3.4)", kNash),
                                             point("unstable", kSaddlePoint)};
  return {"map",
          "Where simultaneous descent ends, for each start. The point that is no equilibrium "
          "attracts a good part of the plane; the border runs through the unstable point.",
          codec::scatter_svg(series, {.title = "Attractors",
                                      .x_label = "x",
                                      .y_label = "y",
                                      .height = 560,
                                      .equal_scale = true,
                                      .legend_above = true})};
}

Plot timescale_plot() {
  codec::SvgSeries real{.name = "largest real part"};
  for (const double tau : evenly(.2, 5, 97)) {
    real.x.push_back(tau);
    real.y.push_back(timescale_eigenvalue(tau).real());
  }
  return {"timescale",
          "The same saddle, the second player τ times as fast: beyond τ = a/c = 2 it attracts.",
          codec::line_svg(std::array{real},
                          {.title = "How fast the other player must be",
                           .x_label = "τ",
                           .y_label = "largest real part",
                           .marks = {{.at = 0}, {.at = 2, .name = "a/c", .vertical = true}}})};
}

Outcome run_not_nash(const Settings& settings) {
  Outcome outcome;
  check_timescale(outcome.checks, settings);
  if (settings.all_initial()) {
    check_small_saddle(outcome.checks);
    check_quartic_spectra(outcome.checks);
  }
  check_ends(outcome.checks, settings);
  outcome.plots = {attractor_map(settings["h"]), timescale_plot()};
  return outcome;
}

// ---- E21

template <class Row>
std::vector<Place> hilltop_trail(const Row& row, double k, double h, std::int64_t steps,
                                 std::int64_t every = 1) {
  // One player alone; the plane has a second coordinate that stays 0.
  FlatStepper stepper(row, FlatGame<HilltopField>(HilltopField{k}, {{1}}, {h}));
  std::vector<Place> trail{{1, 0}};
  for (std::int64_t i = 1; i <= steps; ++i) {
    stepper.step();
    if (i % every == 0) trail.push_back({stepper.game().point(0)[0], 0});
  }
  return trail;
}

template <class Row>
double hilltop_end(const Row& row, double k, double h, std::int64_t steps) {
  return hilltop_trail(row, k, h, steps, steps).back().x;
}

/// Growth per step: the distance from the hilltop, to the 1/steps.
template <class Row>
double hilltop_growth(const Row& row, double k, double h, std::int64_t steps) {
  return std::pow(std::abs(hilltop_end(row, k, h, steps)), 1 / static_cast<double>(steps));
}

Plot hilltop_plot(double k, double h, std::int64_t steps) {
  const std::int64_t every = std::max<std::int64_t>(1, steps / 200);
  const auto curve = [&](const std::string& name, const auto& row) {
    return distances(name, hilltop_trail(row, k, h, steps, every), every);
  };
  const std::vector<codec::SvgSeries> series{
      curve("consensus λ = 2/k", Consensus{.gamma = 2 / k}),
      curve("consensus λ = 1/k", Consensus{.gamma = 1 / k}),
      curve("consensus λ = 0.5/k", Consensus{.gamma = .5 / k}),
      curve("symplectic λ = 2/k", Symplectic{.lambda = 2 / k})};
  return {"distance",
          "The distance from the worst point of -(k/2)z². Descent ought to leave; with enough "
          "consensus it arrives.",
          codec::line_svg(series, {.title = "Drawn to a maximum",
                                   .x_label = "step",
                                   .y_label = "|z|",
                                   .legend_above = true,
                                   .log_y = true})};
}

Plot weight_plot(double k, double h) {
  codec::SvgSeries consensus{.name = "consensus"}, symplectic{.name = "symplectic"};
  for (const double share : evenly(0, 3, 61)) {
    for (auto* series : {&consensus, &symplectic}) series->x.push_back(share);
    consensus.y.push_back(hilltop_growth(Consensus{.gamma = share / k}, k, h, 200));
    symplectic.y.push_back(hilltop_growth(Symplectic{.lambda = share / k}, k, h, 200));
  }
  const std::vector<codec::SvgSeries> series{consensus, symplectic};
  return {"weight", "Growth per step against the weight: below 1 the maximum attracts.",
          codec::line_svg(series, {.title = "When a hilltop attracts",
                                   .x_label = "λk",
                                   .y_label = "growth per step",
                                   .legend_above = true,
                                   .marks = {{.at = 1}}})};
}

Outcome run_hilltop(const Settings& settings) {
  Outcome outcome;
  auto& checks = outcome.checks;
  const double k = settings["k"], h = settings["h"], lambda = settings["lambda"];
  const std::int64_t steps = settings.count("steps");
  const double strong = hilltop_end(Consensus{.gamma = 2 / k}, k, h, steps);
  const double weak = hilltop_end(Consensus{.gamma = .5 / k}, k, h, steps);
  const double plain = hilltop_end(Symplectic{.lambda = 2 / k}, k, h, steps);
  if (settings.all_initial()) {
    checks = {near("consensus λ = 2/k, end", strong, 1.86e-9, .01e-9),
              near("consensus λ = 0.5/k, end over 21000", weak / 2.1e4, 1, .03)};
  }
  const auto law = [&](double weight) { return std::abs(1 + h * k * (1 - weight * k)); };
  checks.push_back(at_most("consensus λ = 2/k: the maximum attracts, end over start",
                           std::abs(strong), 1 - 1e-9));
  checks.push_back(
      at_least("consensus λ = 0.5/k: it repels, end over start", std::abs(weak), 1 + 1e-9));
  checks.push_back(at_least("symplectic: it repels, end over start", std::abs(plain), 1 + 1e-9));
  checks.push_back(near(cat("consensus λ = ", lambda, ", growth per step"),
                        hilltop_growth(Consensus{.gamma = lambda}, k, h, 100), law(lambda), 1e-9));
  checks.push_back(near("symplectic, growth per step",
                        hilltop_growth(Symplectic{.lambda = lambda}, k, h, 100), law(0), 1e-9));
  outcome.plots = {hilltop_plot(k, h, steps), weight_plot(k, h)};
  return outcome;
}

}  // namespace

Experiment stable_not_nash() {
  return {
      .id = "E20",
      .title = "Stable does not mean Nash",
      .chapter = 4,
      .teaches =
          "A Nash point is one where neither player gains by moving alone. A stable point is one "
          "where gradient play settles. In minimisation the two words mean the same; in a game "
          "neither follows from the other.\n\n"
          "Take L = -(a/2)x² + bxy - (c/2)y². The player x, who minimises, sits on a hilltop: any "
          "step along x alone would lower L, so this is no equilibrium. Yet the coupling turns x "
          "into y before it gets away, and y damps. The sum a - τc decides: if the second player "
          "is fast enough, τ > a/c, and the coupling strong, b² > ac, the point attracts. "
          "Stability is a property of the players' "
          "speeds, not of the game alone, and a learning rate ratio is enough to make or unmake "
          "a solution.\n\n"
          "The polynomial game has two attractors. One is a Nash point; the other, the origin, is "
          "not, since y could gain by leaving it. The map shows how much of the plane falls to "
          "each. Converged training, then, is no proof that an equilibrium was found.",
      .formulas = {"x' = ax - by,   y' = τ(bx - cy);   stable iff τ > a/c and b² > ac;   a = 1, b "
                   "= 2, c = 1/2",
                   "L = -x²/8 - y²/2 + 0.6xy: eigenvalues -0.2, -0.55, although L_xx = -1/4",
                   "L = 2x² + y² + 4xy + (4/3)y³ - y⁴/4: attractors (0,0), with L_yy = 2, and "
                   "(-2-√2, 2+√2)"},
      .next = {{"sweep E20 --param tau --from 0.5 --to 5", "where the real part changes its sign"},
               {"run E20 --set x=-3 --set y=-2", "where does another start end"}},
      .parameters = {{.name = "tau",
                      .initial = 2.1,
                      .low = 0.1,
                      .high = 20,
                      .doc = "speed of y over that of x"},
                     {.name = "x",
                      .initial = 0.5,
                      .low = -6,
                      .high = 6,
                      .doc = "start in the polynomial game"},
                     {.name = "y",
                      .initial = -0.5,
                      .low = -4,
                      .high = 6,
                      .doc = "start in the polynomial game"},
                     {.name = "h",
                      .initial = 0.01,
                      .low = 1e-3,
                      .high = 0.04,
                      .doc = "step in the polynomial game"},
                     {.name = "steps",
                      .initial = 20000,
                      .low = 20000,
                      .high = 1e6,
                      .doc = "in the polynomial game",
                      .whole = true}},
      .run = run_not_nash,
      .measured = {"largest real part", "imaginary part", "end x", "end y"},
      .measure = [](const Settings& settings) {
        const Eigenvalue found = timescale_eigenvalue(settings["tau"]);
        const Place end =
            quartic_end({settings["x"], settings["y"]}, settings["h"], settings.count("steps"));
        return std::vector<double>{found.real(), found.imag(), end.x, end.y};
      }};
}

Experiment consensus_likes_maxima() {
  return {
      .id = "E21",
      .title = "Consensus is attracted to maxima",
      .chapter = 4,
      .teaches =
          "Consensus damps rotation by a trick: all players also lower the norm of the gradients. "
          "That norm is 0 at every stationary point, at maxima as much as at minima. Take one "
          "player alone who minimises -(k/2)z². The worst point is z = 0, and any sane method runs "
          "away from it. Consensus with λ > 1/k walks there and stays. With λ = 2/k, k = 1, the "
          "player ends within 1e-8 of the worst possible choice, and every norm of a gradient "
          "that one might watch says that training has converged.\n\n"
          "The symplectic adjustment uses only the antisymmetric part of the Jacobian. A single "
          "player has none, so the adjustment is 0 and descent leaves the hilltop as it should. In "
          "between, when there is rotation too, the sign of the adjustment is chosen so that it "
          "turns towards stable points.",
      .formulas = {"v = kz,   consensus: z ← z + hk(1 - λk)z,   attracted iff λ > 1/k",
                   "symplectic: Aᵀv = 0 here, z ← (1 + hk)z"},
      .next = {{"sweep E21 --param lambda --from 0 --to 3", "growth falls below 1 at λ = 1/k"},
               {"run E21 --set k=4", "the steeper the hill, the sooner"}},
      .parameters =
          {{.name = "lambda",
            .initial = 2,
            .low = 0,
            .high = 20,
            .doc = "weight of the adjustments, for the law and for sweeps"},
           {.name = "k", .initial = 1, .low = 0.1, .high = 10, .doc = "steepness of the hill"},
           {.name = "h", .initial = 0.01, .low = 1e-4, .high = 0.1, .doc = "step"},
           {.name = "steps",
            .initial = 2000,
            .low = 100,
            .high = 5000,
            .doc = "of a run",
            .whole = true}},
      .run = run_hilltop,
      .measured = {"consensus, growth per step", "symplectic, growth per step"},
      .measure = [](const Settings& settings) {
        const double k = settings["k"], h = settings["h"], lambda = settings["lambda"];
        return std::vector<double>{hilltop_growth(Consensus{.gamma = lambda}, k, h, 100),
                                   hilltop_growth(Symplectic{.lambda = lambda}, k, h, 100)};
      }};
}

}  // namespace saddle::lab
