// E08: what one step size for many couplings costs.
#include <array>
#include <cmath>

#include "saddle/base/text.h"
#include "saddle/codec/svg.h"
#include "saddle/lab/numeric.h"
#include "saddle/lab/planar.h"
#include "saddle/lab/rows.h"
#include "saddle/lab/whitening.h"

namespace saddle::lab {
namespace {

/// Extragradient damps best at eta sigma = 1 / sqrt 2.
double best_rate(double largest_coupling) {
  return std::sqrt(.5) / largest_coupling;
}

double norm_of(const std::vector<double>& z) {
  double sum = 0;
  for (const double value : z) sum += value * value;
  return std::sqrt(sum);
}

/// Relative distance after each step, until it is `goal` or `most` steps are made.
std::vector<double> distances_of(const BilinearField& field, double rate,
                                 const std::vector<double>& x, const std::vector<double>& y,
                                 double goal, std::int64_t most) {
  FlatStepper stepper(Extragradient{}, FlatGame<BilinearField>(field, {x, y}, {rate, rate}));
  const double start = norm_of(stepper.game().position());
  std::vector<double> distances{1};
  while (distances.back() > goal && static_cast<std::int64_t>(distances.size()) <= most) {
    stepper.step();
    distances.push_back(norm_of(stepper.game().position()) / start);
  }
  return distances;
}

constexpr std::int64_t kEnough = 2'000'000;

/// A game with couplings 1 and 1 / kappa, all the distance in the slow direction.
std::vector<double> slow_run(double kappa, double goal) {
  return distances_of({{1, 0, 0, 1 / kappa}, 2, 2}, best_rate(1), {0, 1}, {0, 1}, goal, kEnough);
}

std::int64_t steps_of(const std::vector<double>& run) {
  return static_cast<std::int64_t>(run.size()) - 1;
}

/// ln(goal) / ln(radius of the slowest direction).
double steps_law(double kappa, double goal) {
  const double s = std::sqrt(.5) / kappa;
  return std::log(goal) / (.5 * std::log1p(s * s * (s * s - 1)));
}

/// The same game seen through a mixture of the data's coordinates, and after whitening them.
struct WhitenedRuns {
  std::int64_t raw, whitened;
};

WhitenedRuns whitened_runs(double kappa, double goal) {
  // x moves the mean of fakes, y is a linear critic on data with standard deviations 1 and 1/kappa
  // along axes turned by an angle: L = x^T A y.
  constexpr double kAngle = .7;
  const double c = std::cos(kAngle), s = std::sin(kAngle);
  const std::array<double, 4> turned{c, -s, s, c};
  const Matrix2 a = product(product(turned, {1, 0, 0, 1 / kappa}), transposed(turned));
  const std::vector<double> slow{turned[1], turned[3]};
  const auto run = [&](const Matrix2& m) {
    return steps_of(
        distances_of({{m.begin(), m.end()}, 2, 2}, best_rate(1), slow, slow, goal, kEnough));
  };
  const Matrix2 whitening = inverse_root(product(transposed(a), a));
  return {run(a), run(product(a, whitening))};
}

Plot decay_plot(double goal) {
  std::vector<codec::SvgSeries> series;
  for (const double kappa : {1., 3., 10.}) {
    const std::vector<double> run = slow_run(kappa, goal);
    codec::SvgSeries curve{.name = cat("κ = ", kappa)};
    for (std::size_t i = 0; i < run.size(); i += std::max<std::size_t>(1, run.size() / 300)) {
      curve.x.push_back(static_cast<double>(i + 1));
      curve.y.push_back(run[i]);
    }
    series.push_back(std::move(curve));
  }
  return {"decay",
          "Extragradient with its best step for the fastest direction; the distance lies in the "
          "slowest one. Mind the logarithmic axis of steps.",
          codec::line_svg(series, {.title = "Distance from the equilibrium",
                                   .x_label = "step",
                                   .y_label = "distance / start",
                                   .legend_above = true,
                                   .log_x = true,
                                   .log_y = true})};
}

Plot cost_plot(double goal) {
  codec::SvgSeries counted{.name = "steps counted", .size = 3.5};
  codec::SvgSeries square{.name = "4κ² ln(1/ε)", .style = codec::SvgStyle::kDashed};
  for (const double kappa : {1., 1.5, 2., 3., 5., 7., 10., 15., 20., 30.}) {
    counted.x.push_back(kappa);
    square.x.push_back(kappa);
    counted.y.push_back(static_cast<double>(steps_of(slow_run(kappa, goal))));
    square.y.push_back(-4 * kappa * kappa * std::log(goal));
  }
  const std::vector<codec::SvgSeries> series{counted, square};
  return {"cost", "Steps until the distance is small: a line of slope 2 over the condition number.",
          codec::scatter_svg(series, {.title = "The cost of conditioning",
                                      .x_label = "κ = σ_max / σ_min",
                                      .y_label = "steps",
                                      .legend_above = true,
                                      .log_x = true,
                                      .log_y = true})};
}

Outcome run_conditioning(const Settings& settings) {
  Outcome outcome;
  const double goal = settings["goal"];
  if (settings.all_initial()) {
    struct Stated {
      double kappa, steps, law;
    };
    constexpr std::array<Stated, 4> kStated = {
        {{1, 49, 48.02}, {3, 257, 256.34}, {10, 2771, 2770.07}, {30, 24875, 24874.83}}};
    for (const Stated& row : kStated) {
      outcome.checks.push_back(near(cat("steps, κ = ", row.kappa),
                                    static_cast<double>(steps_of(slow_run(row.kappa, goal))),
                                    row.steps, 1));
      outcome.checks.push_back(near(cat("ln ε / ln radius, κ = ", row.kappa),
                                    steps_law(row.kappa, goal), row.law, 5e-3));
    }
  }
  const double kappa = settings["kappa"];
  const WhitenedRuns runs = whitened_runs(kappa, goal);
  outcome.checks.push_back(near(cat("steps on mixed data, κ = ", kappa),
                                static_cast<double>(runs.raw), std::ceil(steps_law(kappa, goal)),
                                1));
  outcome.checks.push_back(near("steps on the same data whitened",
                                static_cast<double>(runs.whitened), std::ceil(steps_law(1, goal)),
                                1));
  outcome.plots = {cost_plot(goal), decay_plot(goal)};
  return outcome;
}

}  // namespace

Matrix2 product(const Matrix2& a, const Matrix2& b) {
  return {a[0] * b[0] + a[1] * b[2], a[0] * b[1] + a[1] * b[3], a[2] * b[0] + a[3] * b[2],
          a[2] * b[1] + a[3] * b[3]};
}

Matrix2 transposed(const Matrix2& a) {
  return {a[0], a[2], a[1], a[3]};
}

Matrix2 inverse_root(const Matrix2& a) {
  // The root of a positive 2 x 2 matrix is (a + d I) / t with d = sqrt(det a), t^2 = tr a + 2 d.
  const double d = std::sqrt(a[0] * a[3] - a[1] * a[2]);
  const double t = std::sqrt(a[0] + a[3] + 2 * d);
  // Its determinant is d.
  return {(a[3] + d) / t / d, -a[1] / t / d, -a[2] / t / d, (a[0] + d) / t / d};
}

Experiment conditioning_cost() {
  return {
      .id = "E08",
      .title = "Conditioning costs its square; whitening is free",
      .chapter = 2,
      .teaches =
          "A game x^T A y falls apart into planes, one for each singular value σ of A, and each "
          "plane has its own s = ησ. There is one η for all. It must suit the largest σ, and then "
          "the smallest plane turns by a tiny angle per step. Damping is of second order in that "
          "angle, since rotation itself damps nothing: extragradient keeps 1 - s²/2 per step. The "
          "number of steps therefore grows with the square of the condition number κ; in ordinary "
          "minimisation it grows with κ alone.\n\n"
          "The remedy costs nothing. Whiten the data before the game begins, by ZCA or PCA, and "
          "all couplings of a linear critic become 1. The last check does it: data whose "
          "coordinates are mixed and whose spread differs by κ, played as they are and again after "
          "multiplication by the inverse root of their second moment.",
      .formulas = {"η = 1/(√2 σ_max);   slowest plane: s = 1/(√2 κ)",
                   "steps to a relative distance ε: ln ε / ln √(1-s²+s⁴) ≈ 4κ² ln(1/ε)",
                   "whitening: y ← (AᵀA)^(-1/2) y makes every σ equal to 1"},
      .next = {{"sweep E08 --param kappa --from 1 --to 30 --log", "a line of slope two"},
               {"sweep E08 --param goal --from 1e-8 --to 0.5 --log",
                "ten times nearer costs the same again"},
               {"run E08 --set kappa=50", "and back to 49 by whitening"}},
      .parameters = {{.name = "kappa",
                      .initial = 10,
                      .low = 1,
                      .high = 60,
                      .doc = "largest over smallest coupling"},
                     {.name = "goal",
                      .initial = 1e-3,
                      .low = 1e-8,
                      .high = 0.9,
                      .doc = "relative distance that counts as arrived"}},
      .run = run_conditioning,
      .measured = {"steps", "law", "steps, whitened"},
      .measure = [](const Settings& settings) {
        const double goal = settings["goal"];
        const WhitenedRuns runs = whitened_runs(settings["kappa"], goal);
        return std::vector<double>{static_cast<double>(runs.raw),
                                   steps_law(settings["kappa"], goal),
                                   static_cast<double>(runs.whitened)};
      }};
}

}  // namespace saddle::lab
