#include "saddle/tensor/autograd.h"

#include <torch/csrc/autograd/autograd.h>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle {

std::vector<at::Tensor> gradients(const at::Tensor& output, const std::vector<at::Tensor>& inputs,
                                  bool create_graph, bool allow_unused) {
  if (output.numel() != 1) {
    throw Error(ErrorCode::kInternal, "autograd",
                cat("the output has shape ", shape_text(output.sizes()),
                    ", expected one element; give a direction"));
  }
  return gradients(output, {}, inputs, create_graph, allow_unused);
}

std::vector<at::Tensor> gradients(const at::Tensor& output, const at::Tensor& direction,
                                  const std::vector<at::Tensor>& inputs, bool create_graph,
                                  bool allow_unused) {
  if (!output.requires_grad()) {
    throw Error(ErrorCode::kInternal, "autograd", "the output has no graph");
  }
  auto found =
      torch::autograd::grad({output}, inputs, {direction}, create_graph, create_graph, true);
  if (!allow_unused) {
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (!found[i].defined()) {
        throw Error(ErrorCode::kInternal, "autograd",
                    cat("input ", i, " of shape ", shape_text(inputs[i].sizes()),
                        " does not reach the output"));
      }
    }
  }
  return found;
}

void backward_from(const at::Tensor& output, const at::Tensor& direction) {
  torch::autograd::backward({output}, {direction});
}

}  // namespace saddle
