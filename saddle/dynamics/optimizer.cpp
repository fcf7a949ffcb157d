#include "saddle/dynamics/optimizer.h"

#include <ATen/ATen.h>

#include "saddle/kernel/fused.h"

namespace saddle {
namespace {

std::vector<at::Tensor> parameter_list(const Player& player) {
  std::vector<at::Tensor> list;
  for (const auto& p : player.parameters) list.push_back(p.tensor.detach());
  return list;
}

std::vector<at::Tensor> zeros_of(const Player& player) {
  std::vector<at::Tensor> list;
  for (const auto& p : player.parameters) list.push_back(at::zeros_like(p.tensor.detach()));
  return list;
}

void visit_list(StateVisitor& visitor, const Player& names, std::string_view kind,
                std::vector<at::Tensor>& list) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    visitor.tensor(names.parameters[i].name + "." + std::string(kind), list[i]);
  }
}

// The learning rate lives on the parameters' device, so that a captured step can read it.
at::Tensor rate_on(const Player& player, const Schedule& schedule) {
  const at::Tensor& like = player.parameters.front().tensor;
  return at::full({}, schedule.from, like.options().dtype(at::kDouble).requires_grad(false));
}

// Decays are host numbers of the fused update.
at::Tensor host_number(const Schedule& schedule) {
  return at::full({}, schedule.from, at::TensorOptions().dtype(at::kDouble));
}

double value_of(const at::Tensor& number) {
  return number.is_cpu() ? *number.const_data_ptr<double>() : number.item().toDouble();
}

constexpr double kLargestRate = 1e3;
constexpr double kLargestDecay = 0.999999;

class AdamOptimizer final : public Optimizer {
 public:
  AdamOptimizer(const Adam& config, const Player& player)
      : config_(config),
        names_(player),
        lr_(rate_on(player, config.lr)),
        beta1_(host_number(config.beta1)),
        beta2_(host_number(config.beta2)) {
    state_.first = zeros_of(player);
    state_.second = zeros_of(player);
    for (const auto& p : player.parameters) {
      state_.steps.push_back(
          at::zeros({}, p.tensor.options().dtype(at::kFloat).requires_grad(false)));
    }
  }

  void update(Player& player) override {
    kernel::adam_update(parameter_list(player), player.gradients, state_, lr_,
                        {.beta1 = value_of(beta1_),
                         .beta2 = value_of(beta2_),
                         .eps = config_.eps,
                         .weight_decay = config_.weight_decay});
    player.touch();
  }

  double rate() const override { return value_of(lr_); }

  void knobs(const KnobVisitor& visit) override {
    visit({"lr", lr_, config_.lr, 0, kLargestRate});
    visit({"beta1", beta1_, config_.beta1, 0, kLargestDecay});
    visit({"beta2", beta2_, config_.beta2, 0, kLargestDecay});
  }

  void state(StateVisitor& visitor) override {
    visit_list(visitor, names_, "first_moment", state_.first);
    visit_list(visitor, names_, "second_moment", state_.second);
    visit_list(visitor, names_, "steps", state_.steps);
  }

 private:
  Adam config_;
  Player names_;
  at::Tensor lr_, beta1_, beta2_;
  kernel::AdamState state_;
};

class SgdOptimizer final : public Optimizer {
 public:
  SgdOptimizer(const Sgd& config, const Player& player)
      : config_(config), names_(player), lr_(rate_on(player, config.lr)) {
    // A zero buffer moves as the first gradient does: mu 0 + g = g.
    if (config.momentum != 0) state_.momentum = zeros_of(player);
  }

  void update(Player& player) override {
    kernel::sgd_update(parameter_list(player), player.gradients, state_, lr_,
                       {.momentum = config_.momentum, .weight_decay = config_.weight_decay});
    player.touch();
  }

  double rate() const override { return value_of(lr_); }

  void knobs(const KnobVisitor& visit) override { visit({"lr", lr_, config_.lr, 0, kLargestRate}); }

  void state(StateVisitor& visitor) override {
    visit_list(visitor, names_, "momentum", state_.momentum);
  }

 private:
  Sgd config_;
  Player names_;
  at::Tensor lr_;
  kernel::SgdState state_;
};

class RmsPropOptimizer final : public Optimizer {
 public:
  RmsPropOptimizer(const RmsProp& config, const Player& player)
      : config_(config), names_(player), lr_(rate_on(player, config.lr)) {
    state_.square = zeros_of(player);
  }

  void update(Player& player) override {
    kernel::rmsprop_update(parameter_list(player), player.gradients, state_, lr_,
                           {.alpha = config_.alpha, .eps = config_.eps});
    player.touch();
  }

  double rate() const override { return value_of(lr_); }

  void knobs(const KnobVisitor& visit) override { visit({"lr", lr_, config_.lr, 0, kLargestRate}); }

  void state(StateVisitor& visitor) override {
    visit_list(visitor, names_, "mean_square", state_.square);
  }

 private:
  RmsProp config_;
  Player names_;
  at::Tensor lr_;
  kernel::RmspropState state_;
};

std::unique_ptr<Optimizer> make(const Adam& config, const Player& player) {
  return std::make_unique<AdamOptimizer>(config, player);
}
std::unique_ptr<Optimizer> make(const Sgd& config, const Player& player) {
  return std::make_unique<SgdOptimizer>(config, player);
}
std::unique_ptr<Optimizer> make(const RmsProp& config, const Player& player) {
  return std::make_unique<RmsPropOptimizer>(config, player);
}

}  // namespace

std::unique_ptr<Optimizer> make_optimizer(const OptimizerConfig& config, const Player& player) {
  return std::visit([&](const auto& row) { return make(row, player); }, config);
}

}  // namespace saddle
