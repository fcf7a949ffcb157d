#include "saddle/kernel/activation.h"

#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/leaky_relu_backward.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/tanh_backward.h>
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

at::Tensor leaky_relu_gradient(const at::Tensor& signal, const at::Tensor& y, double slope) {
  if (slope < 0) {
    throw Error(ErrorCode::kInternal, "leaky relu",
                cat("slope ", slope,
                    ": the output tells the sign of the input only for "
                    "slope >= 0"));
  }
  return at::leaky_relu_backward(signal, y, slope, /*self_is_result=*/true);
}

at::Tensor relu_gradient(const at::Tensor& signal, const at::Tensor& y) {
  return at::threshold_backward(signal, y, 0);
}

at::Tensor tanh_gradient(const at::Tensor& signal, const at::Tensor& y) {
  return at::tanh_backward(signal, y);
}

}  // namespace saddle::kernel
