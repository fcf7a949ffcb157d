#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <vector>

#include "saddle/base/schedule.h"
#include "saddle/objective/penalties.h"
#include "saddle/tensor/named.h"

namespace saddle::objective {

/// x [N,...] -> logits [N], with the condition and the pass closed over.
using LogitsOf = std::function<at::Tensor(const at::Tensor& x)>;

/// Gradient of sum(D(x)) with respect to x, same shape, with its own graph (for double backward).
/// Throws Error(kInternal) when x does not reach the logits.
at::Tensor input_gradient(const LogitsOf& logits_of, const at::Tensor& x);

/// (gamma/2) mean_n |grad D(x_n)|^2, 0-dim with its graph: R1 at reals, R2 at detached fakes.
/// `gamma` >= 0 is a 0-dim tensor: a knob.
at::Tensor zero_centred(const LogitsOf& logits_of, const at::Tensor& x, const at::Tensor& gamma);

/// lambda mean_n (|grad D(x_n)| - 1)^2, one-sided: relu(|grad| - 1)^2; 0-dim with its graph;
/// `lambda` >= 0 is a 0-dim tensor: a knob (Gulrajani 2017, arXiv:1704.00028, eq. 3).
at::Tensor unit_slope(const LogitsOf& logits_of, const at::Tensor& x, const at::Tensor& lambda,
                      bool one_sided);

/// e x + (1 - e) fake with one e per sample: where WGAN-GP looks. `e` [N] in [0,1).
at::Tensor mix(const at::Tensor& real, const at::Tensor& fake, const at::Tensor& e);

/// A penalty at a known input gradient, without a graph, for nn::TangentPass.
struct PenaltyDirection {
  at::Tensor value;      ///< 0-dim
  at::Tensor direction;  ///< d value / d gradient, shape of the gradient
};

/// zero_centred at `gradient` [N,...].
PenaltyDirection zero_centred_direction(const at::Tensor& gradient, const at::Tensor& gamma);
/// unit_slope at `gradient` [N,...]; the direction of a zero gradient is zero.
PenaltyDirection unit_slope_direction(const at::Tensor& gradient, const at::Tensor& lambda,
                                      bool one_sided);

/// Where a gradient penalty looks at D's slope.
enum class Place {
  kReals,
  kFakes,
  kMixed,  ///< at mix() of the two
};

/// A gradient penalty that is switched on, as games see every row of the table.
struct GradientPenalty {
  std::string name;   ///< of its loss term: "r1"
  std::string knob;   ///< of its strength: "penalty.r1.gamma"
  Schedule schedule;  ///< of its strength
  Place place;
  /// Its value at x [N,...], 0-dim with its graph; `strength` is 0-dim.
  std::function<at::Tensor(const LogitsOf&, const at::Tensor& x, const at::Tensor& strength)> value;
  /// The same at a known input gradient, without a graph.
  std::function<PenaltyDirection(const at::Tensor& gradient, const at::Tensor& strength)> direction;
};

/// The gradient penalties that are on, in the order of the table.
std::vector<GradientPenalty> gradient_penalties(const PenaltyConfig& config);

/// w <- clamp(w, -c, c) in place, no graph; c > 0.
void clip_weights(const NamedTensors& parameters, double c);

}  // namespace saddle::objective
