#pragma once

#include <ATen/core/Tensor.h>

namespace saddle::kernel {

// Element by element: results have the shape and dtype of x [...], and are differentiable any
// number of times.

/// x for x > 0, else slope * x; the derivative at exactly 0 is `slope`. slope >= 0.
at::Tensor leaky_relu(const at::Tensor& x, double slope);
/// max(x, 0); the derivative at exactly 0 is 0.
at::Tensor relu(const at::Tensor& x);
/// tanh(x), in [-1,1].
at::Tensor tanh(const at::Tensor& x);

// Gradients with respect to the input from the OUTPUT y of the activation, so that inputs need not
// be kept. signal has the shape of y; differentiable in the signal, or with `in_place` written into
// it, without a graph.

/// signal * (y > 0 ? 1 : slope); the same mask as from the input because slope >= 0.
/// Throws Error(kInternal) for slope < 0.
at::Tensor leaky_relu_gradient(const at::Tensor& signal, const at::Tensor& y, double slope,
                               bool in_place = false);
/// signal * (y > 0).
at::Tensor relu_gradient(const at::Tensor& signal, const at::Tensor& y, bool in_place = false);

}  // namespace saddle::kernel
