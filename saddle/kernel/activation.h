#pragma once

#include <ATen/core/Tensor.h>

namespace saddle::kernel {

/// x for x > 0, else slope * x; the derivative at exactly 0 is `slope`. slope >= 0.
at::Tensor leaky_relu(const at::Tensor& x, double slope);
/// max(x, 0); the derivative at exactly 0 is 0.
at::Tensor relu(const at::Tensor& x);
at::Tensor tanh(const at::Tensor& x);

// Gradients with respect to the input from the OUTPUT y of the activation, so that inputs need not
// be kept. signal has the shape of y; differentiable in the signal.

/// signal * (y > 0 ? 1 : slope); the same mask as from the input because slope >= 0.
/// Throws Error(kInternal) for slope < 0.
at::Tensor leaky_relu_gradient(const at::Tensor& signal, const at::Tensor& y, double slope);
/// signal * (y > 0).
at::Tensor relu_gradient(const at::Tensor& signal, const at::Tensor& y);
/// signal * (1 - y^2).
at::Tensor tanh_gradient(const at::Tensor& signal, const at::Tensor& y);

}  // namespace saddle::kernel
