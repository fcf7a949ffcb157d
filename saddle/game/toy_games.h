#pragma once

#include <ATen/core/Tensor.h>

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "saddle/game/game.h"
#include "saddle/objective/objectives.h"
#include "saddle/objective/penalties.h"

namespace saddle {

/// The field of a game in closed form: writes v(z), where every player adds a step times its part
/// of v, so v = (-grad_x loss_x, -grad_y loss_y). `v` has the size of z already.
template <class F>
concept Field = requires(const F& field, const std::vector<double>& z, std::vector<double>& v) {
  { field(z, v) } -> std::same_as<void>;
};

/// L = x^T A y, minimised by x [rows] and maximised by y [columns]; z = (x, y).
struct BilinearField {
  std::vector<double> matrix;  ///< row-major
  std::size_t rows = 1;
  std::size_t columns = 1;

  /// The game L = sigma x y.
  static BilinearField scalar(double sigma) { return {{sigma}, 1, 1}; }
  void operator()(const std::vector<double>& z, std::vector<double>& v) const;
};

/// Strengths of the penalties on the slope psi of a Dirac discriminator; 0: off.
struct DiracPenalty {
  double gamma = 0;   ///< (gamma/2) psi^2: R1, R2 or their sum
  double lambda = 0;  ///< lambda (|psi| - 1)^2: WGAN-GP
};

/// The Dirac-GAN: one datum at 0, one generated point theta, D(x) = psi x with a large D meaning
/// "real"; z = (theta, psi) (Mescheder 2018, arXiv:1801.04406).
struct DiracField {
  objective::ObjectiveConfig objective;
  DiracPenalty penalty;

  void operator()(const std::vector<double>& z, std::vector<double>& v) const;
};

static_assert(Field<BilinearField> && Field<DiracField>);

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
    Rule loss{};      ///< the player's loss, 0-dim, differentiable
    Rule gradient{};  ///< of the player's loss with respect to its own parameter
    double clip = 0;  ///< the second player's parameter stays in [-clip, clip]; 0: free
  };

  /// Starts at copies of x and y, any shape and floating dtype.
  ToyGame(Rules rules, const at::Tensor& x, const at::Tensor& y);

  std::span<Player> players() override { return players_; }
  Round draw(std::size_t player) override;
  Round draw_shared(std::size_t player, const Round& shared) override;
  std::unique_ptr<Turn> play(const Round& round) override;
  void project(std::size_t player) override;
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
