#pragma once

#include <ATen/core/Tensor.h>

namespace saddle::kernel {

/// x [N,in], weight [out,in], bias [out] or undefined -> [N,out]. Follows PrecisionScope. Throws
/// Error(kInternal) for shapes that do not fit.
at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

/// Gradient of linear with respect to its input: signal [N,out], weight [out,in] -> [N,in].
at::Tensor linear_input_gradient(const at::Tensor& signal, const at::Tensor& weight);

/// Gradient of linear with respect to its weight, summed over the batch: signal [N,out],
/// input [N,in] -> [out,in].
at::Tensor linear_weight_gradient(const at::Tensor& signal, const at::Tensor& input);

/// Gradient with respect to a bias along axis 1: signal [N,C,...] -> [C].
at::Tensor bias_gradient(const at::Tensor& signal);

}  // namespace saddle::kernel
