#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <vector>

namespace saddle {

/// A differentiable function of several tensors.
using TensorFunction = std::function<at::Tensor(const std::vector<at::Tensor>& inputs)>;

/// The largest difference between automatic and numeric derivatives.
struct GradcheckReport {
  double worst_error = 0;  ///< |automatic - numeric| / max(1, |automatic|, |numeric|)
  std::string where;       ///< "input 1, element 7: automatic 2.5, numeric 2.4"
};

/// Compares gradients of `function` with central differences in float64, element by element.
/// Inputs are converted to float64 copies that require grad. An output of several elements is
/// contracted with fixed random weights. The step is 1e-5 times max(1, |x|): the numeric error is
/// of order 1e-10. Cost: two evaluations an input element.
GradcheckReport gradcheck(const TensorFunction& function, const std::vector<at::Tensor>& inputs);

/// The same for the gradients themselves: second derivatives, through a graph of the first ones.
GradcheckReport double_gradcheck(const TensorFunction& function,
                                 const std::vector<at::Tensor>& inputs);

}  // namespace saddle
