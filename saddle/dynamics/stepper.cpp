#include "saddle/dynamics/stepper.h"

#include <optional>
#include <string>
#include <utility>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/dynamics/tensor_moves.h"

namespace saddle {
namespace {

using Methods = MethodsOf<DynamicsConfig, TensorMoves>;

// What a method remembers, by player and parameter, in the state tree.
class Memory {
 public:
  Memory(Game& game, Methods::Type& method) : game_(game), method_(method) {}

  void state(StateVisitor& visitor) {
    visitor_ = &visitor;
    std::visit([this](auto& method) { method.remember(*this); }, method_);
  }

  void profile(std::string_view name, Profile<TensorSpace>& profile) {
    for (std::size_t p = 0; p < profile.size(); ++p) {
      point(cat(name, ".", game_.players()[p].name), p, profile[p]);
    }
  }
  void points(std::string_view name, std::size_t player, std::vector<TensorSpace::Vector>& points) {
    for (std::size_t i = 0; i < points.size(); ++i) {
      point(cat(name, ".", static_cast<std::int64_t>(i)), player, points[i]);
    }
  }
  void number(std::string_view name, std::int64_t& value) { visitor_->number(name, value); }

 private:
  void point(const std::string& name, std::size_t player, TensorSpace::Vector& values) {
    const NamedTensors& parameters = game_.players()[player].parameters;
    for (std::size_t i = 0; i < values.size(); ++i) {
      visitor_->tensor(cat(name, ".", parameters[i].name), values[i]);
    }
  }

  Game& game_;
  Methods::Type& method_;
  StateVisitor* visitor_ = nullptr;
};

void check_needs(Game& game, const DynamicsConfig& dynamics) {
  const std::string lack =
      lacks(dynamics, game.players().size(), game.affine(), game.differentiable());
  if (!lack.empty()) throw Error(ErrorCode::kUnsupported, "dynamics", lack);
}

}  // namespace

struct Stepper::Work {
  Work(Game& game, const DynamicsConfig& dynamics,
       std::vector<std::unique_ptr<Optimizer>>& optimizers)
      : moves(game, optimizers), method(Methods::make(dynamics, moves)) {}

  TensorMoves moves;
  Methods::Type method;
};

Stepper::Stepper(Game& game, const DynamicsConfig& dynamics,
                 std::vector<std::unique_ptr<Optimizer>> optimizers)
    : game_(game), dynamics_(dynamics), optimizers_(std::move(optimizers)) {
  check_needs(game, dynamics);
  if (optimizers_.size() != game.players().size()) {
    throw Error(ErrorCode::kInternal, "dynamics",
                cat("got ", static_cast<std::int64_t>(optimizers_.size()), " optimizers for ",
                    static_cast<std::int64_t>(game.players().size()), " players"));
  }
  restart();
}

Stepper::~Stepper() = default;

void Stepper::restart() {
  work_ = std::make_unique<Work>(game_, dynamics_, optimizers_);
}

StepReport Stepper::step() {
  work_->moves.begin_step();
  std::visit([&](auto& method) { method.step(work_->moves); }, work_->method);
  return work_->moves.take_report();
}

std::vector<std::vector<at::Tensor>> Stepper::shipped(std::size_t player) const {
  std::vector<std::vector<at::Tensor>> points;
  std::visit(
      [&](auto& method) {
        if constexpr (requires { method.shipped(player); }) {
          for (const auto* point : method.shipped(player)) points.push_back(*point);
        }
      },
      work_->method);
  return points;
}

void Stepper::state(StateVisitor& visitor) {
  const auto players = game_.players();
  for (std::size_t p = 0; p < optimizers_.size(); ++p) {
    visitor.part(players[p].name, *optimizers_[p]);
  }
  Memory memory(game_, work_->method);
  visitor.part("dynamics", memory);
}

}  // namespace saddle
