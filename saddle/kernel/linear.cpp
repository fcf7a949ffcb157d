#include "saddle/kernel/linear.h"

#include <ATen/ops/linear.h>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/tensor/precision.h"

namespace saddle::kernel {
namespace {

void check_matrix(bool fits, std::string_view what, const at::Tensor& a, const at::Tensor& b) {
  if (fits) return;
  throw Error(
      ErrorCode::kInternal, "linear",
      cat(what, ": shapes ", shape_text(a.sizes()), " and ", shape_text(b.sizes()), " do not fit"));
}

// A product with 2 to 8 columns on the CPU: the library takes 3 to 5 times as long for it as for
// its transpose (points of few dimensions make such layers).
bool is_narrow(std::int64_t columns, const at::Tensor& like) {
  return columns >= 2 && columns <= 8 && like.is_cpu();
}

}  // namespace

at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  check_matrix(x.dim() == 2 && weight.dim() == 2 && x.size(1) == weight.size(1),
               "input [N,in] and weight [out,in]", x, weight);
  if (bias.defined()) {
    check_matrix(bias.dim() == 1 && bias.size(0) == weight.size(0),
                 "weight [out,in] and bias [out]", weight, bias);
  }
  return at::linear(in_compute_precision(x), in_compute_precision(weight),
                    in_compute_precision(bias));
}

at::Tensor linear_input_gradient(const at::Tensor& signal, const at::Tensor& weight) {
  check_matrix(signal.dim() == 2 && weight.dim() == 2 && signal.size(1) == weight.size(0),
               "signal [N,out] and weight [out,in]", signal, weight);
  if (!is_narrow(weight.size(1), signal)) return signal.mm(in_compute_precision(weight));
  if (weight.size(1) > 3) return weight.t().mm(signal.t()).t();
  return at::linear(signal, weight.t().contiguous());
}

at::Tensor linear_weight_gradient(const at::Tensor& signal, const at::Tensor& input) {
  check_matrix(signal.dim() == 2 && input.dim() == 2 && signal.size(0) == input.size(0),
               "signal [N,out] and input [N,in]", signal, input);
  if (is_narrow(input.size(1), input)) return input.t().mm(signal).t();
  return signal.t().mm(input);
}

at::Tensor bias_gradient(const at::Tensor& signal) {
  if (signal.dim() == 2) return signal.sum(0);
  std::vector<std::int64_t> axes;
  for (std::int64_t axis = 0; axis < signal.dim(); ++axis) {
    if (axis != 1) axes.push_back(axis);
  }
  return signal.sum(axes);
}

}  // namespace saddle::kernel
