#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "saddle/game/adversarial_game.h"
#include "saddle/game/game.h"

namespace saddle {

/// One evaluation of an adversarial round. The discriminator's gradient comes from nn::TangentPass
/// where its network is piecewise linear
/// and the config asks for it (exact_first_order), else from autograd.
class AdversarialTurn final : public Turn {
 public:
  AdversarialTurn(AdversarialGame& game, Round round);

  std::vector<Evaluation> gradient(std::span<const std::size_t> players) override;
  /// Differentiable by the parameters of both players, through the penalties too.
  at::Tensor loss(std::size_t player) override;
  NamedTensors observed() const override;

 private:
  /// A total with its graph and its detached terms.
  struct Total {
    at::Tensor value;
    NamedTensors terms;
  };

  Evaluation discriminator_by_tangents();
  Evaluation generator_by_tangents();
  Evaluation by_autograd(std::size_t player);
  Total discriminator_total(const at::Tensor& fake);
  Total generator_total(const at::Tensor& fake);
  void add_penalties(Total& total, const at::Tensor& fake);
  at::Tensor mixed(const at::Tensor& fake) const;

  /// The generated batch, computed once a version; with what the generator's gradient needs, a
  /// graph or a tangent pass, where asked for.
  at::Tensor fake(bool for_gradient);
  at::Tensor generate(bool with_graph);
  at::Tensor generate_by_tangents(nn::Chain& chain);
  void drop_graph();
  nn::Scores judge(const at::Tensor& x, const nn::Condition& condition, std::string_view use,
                   bool record);
  nn::Pass pass(bool record, std::string_view use);
  bool uses_tangents() const;
  const at::Tensor& reals() const;

  AdversarialGame& game_;
  Round round_;
  at::Tensor real_;  ///< in the game's dtype and layout
  at::Tensor fake_;
  std::shared_ptr<nn::TangentPass> fake_pass_;
  bool fake_serves_ = false;  ///< the generator's gradient can be had from fake_
  std::uint64_t fake_version_ = 0;
  bool generator_recorded_ = false, discriminator_recorded_ = false;
  at::Tensor logits_real_, logits_fake_;
};

}  // namespace saddle
