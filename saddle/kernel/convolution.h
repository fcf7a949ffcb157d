#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace saddle::kernel {

// Square stride and padding, dilation 1, one group. A 16-bit convolution on the CPU whose smaller
// map has a side of 1 never uses the library's weight gradient, which returns uninitialised memory
// for many such shapes. All functions are differentiable any number of times in their tensors,
// follow PrecisionScope, and throw Error(kInternal) for shapes that do not fit.

/// Convolution: x [N,C,H,W], weight [O,C,kh,kw], bias [O] or undefined -> [N,O,H',W'] with
/// H' = (H + 2 padding - kh) / stride + 1, rounded down.
at::Tensor conv2d(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                  std::int64_t stride, std::int64_t padding);

/// Transposed convolution: x [N,C,H,W], weight [C,O,kh,kw], bias [O] or undefined -> [N,O,H',W']
/// with H' = (H - 1) stride - 2 padding + kh + output_padding; output_padding < stride.
at::Tensor conv_transpose2d(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                            std::int64_t stride, std::int64_t padding,
                            std::int64_t output_padding = 0);

/// Gradient of conv2d with respect to its input of shape `input_shape` [N,C,H,W];
/// signal [N,O,H',W'] is the gradient of the output.
at::Tensor conv2d_input_gradient(const at::Tensor& signal, const at::Tensor& weight,
                                 at::IntArrayRef input_shape, std::int64_t stride,
                                 std::int64_t padding);

/// Gradient of conv2d with respect to its weight of shape `weight_shape` [O,C,kh,kw], summed over
/// the batch.
at::Tensor conv2d_weight_gradient(const at::Tensor& signal, const at::Tensor& input,
                                  at::IntArrayRef weight_shape, std::int64_t stride,
                                  std::int64_t padding);

/// Gradient of conv_transpose2d with respect to its input: conv2d of the signal.
at::Tensor conv_transpose2d_input_gradient(const at::Tensor& signal, const at::Tensor& weight,
                                           std::int64_t stride, std::int64_t padding);

/// Gradient of conv_transpose2d with respect to its weight of shape `weight_shape` [C,O,kh,kw].
at::Tensor conv_transpose2d_weight_gradient(const at::Tensor& signal, const at::Tensor& input,
                                            at::IntArrayRef weight_shape, std::int64_t stride,
                                            std::int64_t padding);

}  // namespace saddle::kernel
