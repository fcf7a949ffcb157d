#include "saddle/kernel/convolution.h"

#include <ATen/ops/conv2d.h>
#include <ATen/ops/conv_transpose2d.h>
#include <c10/core/GradMode.h>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/kernel/convolution_passes.h"
#include "saddle/tensor/precision.h"

namespace saddle::kernel {
namespace {

std::array<std::int64_t, 4> four(at::IntArrayRef sizes, std::string_view what) {
  if (sizes.size() != 4) {
    throw Error(ErrorCode::kInternal, "convolution",
                cat(what, " has shape ", shape_text(sizes), ", expected 4 axes"));
  }
  return {sizes[0], sizes[1], sizes[2], sizes[3]};
}

[[noreturn]] void fail_shapes(at::IntArrayRef input, at::IntArrayRef weight, std::int64_t stride,
                              std::int64_t padding, const std::string& output = "") {
  throw Error(ErrorCode::kInternal, "convolution",
              cat("input ", shape_text(input), ", weight ", shape_text(weight), output, ", stride ",
                  stride, ", padding ", padding, " do not fit"));
}

/// Stride and padding make sense and the kernel lies within the padded map: what out_height() and
/// out_width() take for granted.
void check_window(at::IntArrayRef input, at::IntArrayRef weight, std::int64_t stride,
                  std::int64_t padding) {
  const bool fits = stride >= 1 && padding >= 0 && weight[2] >= 1 && weight[3] >= 1 &&
                    input[2] + 2 * padding >= weight[2] && input[3] + 2 * padding >= weight[3];
  if (!fits) fail_shapes(input, weight, stride, padding);
}

void check_bias(const at::Tensor& bias, std::int64_t channels) {
  if (!bias.defined() || (bias.dim() == 1 && bias.size(0) == channels)) return;
  throw Error(ErrorCode::kInternal, "convolution",
              cat("bias has shape ", shape_text(bias.sizes()), ", expected [", channels, "]"));
}

bool is_channels_last(const at::Tensor& x) {
  return x.suggest_memory_format() == at::MemoryFormat::ChannelsLast;
}

/// The case of a pass in the convolution that maps `input` to `output` with `weight`.
ConvCase case_of(ConvPass pass, const at::Tensor& first, const at::Tensor& second,
                 at::IntArrayRef input, at::IntArrayRef weight, at::IntArrayRef output,
                 std::int64_t stride, std::int64_t padding) {
  ConvCase conv{.pass = pass,
                .dtype = first.scalar_type(),
                .channels_last = is_channels_last(first) || is_channels_last(second),
                .input = four(input, "input"),
                .weight = four(weight, "weight"),
                .stride = stride,
                .padding = padding};
  const auto out = four(output, "output");
  check_window(input, weight, stride, padding);
  if (conv.input[1] != conv.weight[1] || out[0] != conv.input[0] || out[1] != conv.weight[0] ||
      out[2] != conv.out_height() || out[3] != conv.out_width()) {
    fail_shapes(input, weight, stride, padding, cat(", output ", shape_text(output)));
  }
  return conv;
}

std::array<std::int64_t, 4> output_shape(at::IntArrayRef input, at::IntArrayRef weight,
                                         std::int64_t stride, std::int64_t padding) {
  const ConvCase conv{.input = four(input, "input"),
                      .weight = four(weight, "weight"),
                      .stride = stride,
                      .padding = padding};
  check_window(input, weight, stride, padding);
  return {input[0], weight[0], conv.out_height(), conv.out_width()};
}

/// The dtype in which two tensors meet: that of PrecisionScope, else the wider one.
struct Met {
  at::Tensor first, second, bias;
};
Met meet(const at::Tensor& first, const at::Tensor& second, const at::Tensor& bias) {
  Met met{in_compute_precision(first), in_compute_precision(second), in_compute_precision(bias)};
  const auto type = c10::promoteTypes(met.first.scalar_type(), met.second.scalar_type());
  met.first = met.first.to(type);
  met.second = met.second.to(type);
  if (met.bias.defined()) met.bias = met.bias.to(type);
  return met;
}

at::Tensor run(ConvCase conv, const at::Tensor& first, const at::Tensor& second,
               const at::Tensor& bias) {
  const Met met = meet(first, second, bias);
  conv.dtype = met.first.scalar_type();
  return differentiable_pass(conv, {met.first, met.second, met.bias});
}

/// Whether any pass of this convolution must not be left to the library.
bool own_function(ConvCase conv, const at::Tensor& first) {
  conv.dtype = compute_dtype(first);
  return needs_own_function(conv, first.device());
}

}  // namespace

at::Tensor conv2d(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                  std::int64_t stride, std::int64_t padding) {
  const auto out = output_shape(x.sizes(), weight.sizes(), stride, padding);
  const ConvCase conv =
      case_of(ConvPass::kForward, x, weight, x.sizes(), weight.sizes(), out, stride, padding);
  check_bias(bias, weight.size(0));
  if (own_function(conv, x)) return run(conv, x, weight, bias);
  return at::conv2d(in_compute_precision(x), in_compute_precision(weight),
                    in_compute_precision(bias), stride, padding);
}

at::Tensor conv_transpose2d(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                            std::int64_t stride, std::int64_t padding,
                            std::int64_t output_padding) {
  const auto in = four(x.sizes(), "input");
  const auto w = four(weight.sizes(), "weight");
  const std::array<std::int64_t, 4> out{in[0], w[1],
                                        (in[2] - 1) * stride - 2 * padding + w[2] + output_padding,
                                        (in[3] - 1) * stride - 2 * padding + w[3] + output_padding};
  const ConvCase conv =
      case_of(ConvPass::kInputGradient, x, weight, out, weight.sizes(), x.sizes(), stride, padding);
  check_bias(bias, weight.size(1));
  if (own_function(conv, x)) return run(conv, x, weight, bias);
  return at::conv_transpose2d(in_compute_precision(x), in_compute_precision(weight),
                              in_compute_precision(bias), stride, padding, output_padding);
}

at::Tensor conv2d_input_gradient(const at::Tensor& signal, const at::Tensor& weight,
                                 at::IntArrayRef input_shape, std::int64_t stride,
                                 std::int64_t padding) {
  const ConvCase conv = case_of(ConvPass::kInputGradient, signal, weight, input_shape,
                                weight.sizes(), signal.sizes(), stride, padding);
  return run(conv, signal, weight, {});
}

at::Tensor conv2d_weight_gradient(const at::Tensor& signal, const at::Tensor& input,
                                  at::IntArrayRef weight_shape, std::int64_t stride,
                                  std::int64_t padding) {
  const ConvCase conv = case_of(ConvPass::kWeightGradient, signal, input, input.sizes(),
                                weight_shape, signal.sizes(), stride, padding);
  return run(conv, signal, input, {});
}

at::Tensor conv_transpose2d_input_gradient(const at::Tensor& signal, const at::Tensor& weight,
                                           std::int64_t stride, std::int64_t padding) {
  return conv2d(signal, weight, {}, stride, padding);
}

at::Tensor conv_transpose2d_weight_gradient(const at::Tensor& signal, const at::Tensor& input,
                                            at::IntArrayRef weight_shape, std::int64_t stride,
                                            std::int64_t padding) {
  return conv2d_weight_gradient(input, signal, weight_shape, stride, padding);
}

}  // namespace saddle::kernel
