#include "saddle/dynamics/optimizer.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "saddle/kernel/fused.h"
#include "saddle/tensor/precision.h"

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

// The second moment of one parameter: means of g^2 over the last two axes where it has them.
struct FactoredMoment {
  at::Tensor rows, columns;  ///< [...,n,1] and [...,1,m]
  at::Tensor whole;          ///< of a vector

  explicit FactoredMoment(const at::Tensor& like) {
    if (like.dim() < 2) {
      whole = at::zeros_like(like);
      return;
    }
    std::vector<std::int64_t> shape = like.sizes().vec();
    const std::size_t last = shape.size() - 1;
    std::int64_t width = std::exchange(shape[last], 1);
    rows = at::zeros(shape, like.options());
    shape[last] = width;
    shape[last - 1] = 1;
    columns = at::zeros(shape, like.options());
  }

  /// Takes in a gradient with weight `share` and returns the moment in the gradient's shape.
  at::Tensor update(const at::Tensor& gradient, double share, double eps1) {
    const at::Tensor square = gradient.square();
    if (whole.defined()) return whole.lerp_(square, share).clone();
    rows.lerp_(square.mean({-1}, /*keepdim=*/true), share);
    columns.lerp_(square.mean({-2}, /*keepdim=*/true), share);
    return rows.mul(columns).div_(rows.mean({-2}, /*keepdim=*/true).clamp_min_(eps1));
  }
};

class AdafactorOptimizer final : public Optimizer {
 public:
  AdafactorOptimizer(const Adafactor& config, const Player& player)
      : config_(config), names_(player), lr_(rate_on(player, config.lr)) {
    for (const auto& p : player.parameters) moments_.emplace_back(p.tensor.detach());
  }

  void update(Player& player) override {
    const NoGrad no_grad;
    const std::vector<at::Tensor> parameters = parameter_list(player);
    const auto t = static_cast<double>(++steps_);
    const double share = std::pow(t, config_.beta2_decay);
    // The rate stays where it is: its value is not read back from the device.
    const at::Tensor rate = config_.relative ? lr_.clamp_max(1 / std::sqrt(t)) : lr_;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const at::Tensor& p = parameters[i];
      const at::Tensor gradient = player.gradients[i].detach().to(p.scalar_type());
      at::Tensor change = moments_[i].update(gradient, share, config_.eps1);
      change.clamp_min_(config_.eps1 * config_.eps1).rsqrt_().mul_(gradient);
      at::Tensor step = rate.div(root_mean_square(change).div(config_.clip).clamp_min(1));
      if (config_.relative) step = step.mul(root_mean_square(p).clamp_min(config_.eps2));
      if (config_.weight_decay != 0) p.mul_(lr_.mul(-config_.weight_decay).add(1));
      p.sub_(change.mul_(step));
    }
    player.touch();
  }

  double rate() const override { return value_of(lr_); }

  void knobs(const KnobVisitor& visit) override { visit({"lr", lr_, config_.lr, 0, kLargestRate}); }

  void state(StateVisitor& visitor) override {
    for (std::size_t i = 0; i < moments_.size(); ++i) {
      const std::string& name = names_.parameters[i].name;
      FactoredMoment& moment = moments_[i];
      if (moment.whole.defined()) {
        visitor.tensor(name + ".second_moment", moment.whole);
      } else {
        visitor.tensor(name + ".row_moment", moment.rows);
        visitor.tensor(name + ".column_moment", moment.columns);
      }
    }
    visitor.number("steps", steps_);
  }

 private:
  // 0-dim float64.
  static at::Tensor root_mean_square(const at::Tensor& x) {
    return at::linalg_vector_norm(x)
        .to(at::kDouble)
        .div(std::sqrt(static_cast<double>(std::max<std::int64_t>(x.numel(), 1))));
  }

  Adafactor config_;
  Player names_;
  at::Tensor lr_;
  std::vector<FactoredMoment> moments_;
  std::int64_t steps_ = 0;
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
std::unique_ptr<Optimizer> make(const Adafactor& config, const Player& player) {
  return std::make_unique<AdafactorOptimizer>(config, player);
}

}  // namespace

std::unique_ptr<Optimizer> make_optimizer(const OptimizerConfig& config, const Player& player) {
  return std::visit([&](const auto& row) { return make(row, player); }, config);
}

}  // namespace saddle
