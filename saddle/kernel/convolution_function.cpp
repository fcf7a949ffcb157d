#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include "saddle/kernel/convolution_passes.h"
#include "saddle/kernel/linear.h"

namespace saddle::kernel {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

std::vector<std::int64_t> packed(const ConvCase& conv) {
  std::vector<std::int64_t> numbers{static_cast<std::int64_t>(conv.pass),
                                    static_cast<std::int64_t>(conv.dtype), conv.channels_last,
                                    conv.stride, conv.padding};
  numbers.insert(numbers.end(), conv.input.begin(), conv.input.end());
  numbers.insert(numbers.end(), conv.weight.begin(), conv.weight.end());
  return numbers;
}

ConvCase unpacked(const std::vector<std::int64_t>& numbers) {
  ConvCase conv{.pass = static_cast<ConvPass>(numbers[0]),
                .dtype = static_cast<at::ScalarType>(numbers[1]),
                .channels_last = numbers[2] != 0,
                .stride = numbers[3],
                .padding = numbers[4]};
  std::copy_n(numbers.begin() + 5, 4, conv.input.begin());
  std::copy_n(numbers.begin() + 9, 4, conv.weight.begin());
  return conv;
}

/// Each pass is bilinear; with g the gradient of its result:
///   forward y = F(x, w):            dx = I(g, w)   dw = W(g, x)
///   input gradient x = I(s, w):     ds = F(g, w)   dw = W(s, g)
///   weight gradient w = W(s, x):    ds = F(x, g)   dx = I(s, g)
struct ConvFunction : torch::autograd::Function<ConvFunction> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& first,
                            const at::Tensor& second, const std::optional<at::Tensor>& bias,
                            const ConvCase& conv) {
    context->saved_data["conv"] = packed(conv);
    context->save_for_backward({first, second});
    context->saved_data["has_bias"] = bias.has_value();
    return planned_pass(conv, {first, second, bias.value_or(at::Tensor())});
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const at::Tensor& g = gradients[0];
    variable_list result(4);
    if (!g.defined()) return result;
    ConvCase conv = unpacked(context->saved_data["conv"].toIntVector());
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &first = saved[0], &second = saved[1];
    const at::Tensor none;
    const auto pass = [&](ConvPass which, const at::Tensor& a, const at::Tensor& b) {
      ConvCase other = conv;
      other.pass = which;
      return differentiable_pass(other, {a, b, none});
    };
    const bool wants_first = context->needs_input_grad(0);
    const bool wants_second = context->needs_input_grad(1);
    switch (conv.pass) {
      case ConvPass::kForward:
        if (wants_first) result[0] = pass(ConvPass::kInputGradient, g, second);
        if (wants_second) result[1] = pass(ConvPass::kWeightGradient, g, first);
        break;
      case ConvPass::kInputGradient:
        if (wants_first) result[0] = pass(ConvPass::kForward, g, second);
        if (wants_second) result[1] = pass(ConvPass::kWeightGradient, first, g);
        break;
      case ConvPass::kWeightGradient:
        if (wants_first) result[0] = pass(ConvPass::kForward, second, g);
        if (wants_second) result[1] = pass(ConvPass::kInputGradient, first, g);
        break;
    }
    if (context->saved_data["has_bias"].toBool() && context->needs_input_grad(2)) {
      result[2] = bias_gradient(g);
    }
    return result;
  }
};

}  // namespace

at::Tensor differentiable_pass(const ConvCase& conv, const ConvOperands& operands) {
  const auto& [first, second, bias] = operands;
  const bool graph =
      c10::GradMode::is_enabled() &&
      (first.requires_grad() || second.requires_grad() || (bias.defined() && bias.requires_grad()));
  if (!graph) return planned_pass(conv, operands);
  // The library takes an absent tensor as an optional only.
  return ConvFunction::apply(first, second,
                             bias.defined() ? std::optional<at::Tensor>(bias) : std::nullopt, conv);
}

}  // namespace saddle::kernel
