// E17: momentum is mass, and mass feeds rotation.
#include <array>
#include <cmath>
#include <complex>

#include "saddle/base/eigen.h"
#include "saddle/base/text.h"
#include "saddle/codec/svg.h"
#include "saddle/dynamics/negative_momentum.h"
#include "saddle/lab/numeric.h"
#include "saddle/lab/planar.h"
#include "saddle/lab/rows.h"

namespace saddle::lab {
namespace {

enum class MomentumKind { kHeavyBall, kAveraged };

/// The Dirac-GAN at its equilibrium.
QuadraticField linear_dirac(double gamma) {
  return {.a = 0, .b = -.5, .c = gamma};
}

/// The eigenvalue -r + i w of the game with the positive imaginary part.
std::complex<double> eigenvalue_of_game(double gamma) {
  const DiracField field(objective::NonSaturating{}, {.gamma = gamma});
  return eigenvalues(jacobian(field, std::vector{0., 0.}), 2)[0];
}

double critical_mass(double gamma) {
  const std::complex<double> lambda = eigenvalue_of_game(gamma);
  return -lambda.real() / (lambda.imag() * lambda.imag());
}

/// The largest real part of the flow m z'' + z' = J z, from its matrix for (z, z').
double growth_with_mass(double gamma, double mass) {
  const std::vector<double> j =
      jacobian(DiracField(objective::NonSaturating{}, {.gamma = gamma}), std::vector{0., 0.});
  const double in = 1 / mass;
  const std::vector<double> flow{0,         0,         1,   0,  //
                                 0,         0,         0,   1,  //
                                 in * j[0], in * j[1], -in, 0,  //
                                 in * j[2], in * j[3], 0,   -in};
  double largest = -1e300;
  for (const auto& root : eigenvalues(flow, 4)) largest = std::max(largest, root.real());
  return largest;
}

double momentum_radius(MomentumKind kind, double gamma, double h, double b) {
  // An averaged direction is a heavy ball with a smaller step.
  const double rate = kind == MomentumKind::kAveraged ? h * (1 - b) : h;
  return one_step_matrix(NegativeMomentum{.beta = b, .order = Order::kSimultaneous},
                         linear_dirac(gamma), {1, 1}, {rate, rate})
      .radius();
}

/// The largest stable momentum; NaN where even none is unstable.
double largest_momentum(MomentumKind kind, double gamma, double h) {
  const auto stable = [&](double b) { return momentum_radius(kind, gamma, h, b) < 1; };
  constexpr double kMost = .99999;
  if (!stable(0)) return std::nan("");
  return turning_point(0, kMost, stable);
}

/// The mass that an optimiser with momentum has.
double mass_of(MomentumKind kind, double h, double b) {
  const double mass = h * (1 + b) / (2 * (1 - b));
  return kind == MomentumKind::kAveraged ? mass : mass / (1 - b);
}

/// The momentum at which that mass is critical; NaN where none is so small.
double momentum_law(MomentumKind kind, double gamma, double h) {
  const double mass = critical_mass(gamma);
  if (mass_of(kind, h, 0) >= mass) return std::nan("");
  return turning_point(0, 1 - 1e-9, [&](double b) { return mass_of(kind, h, b) < mass; });
}

void check_mass(std::vector<Check>& checks, double gamma) {
  const double mass = critical_mass(gamma);
  checks.push_back(
      near(cat("critical mass, γ = ", gamma), mass, gamma / 2 / (.25 - gamma * gamma / 4), 1e-6));
  checks.push_back(
      holds(cat("5 % less mass is stable, γ = ", gamma), growth_with_mass(gamma, mass * .95) < 0));
  checks.push_back(holds(cat("5 % more mass is unstable, γ = ", gamma),
                         growth_with_mass(gamma, mass * 1.05) > 0));
}

void check_stated_momenta(std::vector<Check>& checks) {
  const std::array<double, 4> steps{.01, .05, .1, .2};
  const std::array<double, 4> heavy{.8806, .7427, .6459, .5178},
      averaged{.9849, .9269, .8589, .7361};
  for (const MomentumKind kind : {MomentumKind::kHeavyBall, MomentumKind::kAveraged}) {
    const bool ball = kind == MomentumKind::kHeavyBall;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const double found = largest_momentum(kind, .3, steps[i]);
      const std::string of = cat(ball ? "heavy ball" : "averaged", ", h = ", steps[i]);
      checks.push_back(near("largest stable β, " + of, found, ball ? heavy[i] : averaged[i], 5e-3));
      checks.push_back(near("its mass over the critical one, " + of,
                            mass_of(kind, steps[i], found) / critical_mass(.3), 1,
                            ball ? .01 : .0025));
    }
  }
}

Plot momentum_radius_plot(double gamma, double h) {
  codec::SvgSeries heavy{.name = "heavy ball"};
  codec::SvgSeries averaged{.name = "averaged"};
  for (const double b : evenly(-.6, .98, 159)) {
    for (auto* series : {&heavy, &averaged}) series->x.push_back(b);
    heavy.y.push_back(momentum_radius(MomentumKind::kHeavyBall, gamma, h, b));
    averaged.y.push_back(momentum_radius(MomentumKind::kAveraged, gamma, h, b));
  }
  const std::vector<codec::SvgSeries> series{heavy, averaged};
  return {
      "radius",
      cat("The radius of a step against momentum at γ = ", gamma, ", h = ", h,
          ". A little heavy-ball momentum is a larger step in disguise and may help; more of it "
          "crosses 1, and the equilibrium repels."),
      codec::line_svg(series, {.title = "Momentum in the Dirac-GAN",
                               .x_label = "β",
                               .y_label = "radius",
                               .legend_above = true,
                               .marks = {{.at = 1}}})};
}

Plot momentum_edge_plot(double gamma) {
  std::array<codec::SvgSeries, 4> series{
      {{.name = "heavy ball", .size = 3.5},
       {.name = "averaged", .size = 3.5},
       {.name = "heavy ball, from its mass", .style = codec::SvgStyle::kLine},
       {.name = "averaged, from its mass", .style = codec::SvgStyle::kLine}}};
  const std::array kinds{MomentumKind::kHeavyBall, MomentumKind::kAveraged};
  for (const double exponent : evenly(std::log(.005), std::log(.4), 14)) {
    const double h = std::exp(exponent);
    for (std::size_t k = 0; k < 2; ++k) {
      series[k].x.push_back(h);
      series[k].y.push_back(largest_momentum(kinds[k], gamma, h));
      series[k + 2].x.push_back(h);
      series[k + 2].y.push_back(momentum_law(kinds[k], gamma, h));
    }
  }
  return {"edge",
          cat("The largest stable momentum against the step at γ = ", gamma,
              ": dots by bisection of the program's steps, lines from the mass of a flow."),
          codec::scatter_svg(series, {.title = "How much momentum a game stands",
                                      .x_label = "h",
                                      .y_label = "largest stable β",
                                      .legend_above = true,
                                      .log_x = true})};
}

Outcome run_momentum(const Settings& settings) {
  Outcome outcome;
  const double gamma = settings["gamma"], h = settings["h"];
  if (settings.all_initial()) {
    for (const double stated : {.1, .3, .5}) check_mass(outcome.checks, stated);
    check_stated_momenta(outcome.checks);
  } else {
    check_mass(outcome.checks, gamma);
  }
  outcome.plots = {momentum_edge_plot(gamma), momentum_radius_plot(gamma, h)};
  return outcome;
}

}  // namespace

