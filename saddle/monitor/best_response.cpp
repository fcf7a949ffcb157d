#include "saddle/monitor/best_response.h"

#include <ATen/core/Tensor.h>

#include <array>
#include <cmath>
#include <memory>
#include <vector>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/dynamics/optimizer.h"

namespace saddle::monitor {
namespace {

constexpr std::size_t kMinimiser = 0;
constexpr std::size_t kMaximiser = 1;

at::ScalarType dtype_of(Game& game) {
  return game.players()[0].parameters.at(0).tensor.scalar_type();
}

// Samples of a probe round; a game without random inputs has none, and one round says all.
std::int64_t samples_of(const Round& round) {
  return round.latents.defined() ? round.latents.size(0) : 0;
}

std::int64_t measuring_rounds(Game& game, std::size_t player, const BestResponseOptions& options) {
  const std::int64_t batch = samples_of(game.draw_probe(player, options.first_round));
  return batch == 0 ? 1 : (options.samples + batch - 1) / batch;
}

void require_options(Game& game, std::size_t player, const BestResponseOptions& options) {
  const auto fail = [](const std::string& text) {
    throw Error(ErrorCode::kUsage, "microscope", text);
  };
  if (player >= game.players().size()) {
    fail(cat("player: got ", player, ", expected one of ", game.players().size()));
  }
  if (options.steps < 1) fail(cat("steps: got ", options.steps, ", expected 1 or more"));
  if (options.samples < 1) fail(cat("samples: got ", options.samples, ", expected 1 or more"));
}

// V and minus the whole loss of a player, one entry a measuring round.
struct Payoffs {
  std::vector<double> value, total;
};

double finite(const at::Tensor& number) {
  const double value = number.item().toDouble();
  if (std::isfinite(value)) return value;
  throw Error(ErrorCode::kNumeric, "microscope",
              cat("the loss of a probe is not finite: got ", value,
                  "; try a smaller rate of the probe's optimizer"));
}

Evaluation evaluate(Turn& turn, std::size_t player) {
  const std::array<std::size_t, 1> players{player};
  return turn.gradient(players).front();
}

// Plays on `played`, with rounds drawn from `game`.
Payoffs payoffs(Game& game, Game& played, std::size_t player, const BestResponseOptions& options,
                std::int64_t rounds) {
  Payoffs list;
  const std::uint64_t first = options.first_round + static_cast<std::uint64_t>(options.steps);
  for (std::int64_t i = 0; i < rounds; ++i) {
    const auto turn = played.play(game.draw_probe(player, first + static_cast<std::uint64_t>(i)));
    const Evaluation evaluation = evaluate(*turn, player);
    at::Tensor adversarial = evaluation.total;
    for (const auto& term : evaluation.terms) {
      if (term.name == "adversarial") adversarial = term.tensor;
    }
    list.value.push_back(-finite(adversarial));
    list.total.push_back(-finite(evaluation.total));
  }
  return list;
}

// A copy of the game in which one player has answered the others.
std::unique_ptr<Game> answered(Game& game, std::size_t player, const BestResponseOptions& options) {
  auto clone = game.copy(dtype_of(game));
  const auto optimizer = make_optimizer(options.optimizer, clone->players()[player]);
  for (std::int64_t i = 0; i < options.steps; ++i) {
    const auto turn =
        clone->play(game.draw_probe(player, options.first_round + static_cast<std::uint64_t>(i)));
    evaluate(*turn, player);
    optimizer->update(clone->players()[player]);
    clone->commit(*turn);
    clone->project(player);
  }
  return clone;
}

struct MeanOfDifferences {
  double mean = 0;
  double standard_error = 0;
};

MeanOfDifferences mean_difference(const std::vector<double>& a, const std::vector<double>& b) {
  const auto n = static_cast<double>(a.size());
  MeanOfDifferences result;
  for (std::size_t i = 0; i < a.size(); ++i) result.mean += (a[i] - b[i]) / n;
  double squares = 0;
  for (std::size_t i = 0; i < a.size(); ++i) squares += std::pow(a[i] - b[i] - result.mean, 2);
  if (a.size() > 1) result.standard_error = std::sqrt(squares / (n * (n - 1)));
  return result;
}

double mean(const std::vector<double>& values) {
  return mean_difference(values, std::vector<double>(values.size(), 0.0)).mean;
}

}  // namespace

std::uint64_t probe_rounds(Game& game, const BestResponseOptions& options) {
  require_options(game, 0, options);
  return static_cast<std::uint64_t>(options.steps + measuring_rounds(game, 0, options));
}

BestResponse best_response(Game& game, std::size_t player, const BestResponseOptions& options) {
  require_options(game, player, options);
  const std::int64_t rounds = measuring_rounds(game, player, options);
  const auto clone = answered(game, player, options);
  const auto still = game.copy(dtype_of(game));
  const Payoffs before = payoffs(game, *still, player, options, rounds);
  const Payoffs after = payoffs(game, *clone, player, options, rounds);
  const auto gain = mean_difference(after.value, before.value);
  return {.gain = gain.mean,
          .standard_error = gain.standard_error,
          .before = mean(before.value),
          .after = mean(after.value),
          .total_gain = mean_difference(after.total, before.total).mean,
          .steps = options.steps,
          .samples = rounds * samples_of(game.draw_probe(player, options.first_round))};
}

DualityGap duality_gap(Game& game, const BestResponseOptions& options) {
  if (game.players().size() != 2) {
    throw Error(ErrorCode::kUnsupported, "microscope",
                cat("a duality gap needs a game of two players: got ", game.players().size(),
                    "; try best_response of each player"));
  }
  require_options(game, kMaximiser, options);
  const std::int64_t rounds = measuring_rounds(game, kMaximiser, options);
  const auto still = game.copy(dtype_of(game));
  const auto best_maximiser = answered(game, kMaximiser, options);
  const auto best_minimiser = answered(game, kMinimiser, options);
  const Payoffs value = payoffs(game, *still, kMaximiser, options, rounds);
  const Payoffs high = payoffs(game, *best_maximiser, kMaximiser, options, rounds);
  const Payoffs low = payoffs(game, *best_minimiser, kMaximiser, options, rounds);
  const auto gap = mean_difference(high.value, low.value);
  return {.gap = gap.mean,
          .standard_error = gap.standard_error,
          .value = mean(value.value),
          .maximiser_gain = mean_difference(high.value, value.value).mean,
          .minimiser_gain = mean_difference(value.value, low.value).mean,
          .steps = options.steps,
          .samples = rounds * samples_of(game.draw_probe(kMaximiser, options.first_round))};
}

}  // namespace saddle::monitor
