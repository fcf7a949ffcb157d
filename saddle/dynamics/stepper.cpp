#include "saddle/dynamics/stepper.h"

#include <array>
#include <optional>
#include <utility>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/dynamics/steppers.h"

namespace saddle {
namespace {

// A Game as the steppers see it: rounds are drawn, played and committed behind their back.
class TensorMoves {
 public:
  using SpaceType = TensorSpace;

  TensorMoves(Game& game, std::vector<std::unique_ptr<Optimizer>>& optimizers, StepReport& report)
      : game_(game),
        optimizers_(optimizers),
        report_(report),
        turns_(game.players().size()),
        points_(turns_.size()) {}

  std::size_t player_count() const { return turns_.size(); }

  void evaluate(std::size_t player) { play(player, game_.draw(player)); }

  void evaluate_shared(std::size_t player) {
    play(player, last_round_ ? game_.draw_shared(player, *last_round_) : game_.draw(player));
  }

  void apply(std::size_t player) {
    optimizers_[player]->update(game_.players()[player]);
    game_.commit(*turns_[player]);
    game_.project(player);
    turns_[player].reset();
  }

  TensorSpace::Vector& point(std::size_t player) {
    Player& moved = game_.players()[player];
    TensorSpace::Vector& point = points_[player];
    if (point.empty()) {
      for (const auto& p : moved.parameters) point.push_back(p.tensor.detach());
    }
    moved.touch();
    return point;
  }
  TensorSpace::Vector& direction(std::size_t player) { return game_.players()[player].gradients; }

 private:
  void play(std::size_t player, Round round) {
    turns_[player] = game_.play(round);
    const std::array<std::size_t, 1> moved{player};
    auto evaluations = turns_[player]->gradient(moved);
    Move move{player, std::move(evaluations.front()), turns_[player]->observed()};
    std::erase_if(report_.moves, [&](const Move& m) { return m.player == player; });
    report_.moves.push_back(std::move(move));
    last_round_ = std::move(round);
  }

  Game& game_;
  std::vector<std::unique_ptr<Optimizer>>& optimizers_;
  StepReport& report_;
  std::vector<std::unique_ptr<Turn>> turns_;
  std::vector<TensorSpace::Vector> points_;  ///< made when a method asks
  std::optional<Round> last_round_;
};

static_assert(Movable<TensorMoves>);

void check_needs(Game& game, const DynamicsConfig& dynamics) {
  std::visit(
      [&](const auto& row) {
        if (row.kNeeds.two_players && game.players().size() != 2) {
          throw Error(ErrorCode::kUnsupported, "dynamics",
                      cat("dynamics.name = \"", row.kName, "\" needs a game of two players: got ",
                          static_cast<std::int64_t>(game.players().size()),
                          "; try dynamics.name = \"simultaneous\""));
        }
      },
      dynamics);
}

}  // namespace

Stepper::Stepper(Game& game, const DynamicsConfig& dynamics,
                 std::vector<std::unique_ptr<Optimizer>> optimizers)
    : game_(game), dynamics_(dynamics), optimizers_(std::move(optimizers)) {
  check_needs(game, dynamics);
  if (optimizers_.size() != game.players().size()) {
    throw Error(ErrorCode::kInternal, "dynamics",
                cat("got ", static_cast<std::int64_t>(optimizers_.size()), " optimizers for ",
                    static_cast<std::int64_t>(game.players().size()), " players"));
  }
}

Stepper::~Stepper() = default;

StepReport Stepper::step() {
  StepReport report;
  TensorMoves moves(game_, optimizers_, report);
  std::visit([&](const auto& row) { saddle::step(row, moves); }, dynamics_);
  return report;
}

void Stepper::state(StateVisitor& visitor) {
  const auto players = game_.players();
  for (std::size_t p = 0; p < optimizers_.size(); ++p) {
    visitor.part(players[p].name, *optimizers_[p]);
  }
}

}  // namespace saddle
