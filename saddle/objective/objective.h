#pragma once

#include <ATen/core/Tensor.h>

#include "saddle/nn/network.h"
#include "saddle/objective/objectives.h"

namespace saddle::objective {

/// The discriminator's loss, 0-dim, in float32 or wider, differentiable as often as wanted.
/// Logits [N]; batch means. Throws Error(kInput) where a paired objective gets unequal counts.
at::Tensor discriminator_loss(const ObjectiveConfig& config, const nn::Scores& real,
                              const nn::Scores& fake);

/// The generator's loss, 0-dim. `real` may be empty unless traits().reals_in_generator_step, else
/// throws Error(kInput).
at::Tensor generator_loss(const ObjectiveConfig& config, const nn::Scores& real,
                          const nn::Scores& fake);

/// A loss and its derivatives, all without a graph.
struct LogitGradients {
  at::Tensor loss;    ///< 0-dim
  at::Tensor d_real;  ///< [N] dL/dr; undefined where the loss does not depend on reals
  at::Tensor d_fake;  ///< [N] dL/df
};

/// discriminator_loss with its derivatives in closed form: a few operations instead of a graph.
/// `real` and `fake` are logits [N].
LogitGradients discriminator_gradients(const ObjectiveConfig& config, const at::Tensor& real,
                                       const at::Tensor& fake);

/// generator_loss with its derivatives in closed form.
LogitGradients generator_gradients(const ObjectiveConfig& config, const at::Tensor& real,
                                   const at::Tensor& fake);

}  // namespace saddle::objective
