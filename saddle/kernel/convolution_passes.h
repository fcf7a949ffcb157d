#pragma once

#include <ATen/core/Tensor.h>

#include "saddle/kernel/plan.h"

namespace saddle::kernel {

/// What a pass computes from: kForward (input, weight) -> output, kInputGradient (signal, weight)
/// -> input, kWeightGradient (signal, input) -> weight. Only the shapes of `conv` are used.
struct ConvOperands {
  const at::Tensor& first;
  const at::Tensor& second;
  const at::Tensor& bias;  ///< added over the channels of the result; undefined: none
};

/// Computes one pass by one method, without a graph. The result has the dtype of the operands;
/// maps follow the layout that conv.channels_last says.
at::Tensor compute_pass(const ConvCase& conv, ConvMethod method, const ConvOperands& operands);

/// Computes one pass as the process plan, or else the guard, says. Without a graph.
at::Tensor planned_pass(const ConvCase& conv, const ConvOperands& operands);

/// Whether the pass leaves the library's own differentiable functions: guarded or planned.
bool needs_own_function(const ConvCase& conv, at::Device device);

/// One pass with a graph through which every order of derivatives flows: the derivatives of each
/// pass are the two other passes.
at::Tensor differentiable_pass(const ConvCase& conv, const ConvOperands& operands);

}  // namespace saddle::kernel
