#include "saddle/lab/play.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "saddle/base/eigen.h"
#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/codec/svg.h"
#include "saddle/dynamics/flat_game.h"
#include "saddle/game/any_field.h"
#include "saddle/game/fields.h"
#include "saddle/game/gaussian_field.h"

namespace saddle::lab {
namespace {

constexpr double kRunAway = 1e12;
constexpr std::int64_t kPathLength = 2000;

// A game's field with the shape and names of its players' points.
struct Toy {
  AnyField field;
  std::vector<std::size_t> sizes;
  std::vector<std::string> names;
  std::vector<double> start;
  double clip = 0;  ///< of the last player
};

std::vector<std::string> numbered(const std::string& letter, std::size_t n) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < n; ++i) {
    names.push_back(n == 1 ? letter : cat(letter, static_cast<std::int64_t>(i + 1)));
  }
  return names;
}

Toy toy_of(const BilinearToy& toy) {
  const auto n = static_cast<std::size_t>(toy.size);
  BilinearField field{std::vector<double>(n * n), n, n};
  for (std::size_t i = 0; i < n; ++i) {
    const double share = n == 1 ? 0 : static_cast<double>(i) / static_cast<double>(n - 1);
    field.matrix[i * n + i] = toy.sigma * std::pow(toy.kappa, -share);
  }
  auto names = numbered("x", n);
  for (auto& name : numbered("y", n)) names.push_back(std::move(name));
  return Toy{AnyField(field), {n, n}, names, std::vector<double>(2 * n, 1.0)};
}
Toy toy_of(const DiracToy& toy) {
  return Toy{
      AnyField(DiracField(toy.objective, {.gamma = toy.gamma, .lambda = toy.lambda}, toy.noise)),
      {1, 1},
      {"theta", "psi"},
      {1, 1},
      toy.clip};
}
Toy toy_of(const QuadraticToy& toy) {
  return Toy{AnyField(QuadraticField{toy.a, toy.b, toy.c, toy.tau}), {1, 1}, {"x", "y"}, {1, 1}};
}
Toy toy_of(const QuarticToy&) {
  return Toy{AnyField(QuarticField{}), {1, 1}, {"x", "y"}, {0.5, -0.5}};
}
Toy toy_of(const HilltopToy& toy) {
  return Toy{AnyField(HilltopField{toy.k}), {1}, {"z"}, {1}};
}
Toy toy_of(const GaussianToy& toy) {
  return Toy{
      AnyField(GaussianField({.mean = toy.mean, .sd = toy.sd, .gamma = toy.gamma}, toy.objective)),
      {2, 3},
      {"m", "log sd", "a", "b", "c"},
      {toy.mean + 1, 0, 0, 0, 0}};
}
Toy toy_of(const LinearVaeToy& toy) {
  const std::size_t n = toy.eigenvalues.size();
  if (n == 0) {
    throw Error(ErrorCode::kUsage, "lab", "game.eigenvalues is empty: expected one or more");
  }
  auto names = numbered("decoder ", n);
  for (auto& name : numbered("encoder ", n)) names.push_back(std::move(name));
  for (auto& name : numbered("log variance ", n)) names.push_back(std::move(name));
  std::vector<double> start(3 * n, 0.5);
  for (std::size_t i = 2 * n; i < 3 * n; ++i) start[i] = 0;
  return Toy{AnyField(LinearVaeField{toy.eigenvalues, toy.noise}), {n, 2 * n}, names, start};
}

double norm(const std::vector<double>& z) {
  double sum = 0;
  for (const double value : z) sum += value * value;
  return std::sqrt(sum);
}

// The numbers that the dynamics ships instead of where the players stand.
template <class M>
std::vector<double> shipped_by(const M& method, std::size_t players) {
  std::vector<double> z;
  if constexpr (requires { method.shipped(0); }) {
    for (std::size_t p = 0; p < players; ++p) {
      const auto members = method.shipped(p);
      if (members.empty()) return {};
      std::vector<double> mean(members.front()->size(), 0.0);
      for (const auto* member : members) {
        FlatSpace::axpy(mean, 1.0 / static_cast<double>(members.size()), *member);
      }
      z.insert(z.end(), mean.begin(), mean.end());
    }
  }
  return z;
}