Experiment momentum_hopf() {
  return {
      .id = "E17",
      .title = "Why β₁ = 0",
      .chapter = 3,
      .teaches =
          "An optimiser with momentum is a ball with mass. Instead of z' = Jz it follows mz'' + z' "
          "= "
          "Jz. In a valley a little mass is good: it carries over bumps. Now let the field rotate. "
          "A heavy ball does not take the bend, it flies outwards, and if the mass exceeds m* = "
          "r/ω², where the game by itself damps with r and rotates with ω, the equilibrium "
          "becomes unstable however small the step: a Hopf bifurcation.\n\n"
          "What is the mass of an optimiser? Matching its step to the flow gives m = "
          "h(1+β)/(2(1-β)²) "
          "for heavy ball and h(1+β)/(2(1-β)) where the gradient is averaged, as in Adam. The "
          "checks "
          "find the largest stable β by bisection of the real step; the map predicts it within one "
          "percent. With γ = 0.3 and h = 0.2 heavy ball stands 0.52, an averaged gradient 0.74, "
          "and "
          "neither stands 0.9. A weakly damped game, and GANs are, has a small m*, so the safe "
          "choice is no momentum.",
      .formulas = {"λ = -r + iω of J;   m* = r/ω²: 0.202, 0.659, 1.333 for γ = 0.1, 0.3, 0.5",
                   "heavy ball u ← βu + hv, z ← z + u: m = h(1+β)/(2(1-β)²)",
                   "averaged u ← βu + (1-β)v, z ← z + hu: m = h(1+β)/(2(1-β))"},
      .next = {{"sweep E17 --param h --from 0.005 --to 0.8 --log",
                "larger steps stand less momentum"},
               {"sweep E17 --param gamma --from 0.05 --to 0.95 --set h=0.1",
                "damping buys momentum"}},
      .parameters =
          {{.name = "gamma",
            .initial = 0.3,
            .low = 0.01,
            .high = 0.98,
            .doc = "weight of the penalty, (γ/2)ψ²"},
           {.name = "h", .initial = 0.1, .low = 1e-3, .high = 1.5, .doc = "step of both players"}},
      .run = run_momentum,
      .measured = {"heavy ball", "averaged", "heavy ball, from its mass",
                   "averaged, from its mass"},
      .measure = [](const Settings& settings) {
        const double gamma = settings["gamma"], h = settings["h"];
        return std::vector<double>{largest_momentum(MomentumKind::kHeavyBall, gamma, h),
                                   largest_momentum(MomentumKind::kAveraged, gamma, h),
                                   momentum_law(MomentumKind::kHeavyBall, gamma, h),
                                   momentum_law(MomentumKind::kAveraged, gamma, h)};
      }};
}

}  // namespace saddle::lab
