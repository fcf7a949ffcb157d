// E05: what every dynamics does to rotation.
#include <array>
#include <span>
#include <utility>

#include "saddle/base/text.h"
#include "saddle/codec/svg.h"
#include "saddle/lab/bilinear_play.h"
#include "saddle/lab/numeric.h"
#include "saddle/lab/rows.h"

namespace saddle::lab {
namespace {

constexpr std::array<double, 4> kStatedSteps{.05, .1, .2, .5};

MethodSettings methods_of(const Settings& settings) {
  return {.beta = settings["beta"],
          .weight = settings["q"],
          .k = settings.count("k"),
          .alpha = settings["alpha"]};
}

/// What the curves show: enough to tell the families apart, few enough to be read.
struct ShownMethod {
  const char* name;
  DynamicsConfig dynamics;
};

std::vector<ShownMethod> shown_methods(const MethodSettings& set) {
  return {{"simultaneous", Simultaneous{}},
          {"alternating", Alternating{.first = First::kGenerator}},
          {"extragradient", Extragradient{}},
          {"optimistic", Optimistic{}},
          {"proximal", Proximal{}},
          {"momentum", NegativeMomentum{.beta = set.beta, .order = Order::kGeneratorFirst}},
          {"consensus", Consensus{.gamma = set.weight}},
          {"lookahead", Lookahead{.inner = Simultaneous{}, .k = set.k, .alpha = set.alpha}},
          {"unrolled", Unrolled{.k = set.k}},
          {"RK4", Rk4{}}};
}

std::vector<std::string> shown_names() {
  std::vector<std::string> names;
  for (const ShownMethod& method : shown_methods({})) names.emplace_back(method.name);
  return names;
}

Plot radius_plot(std::string name, std::string caption, std::span<const ShownMethod> methods) {
  std::vector<codec::SvgSeries> series;
  for (const ShownMethod& method : methods) {
    codec::SvgSeries curve{.name = method.name};
    for (const double s : evenly(0.01, 1.5, 150)) {
      curve.x.push_back(s);
      curve.y.push_back(bilinear_radius(method.dynamics, s));
    }
    series.push_back(std::move(curve));
  }
  return {std::move(name), std::move(caption),
          codec::line_svg(series, {.title = "Radius of one step",
                                   .x_label = "s = ησ",
                                   .y_label = "radius",
                                   .y_range = std::pair{0.4, 1.6},
                                   .legend_above = true,
                                   .marks = {{.at = 1}}})};
}

std::vector<Plot> radius_plots(const MethodSettings& set) {
  const std::vector<ShownMethod> methods = shown_methods(set);
  constexpr std::size_t kSameCost = 6;  // one or two gradients a step, nothing foreseen
  return {
      radius_plot("radius",
                  "The factor by which a step changes the distance from the equilibrium, against "
                  "the step. Above the dashed line a method leaves. Simultaneous steps are never "
                  "below it, alternation lies on it, and most cures have a largest step of their "
                  "own.",
                  std::span(methods).first(kSameCost)),
      radius_plot("adjusted",
                  "Methods that change the field or take several steps at once; lookahead per "
                  "outer step. What damps most at small steps fails first at large ones.",
                  std::span(methods).subspan(kSameCost))};
}

Plot orbit_plot(double s) {
  constexpr std::int64_t kSteps = 90;
  const std::vector<ShownMethod> methods = {
      {"simultaneous", Simultaneous{}},
      {"alternating", Alternating{.first = First::kGenerator}},
      {"extragradient", Extragradient{}},
      {"momentum -0.5", NegativeMomentum{.order = Order::kGeneratorFirst}},
      {"consensus", Consensus{.gamma = 1}}};
  std::vector<codec::SvgSeries> series;
  for (const ShownMethod& method : methods) {
    series.push_back(in_the_plane(method.name, bilinear_trail(method.dynamics, s, kSteps)));
  }
  series.push_back(
      {.name = "equilibrium", .x = {0}, .y = {0}, .size = 4, .style = codec::SvgStyle::kPoints});
  return {"orbits",
          cat("Ninety steps of s = ", s,
              " from (1,1). Simultaneous steps spiral out, alternation closes its ellipse, "
              "extragradient spirals in slowly, and consensus walks nearly straight home."),
          codec::line_svg(series, {.title = "The same game, five ways to move",
                                   .x_label = "x",
                                   .y_label = "y",
                                   .height = 560,
                                   .equal_scale = true,
                                   .legend_above = true})};
}

Outcome run_radii(const Settings& settings) {
  Outcome outcome;
  const MethodSettings set = methods_of(settings);
  std::vector<double> steps(kStatedSteps.begin(), kStatedSteps.end());
  if (!settings.is_initial("s")) steps = {settings["s"]};
  for (const RadiusLaw& law : radius_laws(set)) {
    for (const double s : steps) outcome.checks.push_back(check_radius(law, s));
  }
  outcome.plots = radius_plots(set);
  outcome.plots.push_back(orbit_plot(settings["s"]));
  return outcome;
}

}  // namespace

Experiment bilinear_radii() {
  return {
      .id = "E05",
      .title = "Which update damps rotation",
      .chapter = 2,
      .teaches =
          "In L = σxy the arrows run in circles around the equilibrium. A step along an arrow is a "
          "step along a tangent, and a tangent lies outside of its circle: simultaneous descent "
          "multiplies the distance by √(1 + s²) and gets away, however small the step. Everything "
          "else is a way to bend the step inwards.\n\n"
          "Alternation lets the second player answer the first: the two errors cancel, the orbit "
          "closes, and the radius is exactly 1. Extragradient looks ahead and uses the arrow found "
          "there. Optimistic steps guess that arrow from the last one at no extra cost. The "
          "proximal step solves for the arrow at the point where it will land, and "
          "competitive descent is the same step in this game. Momentum with a negative sign "
          "takes part of the last move back and damps, but only with alternation; positive "
          "momentum, a "
          "help in minimisation, throws the players out. Consensus adds a pull towards small "
          "gradients. Unrolling lets the generator see how the discriminator will answer: with "
          "the gradient cut it wins back half a step of delay, with the gradient it is a real pull."
          "\n\n"
          "The radii are not from the formulas. The program's own steppers, the ones that train "
          "networks, take a step from each unit vector of points and memory; the columns make the "
          "matrix of one step, and its largest eigenvalue is held against the law. Of lookahead "
          "the radius is that of k steps and the way back together.",
      .formulas =
          {"z = (x, y),   K = [[0, -1], [1, 0]],   v = σKz,   s = ησ",
           "simultaneous √(1+s²);   alternating 1 up to s = 2;   extragradient √(1-s²+s⁴)",
           "optimistic: λ² - (1+2is)λ + is = 0;   proximal, competitive 1/√(1+s²)",
           "momentum β, alternating: (λ-1)²(λ-β)² + s²λ³ = 0;   simultaneous: λ² - (1+β+is)λ + β = "
           "0",
           "consensus √((1-sq)²+s²);   lookahead |1-α+α(1+is)ᵏ|",
           "unrolled k: λ² - (2-2ks²)λ + 1-(2k-1)s² = 0;   gradient stopped: λ² - (2-ks²)λ + "
           "1-(k-1)s² = 0",
           "Heun |1+is-s²/2| = √(1+s⁴/4);   RK4: two terms more"},
      .next = {{"sweep E05 --param s --from 0.01 --to 1.2", "radius against step, ten methods"},
               {"sweep E05 --param beta --from -0.9 --to 0.9 --set s=0.5",
                "momentum: the sign decides"},
               {"sweep E05 --param k --from 1 --to 60 --set alpha=0.5",
                "lookahead and unrolling by their number of steps"},
               {"run E05 --set s=1.5", "only the implicit steps and RK4 stand this"}},
      .parameters =
          {{.name = "s", .initial = 0.1, .low = 1e-3, .high = 4, .doc = "step times coupling, ησ"},
           {.name = "beta",
            .initial = -0.5,
            .low = -0.95,
            .high = 0.95,
            .doc = "share of the last move that momentum adds"},
           {.name = "q", .initial = 1, .low = 0, .high = 10, .doc = "weight of consensus"},
           {.name = "k",
            .initial = 5,
            .low = 1,
            .high = 100,
            .doc = "steps of lookahead, and those that unrolling foresees",
            .whole = true},
           {.name = "alpha",
            .initial = 0.5,
            .low = 0.01,
            .high = 1,
            .doc = "share of the way that lookahead keeps"}},
      .run = run_radii,
      .measured = shown_names(),
      .measure = [](const Settings& settings) {
        std::vector<double> radii;
        for (const ShownMethod& method : shown_methods(methods_of(settings))) {
          radii.push_back(bilinear_radius(method.dynamics, settings["s"]));
        }
        return radii;
      }};
}

}  // namespace saddle::lab