std::string path_plot(const Played& played) {
  codec::SvgSeries line{.name = "path"}, begin{.name = "start"}, end{.name = "end"};
  for (const auto& z : played.path) {
    line.x.push_back(z[0]);
    line.y.push_back(z[1]);
  }
  begin.x = {line.x.front()};
  begin.y = {line.y.front()};
  end.x = {line.x.back()};
  end.y = {line.y.back()};
  begin.style = end.style = codec::SvgStyle::kPoints;
  begin.size = end.size = 4;
  return codec::line_svg(
      std::vector{line, begin, end},
      {.x_label = played.names[0], .y_label = played.names[1], .equal_scale = true});
}

std::string numbers_plot(const Played& played) {
  std::vector<codec::SvgSeries> series;
  constexpr std::size_t kLines = 8;
  for (std::size_t i = 0; i < std::min(kLines, played.names.size()); ++i) {
    codec::SvgSeries line{.name = played.names[i]};
    for (std::size_t k = 0; k < played.path.size(); ++k) {
      line.x.push_back(static_cast<double>(played.at[k]));
      line.y.push_back(played.path[k][i]);
    }
    series.push_back(std::move(line));
  }
  return codec::line_svg(series, {.x_label = "step", .y_label = "value", .legend_above = true});
}

template <class Row>
Played play_rows(const PlayConfig& config, const Row& row, const Toy& toy) {
  const std::vector<double> start = config.start.empty() ? toy.start : config.start;
  if (start.size() != toy.start.size()) {
    throw Error(
        ErrorCode::kUsage, "lab",
        cat("start has ", static_cast<std::int64_t>(start.size()), " numbers: this game wants ",
            static_cast<std::int64_t>(toy.start.size()), " (", join(toy.names, ", "), ")"));
  }
  Profile<FlatSpace> points;
  std::vector<double> rates;
  auto next = start.begin();
  for (const std::size_t size : toy.sizes) {
    points.emplace_back(next, next + static_cast<std::ptrdiff_t>(size));
    next += static_cast<std::ptrdiff_t>(size);
    rates.push_back(rates.empty() ? config.eta : config.eta * config.ratio);
  }
  FlatGame<AnyField> game(toy.field, points, rates);
  if (config.optimizer == ToyOptimizer::kAdam) {
    for (std::size_t p = 0; p < rates.size(); ++p) {
      game.optimize_by(p, FlatAdam{rates[p], config.beta1, config.beta2});
    }
  }
  if (toy.clip > 0) {
    game.project_by([clip = toy.clip, last = rates.size() - 1](std::size_t p, auto& point) {
      if (p != last) return;
      for (double& value : point) value = std::clamp(value, -clip, clip);
    });
  }
  FlatStepper stepper(row, std::move(game));
  Played played{.names = toy.names};
  played.start_norm = norm(start);
  if (!(played.start_norm < kRunAway)) {
    throw Error(ErrorCode::kUsage, "lab",
                cat("start is ", played.start_norm, " away from 0: expected less than ", kRunAway));
  }
  const std::int64_t apart = (config.steps + kPathLength - 1) / kPathLength;
  played.path.push_back(start);
  played.at.push_back(0);
  for (std::int64_t i = 1; i <= config.steps && !played.ran_away; ++i) {
    stepper.step();
    played.steps = i;
    const std::vector<double>& z = stepper.game().position();
    played.ran_away = !(norm(z) < kRunAway);
    if (i % apart == 0 || i == config.steps || played.ran_away) {
      played.path.push_back(z);
      played.at.push_back(i);
    }
  }
  const std::vector<double> z = stepper.game().position();
  played.end_norm = norm(z);
  if (!played.ran_away) {
    std::vector<double> v(z.size());
    toy.field(z, v);
    played.speed = norm(v);
    played.spectrum = eigenvalues(jacobian(toy.field, z), z.size());
  }
  played.shipped = shipped_by(stepper.method(), toy.sizes.size());
  played.plot = z.size() == 2 ? path_plot(played) : numbers_plot(played);
  return played;
}

}  // namespace

Played play(const PlayConfig& config) {
  const Toy toy = std::visit([](const auto& game) { return toy_of(game); }, config.game);
  const std::string lack =
      lacks(config.dynamics, toy.sizes.size(), toy.field.affine(), /*losses=*/true);
  if (!lack.empty()) throw Error(ErrorCode::kUnsupported, "lab", lack);
  return std::visit([&](const auto& row) { return play_rows(config, row, toy); }, config.dynamics);
}

}  // namespace saddle::lab
