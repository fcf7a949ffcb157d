#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/loader/batch.h"
#include "saddle/nn/network.h"
#include "saddle/tensor/ledger.h"
#include "saddle/tensor/named.h"
#include "saddle/tensor/random.h"
#include "saddle/tensor/state.h"

namespace saddle {

/// A named list of parameters that one objective moves. Networks and losses are unknown here.
struct Player {
  std::string name;                   ///< "generator", "discriminator", "x", "y"
  NamedTensors parameters;            ///< leaves that require grad
  NamedTensors buffers;               ///< running statistics, vectors of spectral norms
  std::vector<at::Tensor> gradients;  ///< filled by Turn::gradient, same order and shapes
  std::uint64_t version = 0;          ///< every write of parameters adds one

  void touch() { ++version; }
};

/// The random inputs of ONE player's update, on the device. Replaying it gives the same numbers.
struct Round {
  std::size_t player = 0;  ///< whose update it is for
  std::uint64_t move = 0;  ///< how many rounds were drawn before
  data::Batch real;        ///< named data fields, empty where the update needs none
  nn::Condition real_condition;
  at::Tensor latents;  ///< [N,z]
  nn::Condition fake_condition;
  at::Tensor mixing;  ///< [N] in [0,1), mixing weights of gradient penalties
  RandomKey noise{};  ///< key of augmentation, dropout and noise
};

/// A total and its parts, detached.
struct Evaluation {
  at::Tensor total;    ///< 0-dim
  NamedTensors terms;  ///< "adversarial", "r1", ...: 0-dim each
};

/// One evaluation of a Round. It changes no state: changes wait in the ledger.
class Turn {
 public:
  virtual ~Turn() = default;

  /// Fills the gradients of the named players, sharing forwards, and returns each player's total
  /// in the same order.
  virtual std::vector<Evaluation> gradient(std::span<const std::size_t> players) = 0;

  /// The same total with its graph. Throws Error(kUnsupported) where it is not differentiable.
  virtual at::Tensor loss(std::size_t player) = 0;

  /// Detached observations of this evaluation for signals: "logits_real", "logits_fake".
  virtual NamedTensors observed() const { return {}; }

  Ledger& ledger() { return ledger_; }

 private:
  Ledger ledger_;
};

/// Players, each with parameters and a loss of its own.
class Game {
 public:
  virtual ~Game() = default;

  virtual std::span<Player> players() = 0;
  /// The random inputs of the next update of `player`; consumes data and advances the counters.
  virtual Round draw(std::size_t player) = 0;
  /// The next round of `player` that reuses the latents of `shared` (latents = "shared").
  virtual Round draw_shared(std::size_t player, const Round& shared) = 0;
  /// Round `index` of stream "probe", like those of draw(player) but never one of them; the same
  /// whenever asked, and asking moves nothing that training sees. The rounds of one index share
  /// their latents. Games with random inputs override it.
  virtual Round draw_probe(std::size_t player, std::uint64_t index) {
    return {.player = player, .move = index};
  }
  virtual std::unique_ptr<Turn> play(const Round& round) = 0;
  /// Applies the changes of state that the evaluation asked for, once.
  virtual void commit(Turn& turn) { turn.ledger().apply(); }
  /// Runs after an update of `player`: weight clipping and other projections.
  virtual void project(std::size_t player) {}
  /// Whether Turn::loss gives losses with a graph.
  virtual bool differentiable() const { return true; }
  /// Whether every player's gradient is an affine function of all parameters.
  virtual bool affine() const { return false; }
  /// The same game with parameters and buffers in another dtype, sharing nothing that moves.
  virtual std::unique_ptr<Game> copy(at::ScalarType dtype) = 0;
  /// Parameters, buffers and counters. Loading bumps every player's version.
  virtual void state(StateVisitor& visitor) = 0;
};

/// The index of the player called `name`. Throws Error(kUsage) naming the players there are.
std::size_t player_index(Game& game, std::string_view name);

}  // namespace saddle
