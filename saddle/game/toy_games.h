#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "saddle/game/game.h"
#include "saddle/objective/objectives.h"
#include "saddle/objective/penalties.h"

namespace saddle {

/// Two players with one parameter each and no random inputs. Gradients come from closed forms,
/// losses with a graph from the objective's own functions.
class ToyGame final : public Game {
 public:
  /// A number or a vector as a function of the two parameters, for one of the players.
  using Rule =
      std::function<at::Tensor(std::size_t player, const at::Tensor& x, const at::Tensor& y)>;

  struct Rules {
    std::string first, second;  ///< names of the players
    std::string first_parameter, second_parameter;
    Rule loss{};          ///< the player's loss, 0-dim, differentiable
    Rule gradient{};      ///< of the player's loss with respect to its own parameter
    bool affine = false;  ///< gradients are affine functions of both parameters
    double clip = 0;      ///< the second player's parameter stays in [-clip, clip]; 0: free
  };

  /// Starts at copies of x and y, any shape and floating dtype.
  ToyGame(Rules rules, const at::Tensor& x, const at::Tensor& y);

  std::span<Player> players() override { return players_; }
  Round draw(std::size_t player) override;
  Round draw_shared(std::size_t player, const Round& shared) override;
  std::unique_ptr<Turn> play(const Round& round) override;
  void project(std::size_t player) override;
  bool affine() const override { return rules_.affine; }
  std::unique_ptr<Game> copy(at::ScalarType dtype) override;
  void state(StateVisitor& visitor) override;

  const Rules& rules() const { return rules_; }

 private:
  Rules rules_;
  std::vector<Player> players_;
  std::int64_t moves_ = 0;
};

/// x^T A y with players "x" (minimises) and "y" (maximises); A [m,n], x [m], y [n]. Throws
/// Error(kUsage) for other shapes.
std::unique_ptr<ToyGame> make_bilinear_game(const at::Tensor& matrix, const at::Tensor& x,
                                            const at::Tensor& y);

/// The Dirac-GAN on tensors [1]: players "generator" (theta) and "discriminator" (psi). Penalties
/// keep their first strength.
std::unique_ptr<ToyGame> make_dirac_game(const objective::ObjectiveConfig& objective,
                                         const objective::PenaltyConfig& penalty,
                                         const at::Tensor& theta, const at::Tensor& psi);

}  // namespace saddle
