#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>

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
  at::Tensor d_real;  ///< [N] dL/dr; may be undefined where the loss does not depend on reals
  at::Tensor d_fake;  ///< [N] dL/df
};

/// discriminator_loss with its derivatives in closed form: a few operations instead of a graph.
/// `real` and `fake` are logits [N].
LogitGradients discriminator_gradients(const ObjectiveConfig& config, const at::Tensor& real,
                                       const at::Tensor& fake);

/// generator_loss with its derivatives in closed form.
LogitGradients generator_gradients(const ObjectiveConfig& config, const at::Tensor& real,
                                   const at::Tensor& fake);

/// Logits [N] of reals and [M] of fakes, float32 or float64 -> the batch's loss, 0-dim, made of
/// differentiable operations. `real` is undefined in a generator's loss unless the traits ask for
/// it.
using Loss = std::function<at::Tensor(const at::Tensor& real, const at::Tensor& fake)>;
/// The same numbers with their derivatives, in closed form; runs without a graph.
using LossSlopes = std::function<LogitGradients(const at::Tensor& real, const at::Tensor& fake)>;

/// An objective as games use it: a row of the table, or two losses of one's own.
struct Functions {
  std::string name;  ///< of the objective, in errors and manifests
  Loss discriminator;
  Loss generator;
  Traits traits{};
  LossSlopes discriminator_slopes{};  ///< empty: found by autograd
  LossSlopes generator_slopes{};
};

/// A row of the table as functions.
Functions functions(const ObjectiveConfig& config);

/// Throws Error(kUsage) unless both losses are there.
void check(const Functions& functions);

/// The losses and derivatives above for any objective. They throw also Error(kInput) where a loss
/// is not 0-dim, or a generator's loss does not depend on the fakes.
at::Tensor discriminator_loss(const Functions& functions, const nn::Scores& real,
                              const nn::Scores& fake);
at::Tensor generator_loss(const Functions& functions, const nn::Scores& real,
                          const nn::Scores& fake);
LogitGradients discriminator_gradients(const Functions& functions, const at::Tensor& real,
                                       const at::Tensor& fake);
LogitGradients generator_gradients(const Functions& functions, const at::Tensor& real,
                                   const at::Tensor& fake);

}  // namespace saddle::objective
