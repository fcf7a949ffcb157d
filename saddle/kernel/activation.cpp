#include "saddle/kernel/activation.h"

#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/leaky_relu_backward.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/threshold_backward.h>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::kernel {

at::Tensor leaky_relu(const at::Tensor& x, double slope) {
  return at::leaky_relu(x, slope);
}

at::Tensor relu(const at::Tensor& x) {
  return at::relu(x);
}

at::Tensor tanh(const at::Tensor& x) {
  return at::tanh(x);
}

at::Tensor leaky_relu_gradient(const at::Tensor& signal, const at::Tensor& y, double slope,
                               bool in_place) {
  if (slope < 0) {
    throw Error(ErrorCode::kInternal, "leaky relu",
                cat("slope ", slope,
                    ": the output tells the sign of the input only for "
                    "slope >= 0"));
  }
  if (!in_place) return at::leaky_relu_backward(signal, y, slope, /*self_is_result=*/true);
  at::Tensor result = signal;
  return at::leaky_relu_backward_out(result, signal, y, slope, /*self_is_result=*/true);
}

at::Tensor relu_gradient(const at::Tensor& signal, const at::Tensor& y, bool in_place) {
  if (!in_place) return at::threshold_backward(signal, y, 0);
  at::Tensor result = signal;
  return at::threshold_backward_out(result, signal, y, 0);
}

}  // namespace saddle::kernel
