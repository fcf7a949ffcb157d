// E14 and E15: how much regularisation, and how large a step.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "saddle/base/text.h"
#include "saddle/codec/svg.h"
#include "saddle/dynamics/dynamics.h"
#include "saddle/dynamics/one_step.h"
#include "saddle/lab/dirac.h"
#include "saddle/lab/numeric.h"
#include "saddle/lab/result.h"
#include "saddle/lab/rows.h"

namespace saddle::lab {
namespace {

constexpr double kEdgeDigits = 1e-6;

/// What decides: R1 alone, R1 and R2 of the same strength, or noise on both samples.
DiracField damped(const std::string& loss, const char* by, double strength) {
  const auto objective = dirac_objective(loss);
  const std::string how = by;
  if (how == "noise") return DiracField(objective, {}, strength);
  return DiracField(objective, {.gamma = how == "R1 + R2" ? 2 * strength : strength});
}

/// The strength from which on the spectrum is real.
double critical_strength(const std::string& loss, const char* by) {
  return sign_change(
      [&](double strength) { return dirac_jacobian(damped(loss, by, strength)).discriminant(); },
      1e-3, 10);
}

/// How fast the slower mode decays: the smaller -Re of both eigenvalues.
double slower_rate(const PlaneJacobian& j) {
  const double discriminant = j.discriminant();
  return 0.5 * (-j.trace - (discriminant > 0 ? std::sqrt(discriminant) : 0));
}

Plot rate_plot(const std::string& loss, double critical) {
  codec::SvgSeries rate{.name = "decay of the slower mode"};
  codec::SvgSeries law{.name = "f'(0)²/γ", .style = codec::SvgStyle::kDashed};
  const double slope = dirac_slope(loss);
  for (const double power : evenly(-1.5, 1.5, 181)) {
    const double gamma = std::pow(10, power);
    rate.x.push_back(gamma);
    rate.y.push_back(slower_rate(dirac_jacobian(damped(loss, "R1", gamma))));
    if (gamma < 2 * critical) continue;
    law.x.push_back(gamma);
    law.y.push_back(slope * slope / gamma);
  }
  const std::vector<codec::SvgSeries> series{rate, law};
  return {
      "rate",
      "The fastest return to equilibrium is at the critical penalty; ten times more is as "
      "slow as a twentieth of it.",
      codec::line_svg(series, {.title = "More regularisation is slower",
                               .x_label = "γ of R1",
                               .y_label = "rate",
                               .legend_above = true,
                               .log_x = true,
                               .log_y = true,
                               .marks = {{.at = critical, .name = "critical", .vertical = true}}})};
}

Outcome run_critical(const Settings& settings) {
  const std::string& loss = settings.word("loss");
  const double slope = dirac_slope(loss);
  const double gamma = settings["gamma"];
  Outcome outcome;
  auto& checks = outcome.checks;
  const double critical = critical_strength(loss, "R1");
  checks.push_back(near("critical γ of R1, 2 f'(0)", critical, 2 * slope, 1e-4));
  checks.push_back(
      near("critical γ of R1 and R2, f'(0)", critical_strength(loss, "R1 + R2"), slope, 1e-4));
  if (dirac_bend(loss) != 0) {
    checks.push_back(near("critical sd of the noise, √2", critical_strength(loss, "noise"),
                          std::numbers::sqrt2, 1e-4));
    const double sd = std::sqrt(2 * gamma);
    checks.push_back(near(cat("trace with noise of sd ", short_number(sd)),
                          dirac_jacobian(damped(loss, "noise", sd)).trace, -gamma, 1e-8));
  } else {
    checks.push_back(
        near("trace with noise of sd 3", dirac_jacobian(damped(loss, "noise", 3)).trace, 0, 1e-12));
  }
  const double rate = slower_rate(dirac_jacobian(damped(loss, "R1", gamma)));
  checks.push_back(at_most(cat("rate at γ = ", gamma), rate, slope + 1e-12));
  checks.push_back(near("rate at the critical γ, f'(0)", slower_rate({-2 * slope, slope * slope}),
                        slope, 1e-12));
  if (settings.all_initial()) {
    checks.push_back(near("rate at γ = 10", rate, .025063, kEdgeDigits));
    checks.push_back(
        near("the noise that damps like γ = 10", std::sqrt(2 * gamma), 4.472136, kEdgeDigits));
  }
  outcome.plots = {rate_plot(loss, critical)};
  return outcome;
}

/// Factor per step of the Dirac-GAN linearised at 0, with a step for each player. The matrix is
/// built by taking the steps.
template <class Row>
double step_radius(const Row& row, double gamma, double h_g, double h_d) {
  const QuadraticField linear{.a = 0, .b = -.5, .c = gamma};
  return one_step_matrix(row, linear, {1, 1}, {h_g, h_d}).radius();
}

constexpr Alternating kGeneratorFirst{.first = First::kGenerator};

/// The largest stable step of the generator where the discriminator takes `ratio` times it.
template <class Row>
double step_edge(const Row& row, double gamma, double ratio = 1) {
  return sign_change([&](double h) { return step_radius(row, gamma, h, ratio * h) - 1; }, 0.01, 20);
}

double alternating_edge(double gamma) {
  return (-gamma + std::sqrt(gamma * gamma + 1)) / .25;
}

void check_stated_edges(std::vector<Check>& checks) {
  constexpr std::array<std::pair<double, double>, 3> kAlternating = {
      {{.1, 3.619950}, {.3, 2.976123}, {1, 1.656854}}};
  for (const auto& [gamma, edge] : kAlternating) {
    checks.push_back(near(cat("largest alternating step, γ = ", gamma),
                          step_edge(Alternating{}, gamma), edge, kEdgeDigits));
    checks.push_back(near(cat("the same, generator first, γ = ", gamma),
                          step_edge(kGeneratorFirst, gamma), edge, kEdgeDigits));
  }
  struct Radius {
    double gamma, alternating, simultaneous;
  };
  constexpr std::array<Radius, 2> kRadii = {{{.1, .974679, 1.006231}, {.3, .921954, .955249}}};
  for (const Radius& row : kRadii) {
    checks.push_back(near(cat("alternating radius at h = .5, γ = ", row.gamma),
                          step_radius(Alternating{}, row.gamma, .5, .5), row.alternating,
                          kEdgeDigits));
    checks.push_back(near(cat("simultaneous radius at h = .5, γ = ", row.gamma),
                          step_radius(Simultaneous{}, row.gamma, .5, .5), row.simultaneous,
                          kEdgeDigits));
  }
  checks.push_back(near("alternating radius at h = 3.99, γ = 0",
                        step_radius(Alternating{}, 0, 3.99, 3.99), 1, 1e-9));
  checks.push_back(near("alternating radius at h = 4.01, γ = 0",
                        step_radius(Alternating{}, 0, 4.01, 4.01), 1.151876, kEdgeDigits));
  // With n steps of D to one of G the edge of the unregularised game is 4/√n.
  checks.push_back(near("alternating radius, 4 steps of D, h = 1.99, γ = 0",
                        step_radius(Alternating{.d_steps = 4}, 0, 1.99, 1.99), 1, 1e-9));
  checks.push_back(at_least("alternating radius, 4 steps of D, h = 2.01, γ = 0",
                            step_radius(Alternating{.d_steps = 4}, 0, 2.01, 2.01), 1.001));
}

void check_generator_edge(std::vector<Check>& checks, double gamma) {
  // The edge is 4 gamma in the generator's step while the discriminator's is not itself too large.
  for (const double h_d : {.05, .2, .5, 1.0, 2.0}) {
    const double second = 4 / gamma;  // of the second condition, at h_G = 4 gamma
    if (h_d >= second) continue;
    const double edge =
        sign_change([&](double h) { return step_radius(Simultaneous{}, gamma, h, h_d) - 1; },
                    .01 * gamma, 4.5 * gamma);
    checks.push_back(near(cat("largest generator step at h_D = ", h_d, ", γ = ", gamma), edge,
                          4 * gamma, kEdgeDigits));
  }
  const double h_g = 2 * gamma;
  const double most = 4 / (2 * gamma - h_g / 4);
  checks.push_back(
      near(cat("largest discriminator step at h_G = ", short_number(h_g), ", γ = ", gamma),
           sign_change([&](double h) { return step_radius(Simultaneous{}, gamma, h_g, h) - 1; },
                       .1 * most, 2 * most),
           most, kEdgeDigits * most));
}

Plot edges_plot() {
  codec::SvgSeries together{.name = "simultaneous, 4γ"};
  codec::SvgSeries in_turn{.name = "alternating"};
  for (const double gamma : evenly(0.02, 1, 99)) {
    for (auto* series : {&together, &in_turn}) series->x.push_back(gamma);
    together.y.push_back(step_edge(Simultaneous{}, gamma));
    in_turn.y.push_back(step_edge(Alternating{}, gamma));
  }
  const std::vector<codec::SvgSeries> series{together, in_turn};
  return {"edges",
          "The largest stable step. Steps in turn need no penalty at all to stay bounded; steps "
          "at the same time live on it.",
          codec::line_svg(series, {.title = "How large a step may be",
                                   .x_label = "γ of R1",
                                   .y_label = "h",
                                   .legend_above = true})};
}

Plot radius_plot(double gamma) {
  codec::SvgSeries together{.name = "simultaneous"};
  codec::SvgSeries in_turn{.name = "alternating"};
  for (const double h : evenly(0.01, 4.2, 211)) {
    for (auto* series : {&together, &in_turn}) series->x.push_back(h);
    together.y.push_back(step_radius(Simultaneous{}, gamma, h, h));
    in_turn.y.push_back(step_radius(Alternating{}, gamma, h, h));
  }
  const std::vector<codec::SvgSeries> series{together, in_turn};
  return {"radius", cat("The factor per step at γ = ", gamma, ": below 1 it converges."),
          codec::line_svg(series, {.title = cat("Radius of one step, γ = ", gamma),
                                   .x_label = "h",
                                   .y_label = "radius",
                                   .y_range = std::pair(0.4, 1.8),
                                   .legend_above = true,
                                   .marks = {{.at = 1, .name = "stable below"}}})};
}

Outcome run_edges(const Settings& settings) {
  const double gamma = settings["gamma"];
  Outcome outcome;
  auto& checks = outcome.checks;
  checks.push_back(near(cat("largest simultaneous step, γ = ", gamma),
                        step_edge(Simultaneous{}, gamma), 4 * gamma, kEdgeDigits));
  checks.push_back(near(cat("largest alternating step by the formula, γ = ", gamma),
                        step_edge(Alternating{}, gamma), alternating_edge(gamma), kEdgeDigits));
  const double h = settings["h"];
  // While the eigenvalues are complex the radius is the root of the determinant; with both players
  // at once they are so for any h, as gamma is below its critical value.
  checks.push_back(near(cat("simultaneous radius at h = ", h, ", √(1 - hγ + h²/4)"),
                        step_radius(Simultaneous{}, gamma, h, h),
                        std::sqrt(1 - h * gamma + h * h / 4), kEdgeDigits));
  const double determinant = 1 - h * gamma;
  const double trace = 2 - h * gamma - h * h / 4;
  if (trace * trace < 4 * determinant) {
    checks.push_back(near(cat("alternating radius at h = ", h, ", √(1 - hγ)"),
                          step_radius(Alternating{}, gamma, h, h), std::sqrt(determinant),
                          kEdgeDigits));
  }
  check_generator_edge(checks, gamma);
  if (settings.is_initial("gamma")) {
    check_generator_edge(checks, .1);
    check_stated_edges(checks);
  }
  outcome.plots = {edges_plot(), radius_plot(gamma)};
  return outcome;
}

}  // namespace

Experiment critical_damping() {
  return {
      .id = "E14",
      .title = "Critical damping: more γ is slower",
      .chapter = 3,
      .teaches =
          "A penalty turns the circles into spirals. As it grows the spirals tighten, until at "
          "γ = 2 f'(0) the rotation is gone: both eigenvalues meet on the real axis at -f'(0). "
          "That is the fastest return there is, like a door with the right closer. Beyond it the "
          "eigenvalues part, one fast and one slow, and the slow one crawls back at about "
          "f'(0)²/γ: at γ = 10 it is twenty times slower than at γ = 1.\n\n"
          "R1 and R2 together count twice, so each needs half. Noise on the samples has its "
          "critical deviation at √2, and noise of deviation √(2γ) damps like R1 of γ.",
      .formulas = {"critical where trace(J)² = 4 det(J):   γ = 2 f'(0) for R1,   f'(0) for R1 + R2",
                   "slow mode beyond it: λ ≈ -f'(0)²/γ"},
      .next = {{"run E14 --set loss=wgan",
                "f'(0) = 1: the critical γ is 2, and noise does nothing"},
               {"sweep E14 --param gamma --from 0.05 --to 20 --log", "the peak of the rate"}},
      .parameters =
          {{.name = "gamma", .initial = 10, .low = 0.01, .high = 50, .doc = "strength of R1"},
           dirac_loss_parameter()},
      .run = run_critical,
      .measured = {"rate of the slower mode"},
      .measure = [](const Settings& settings) {
        return std::vector<double>{
            slower_rate(dirac_jacobian(damped(settings.word("loss"), "R1", settings["gamma"])))};
      }};
}

Experiment step_edges() {
  return {
      .id = "E15",
      .title = "Alternating steps may be larger",
      .chapter = 3,
      .teaches =
          "The spectrum says what happens for infinitely small steps. Real steps have a size, and "
          "a finite step of a rotation goes outwards: the penalty must outweigh that. With both "
          "players at the same time the step may be at most 4γ, 0.4 at γ = 0.1. One after the "
          "other, it may be 3.62: nine times as large.\n\n"
          "With a step for each player, only the generator's counts for the first edge: h_G < 4γ "
          "whatever h_D is, until h_D is so large that it is unstable by itself. If training at a "
          "high rate blows up, slow down the generator, not the discriminator.",
      .formulas = {"simultaneous: h < 4γ for γ ≤ 1;   radius = √(1 - hγ + h²/4)",
                   "alternating: h < (-γ + √(γ² + 4f'²))/f'²;   radius = √(1 - hγ) while it turns",
                   "two steps: h_G < γ/f'(0)² = 4γ,   h_D < 4/(2γ - h_G/4)"},
      .next = {{"run E15 --set gamma=0.05", "half the penalty, half the step"},
               {"sweep E15 --param h --from 0.05 --to 4 --set gamma=0.3",
                "both radii: where each crosses 1"}},
      .parameters =
          {{.name = "gamma", .initial = 0.3, .low = 0.01, .high = 0.95, .doc = "strength of R1"},
           {.name = "h", .initial = 0.5, .low = 0.01, .high = 4, .doc = "step of both players"}},
      .run = run_edges,
      .measured = {"simultaneous", "alternating"},
      .measure = [](const Settings& settings) {
        const double gamma = settings["gamma"];
        const double h = settings["h"];
        return std::vector<double>{step_radius(Simultaneous{}, gamma, h, h),
                                   step_radius(Alternating{}, gamma, h, h)};
      }};
}

}  // namespace saddle::lab
