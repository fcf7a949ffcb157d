#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "saddle/dynamics/stepper.h"
#include "saddle/game/game.h"

namespace saddle::test {

inline at::Tensor floats(std::vector<float> values) {
  return at::tensor(values, at::kFloat);
}

/// Two players whose weights and gradients a test writes by hand. Nobody plays it.
class StillGame final : public Game {
 public:
  static constexpr std::size_t kGenerator = 0;
  static constexpr std::size_t kDiscriminator = 1;

  StillGame() {
    players_.resize(2);
    players_[kGenerator].name = "generator";
    players_[kGenerator].parameters = {{"0.weight", floats({3, 4})}, {"0.bias", floats({12})}};
    players_[kDiscriminator].name = "discriminator";
    players_[kDiscriminator].parameters = {{"0.weight", floats({1, 2, 2})}};
    players_[kGenerator].gradients = {floats({0, 0}), floats({0})};
    players_[kDiscriminator].gradients = {floats({0, 0, 0})};
  }

  std::span<Player> players() override { return players_; }
  Round draw(std::size_t) override { throw std::logic_error("nobody plays"); }
  Round draw_shared(std::size_t, const Round&) override { throw std::logic_error("nobody plays"); }
  std::unique_ptr<Turn> play(const Round&) override { throw std::logic_error("nobody plays"); }
  std::unique_ptr<Game> copy(at::ScalarType) override { throw std::logic_error("nobody plays"); }
  void state(StateVisitor&) override {}

 private:
  std::vector<Player> players_;
};

/// A move of one player: its total, and more terms and observations where a test wants them.
inline Move move_of(std::size_t player, double total, NamedTensors terms = {},
                    NamedTensors observed = {}) {
  return {player, {at::scalar_tensor(total, at::kFloat), std::move(terms)}, std::move(observed)};
}

/// One step in the order of training: the discriminator moves first.
inline StepReport step_of(double generator, double discriminator, NamedTensors observed = {}) {
  return {{move_of(StillGame::kDiscriminator, discriminator, {}, std::move(observed)),
           move_of(StillGame::kGenerator, generator)}};
}

inline NamedTensors logits(at::Tensor real, at::Tensor fake) {
  return {{"logits_real", std::move(real)}, {"logits_fake", std::move(fake)}};
}

}  // namespace saddle::test
