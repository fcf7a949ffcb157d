// E11: competitive gradient descent is the proximal step of a matrix game.
#include <cmath>

#include "saddle/base/eigen.h"
#include "saddle/base/philox.h"
#include "saddle/base/text.h"
#include "saddle/codec/svg.h"
#include "saddle/lab/numeric.h"
#include "saddle/lab/planar.h"
#include "saddle/lab/rows.h"

namespace saddle::lab {
namespace {

/// A square game with normal couplings, and where its players begin.
struct RandomGame {
  std::size_t n;
  std::vector<double> matrix, x, y;
};

RandomGame random_game(std::size_t n, std::int64_t seed) {
  PhiloxSequence random(stream_key(static_cast<std::uint64_t>(seed), "lab/E11"));
  const auto draw = [&](std::size_t count) {
    std::vector<double> out(count);
    for (double& value : out) value = random.normal();
    return out;
  };
  return {n, draw(n * n), draw(n), draw(n)};
}

FlatGame<BilinearField> flat(const RandomGame& game, double eta) {
  return {{game.matrix, game.n, game.n}, {game.x, game.y}, {eta, eta}};
}

constexpr Competitive kCompetitive{.iterations = 100, .tolerance = 1e-15};
constexpr Proximal kProximal{.iterations = 100, .tolerance = 1e-15};

template <class Row>
std::vector<double> after_steps(const Row& row, const RandomGame& game, double eta, int steps) {
  FlatStepper stepper(row, flat(game, eta));
  for (int i = 0; i < steps; ++i) stepper.step();
  return stepper.game().position();
}

/// Where the formulas send one player, by dense elimination.
std::vector<double> dense_answer(const RandomGame& game, double eta, bool of_x) {
  const std::size_t n = game.n;
  const auto a = [&](std::size_t i, std::size_t j) {
    return of_x ? game.matrix[i * n + j] : game.matrix[j * n + i];
  };
  const std::vector<double>&own = of_x ? game.x : game.y, &other = of_x ? game.y : game.x;
  const double sign = of_x ? 1 : -1;  // y plays the transposed game and climbs
  std::vector<double> squared(n * n), system(n * n), right(n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t k = 0; k < n; ++k) squared[i * n + j] += a(i, k) * a(j, k);
      system[i * n + j] = (i == j ? 1 : 0) + eta * eta * squared[i * n + j];
      right[i] += a(i, j) * other[j] + sign * eta * squared[i * n + j] * own[j];
    }
  }
  std::vector<double> moved = solve_linear(system, right);
  for (std::size_t i = 0; i < n; ++i) moved[i] = own[i] - sign * eta * moved[i];
  return moved;
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

/// 1 / sqrt(1 + eta^2 sigma_min^2).
double implicit_law(const RandomGame& game, double eta) {
  const std::size_t n = game.n;
  std::vector<double> gram(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t k = 0; k < n; ++k)
        gram[i * n + j] += game.matrix[k * n + i] * game.matrix[k * n + j];
    }
  }
  const double smallest = std::max(0.0, eigenvalues(gram, n).back().real());
  return 1 / std::sqrt(1 + eta * eta * smallest);
}

template <class Row>
double matrix_radius(const Row& row, const RandomGame& game, double eta) {
  return one_step_matrix(row, BilinearField{game.matrix, game.n, game.n}, {game.n, game.n},
                         {eta, eta})
      .radius();
}

template <class Row>
codec::SvgSeries norms(const char* name, const Row& row, const RandomGame& game, double eta) {
  FlatStepper stepper(row, flat(game, eta));
  codec::SvgSeries series{.name = name};
  for (int i = 0; i <= 150; ++i) {
    double sum = 0;
    for (const double value : stepper.game().position()) sum += value * value;
    if (sum > 1e8) break;
    series.x.push_back(i);
    series.y.push_back(std::sqrt(sum));
    stepper.step();
  }
  return series;
}

Plot norm_plot(const RandomGame& game, double eta) {
  std::vector<codec::SvgSeries> series{norms("simultaneous", Simultaneous{}, game, eta),
                                       norms("alternating", Alternating{}, game, eta),
                                       norms("extragradient", Extragradient{}, game, eta),
                                       norms("competitive", kCompetitive, game, eta)};
  series.back().style = codec::SvgStyle::kDashed;  // at small steps it lies on extragradient
  return {"distance",
          cat("A random game of ", game.n, " by ", game.n, " at η = ", eta,
              ". Steps that answer the other's answer stand every η; the slowest plane decides the "
              "slope at the end."),
          codec::line_svg(series, {.title = "Distance from the equilibrium",
                                   .x_label = "step",
                                   .y_label = "distance",
                                   .legend_above = true,
                                   .log_y = true})};
}

