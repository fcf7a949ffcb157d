#include "saddle/game/toy_games.h"

#include <ATen/ATen.h>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/objective/objective.h"
#include "saddle/objective/penalty.h"
#include "saddle/tensor/precision.h"

namespace saddle {
namespace {

constexpr std::size_t kFirst = 0;
constexpr std::size_t kSecond = 1;

class ToyTurn final : public Turn {
 public:
  explicit ToyTurn(ToyGame& game) : game_(game) {}

  std::vector<Evaluation> gradient(std::span<const std::size_t> players) override {
    const NoGrad no_grad;
    std::vector<Evaluation> evaluations;
    for (const std::size_t p : players) {
      game_.players()[p].gradients = {game_.rules().gradient(p, x(), y())};
      const at::Tensor total = game_.rules().loss(p, x(), y());
      evaluations.push_back({total, {{"adversarial", total}}});
    }
    return evaluations;
  }

  at::Tensor loss(std::size_t player) override {
    const WithGrad with_grad;
    return game_.rules().loss(player, x(), y());
  }

 private:
  const at::Tensor& x() const { return game_.players()[kFirst].parameters[0].tensor; }
  const at::Tensor& y() const { return game_.players()[kSecond].parameters[0].tensor; }

  ToyGame& game_;
};

Player toy_player(const std::string& name, const std::string& parameter, const at::Tensor& start) {
  Player player;
  player.name = name;
  player.parameters.push_back({parameter, start.detach().clone().requires_grad_()});
  player.gradients = {at::zeros_like(start.detach())};
  return player;
}

// The Dirac-GAN's losses and their derivatives. D is linear: its input gradient is psi wherever
// one looks, so all penalties are functions of psi.
struct Dirac {
  objective::ObjectiveConfig objective;
  std::vector<objective::GradientPenalty> penalties;

  at::Tensor loss(std::size_t player, const at::Tensor& theta, const at::Tensor& psi) const {
    const nn::Scores real{at::zeros_like(theta.detach()), {}, {}};
    const nn::Scores fake{psi * theta, {}, {}};
    if (player == kFirst) return objective::generator_loss(objective, real, fake);
    at::Tensor loss = objective::discriminator_loss(objective, real, fake);
    const at::Tensor anywhere = at::zeros({1, 1}, psi.options().requires_grad(false));
    for (const auto& penalty : penalties) {
      const auto slope_psi = [&psi](const at::Tensor& x) { return x * psi; };
      loss = loss + penalty.value(slope_psi, anywhere, strength(penalty, psi));
    }
    return loss;
  }

  at::Tensor gradient(std::size_t player, const at::Tensor& theta, const at::Tensor& psi) const {
    const at::Tensor real = at::zeros_like(theta), fake = psi * theta;
    if (player == kFirst) {
      return objective::generator_gradients(objective, real, fake).d_fake * psi;
    }
    at::Tensor g = objective::discriminator_gradients(objective, real, fake).d_fake * theta;
    for (const auto& penalty : penalties) {
      const auto pull = penalty.direction(psi.view({1, 1}), strength(penalty, psi));
      g = g + pull.direction.view_as(psi);
    }
    return g;
  }

  static at::Tensor strength(const objective::GradientPenalty& penalty, const at::Tensor& psi) {
    return at::full({}, penalty.schedule.from, psi.options().requires_grad(false));
  }
};

}  // namespace

ToyGame::ToyGame(Rules rules, const at::Tensor& x, const at::Tensor& y) : rules_(std::move(rules)) {
  players_.push_back(toy_player(rules_.first, rules_.first_parameter, x));
  players_.push_back(toy_player(rules_.second, rules_.second_parameter, y));
}

Round ToyGame::draw(std::size_t player) {
  Round round;
  round.player = player;
  round.move = static_cast<std::uint64_t>(moves_++);
  return round;
}

Round ToyGame::draw_shared(std::size_t player, const Round&) {
  return draw(player);
}

std::unique_ptr<Turn> ToyGame::play(const Round&) {
  return std::make_unique<ToyTurn>(*this);
}

void ToyGame::project(std::size_t player) {
  if (player != kSecond || rules_.clip == 0) return;
  objective::clip_weights(players_[kSecond].parameters, rules_.clip);
  players_[kSecond].touch();
}

std::unique_ptr<Game> ToyGame::copy(at::ScalarType dtype) {
  auto twin = std::make_unique<ToyGame>(rules_, players_[kFirst].parameters[0].tensor.to(dtype),
                                        players_[kSecond].parameters[0].tensor.to(dtype));
  twin->moves_ = moves_;
  return twin;
}

void ToyGame::state(StateVisitor& visitor) {
  for (Player& player : players_) {
    at::Tensor values = player.parameters[0].tensor.detach();
    visitor.tensor(player.name + "." + player.parameters[0].name, values);
    player.touch();
  }
  visitor.number("moves", moves_);
}

std::unique_ptr<ToyGame> make_bilinear_game(const at::Tensor& matrix, const at::Tensor& x,
                                            const at::Tensor& y) {
  if (matrix.dim() != 2 || x.dim() != 1 || y.dim() != 1 || matrix.size(0) != x.size(0) ||
      matrix.size(1) != y.size(0)) {
    throw Error(ErrorCode::kUsage, "bilinear game",
                cat("shapes do not fit: got matrix ", shape_text(matrix.sizes()), " with x ",
                    shape_text(x.sizes()), " and y ", shape_text(y.sizes()),
                    ", expected [m,n], [m] and [n]"));
  }
  ToyGame::Rules rules{
      .first = "x", .second = "y", .first_parameter = "value", .second_parameter = "value"};
  rules.affine = true;
  rules.loss = [matrix](std::size_t player, const at::Tensor& x, const at::Tensor& y) {
    const at::Tensor value = at::dot(x, at::mv(matrix.to(x.scalar_type()), y));
    return player == kFirst ? value : value.neg();
  };
  rules.gradient = [matrix](std::size_t player, const at::Tensor& x, const at::Tensor& y) {
    const at::Tensor a = matrix.to(x.scalar_type());
    return player == kFirst ? at::mv(a, y) : at::mv(a.t(), x).neg();
  };
  return std::make_unique<ToyGame>(std::move(rules), x, y);
}

std::unique_ptr<ToyGame> make_dirac_game(const objective::ObjectiveConfig& objective,
                                         const objective::PenaltyConfig& penalty,
                                         const at::Tensor& theta, const at::Tensor& psi) {
  using namespace objective;
  const Dirac dirac{.objective = objective, .penalties = gradient_penalties(penalty)};
  ToyGame::Rules rules{.first = "generator",
                       .second = "discriminator",
                       .first_parameter = "theta",
                       .second_parameter = "psi"};
  rules.loss = [dirac](std::size_t player, const at::Tensor& x, const at::Tensor& y) {
    return dirac.loss(player, x, y);
  };
  rules.gradient = [dirac](std::size_t player, const at::Tensor& x, const at::Tensor& y) {
    return dirac.gradient(player, x, y);
  };
  if (const auto& clip = row<WeightClip>(penalty)) rules.clip = clip->c;
  return std::make_unique<ToyGame>(std::move(rules), theta, psi);
}

}  // namespace saddle