Outcome run_competitive(const Settings& settings) {
  constexpr double kRounding = 1e-12;
  Outcome outcome;
  auto& checks = outcome.checks;
  const double eta = settings["eta"];
  const RandomGame game =
      random_game(static_cast<std::size_t>(settings.count("n")), settings.count("seed"));
  const std::vector<double> competitive = after_steps(kCompetitive, game, eta, 1);
  std::vector<double> dense = dense_answer(game, eta, true);
  const std::vector<double> dense_y = dense_answer(game, eta, false);
  dense.insert(dense.end(), dense_y.begin(), dense_y.end());
  checks = {
      at_most("one step, competitive against proximal",
              largest_difference(competitive, after_steps(kProximal, game, eta, 1)), kRounding),
      at_most("one step, competitive against dense elimination",
              largest_difference(competitive, dense), kRounding),
      at_most("ten steps, competitive against proximal",
              largest_difference(after_steps(kCompetitive, game, eta, 10),
                                 after_steps(kProximal, game, eta, 10)),
              kRounding),
      at_least("one step moves the players by",
               largest_difference(competitive, after_steps(kCompetitive, game, eta, 0)), 1e-6),
      near("radius, competitive", matrix_radius(kCompetitive, game, eta), implicit_law(game, eta),
           1e-6),
      near("radius, proximal", matrix_radius(kProximal, game, eta), implicit_law(game, eta), 1e-6)};
  outcome.plots = {norm_plot(game, eta)};
  return outcome;
}

}  // namespace

Experiment competitive_is_proximal() {
  return {
      .id = "E11",
      .title = "Competitive descent is the proximal step",
      .chapter = 2,
      .teaches =
          "A player who steps along the gradient assumes that the other stands still. Competitive "
          "gradient descent assumes that the other also steps, by the best answer in the local "
          "bilinear game, and that the other knows this too. Follow I-think-that-you-think to the "
          "end and a matrix inverse stands there. In a game xᵀAy that inverse is exactly the one "
          "of the implicit step, which evaluates the field at the point where it will land. Two "
          "ideas, one about players and one about numerics, are the same step.\n\n"
          "Neither needs a small η: every plane shrinks by 1/√(1 + η²σ²), which is below 1 for all "
          "of them. The check takes a random matrix, makes the step in three ways, by the "
          "program's "
          "two steppers, which solve with Krylov iterations, and by elimination from the formula, "
          "and compares the digits.",
      .formulas = {"x⁺ = x - η(I + η²AAᵀ)⁻¹(Ay + ηAAᵀx),   y⁺ = y + η(I + η²AᵀA)⁻¹(Aᵀx - ηAᵀAy)",
                   "proximal: z⁺ = z + ηv(z⁺)",
                   "radius 1/√(1 + η²σ²), σ the smallest singular value"},
      .next = {{"sweep E11 --param eta --from 0.01 --to 20 --log", "larger is better, without end"},
               {"run E11 --set n=12 --set seed=7 --set eta=3", "another game, a step of 3"}},
      .parameters =
          {{.name = "eta", .initial = 0.2, .low = 1e-3, .high = 20, .doc = "step of both players"},
           {.name = "n",
            .initial = 4,
            .low = 1,
            .high = 12,
            .doc = "numbers of each player",
            .whole = true},
           {.name = "seed",
            .initial = 1,
            .low = 0,
            .high = 1e6,
            .doc = "of the game",
            .whole = true}},
      .run = run_competitive,
      .measured = {"competitive", "proximal", "1/√(1+η²σ²)", "extragradient"},
      .measure = [](const Settings& settings) {
        const double eta = settings["eta"];
        const RandomGame game =
            random_game(static_cast<std::size_t>(settings.count("n")), settings.count("seed"));
        return std::vector<double>{matrix_radius(kCompetitive, game, eta),
                                   matrix_radius(kProximal, game, eta), implicit_law(game, eta),
                                   matrix_radius(Extragradient{}, game, eta)};
      }};
}

}  // namespace saddle::lab
