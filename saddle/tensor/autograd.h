#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace saddle {

/// d output / d inputs, in the shapes of the inputs, for a one-element `output`. With
/// `create_graph` the gradients can be differentiated again and the graph stays; without it the
/// graph is freed. An input that does not reach the output gives an undefined tensor where
/// `allow_unused`. Throws Error(kInternal) when it does not and must, and when the output has no
/// graph or more elements.
std::vector<at::Tensor> gradients(const at::Tensor& output, const std::vector<at::Tensor>& inputs,
                                  bool create_graph = false, bool allow_unused = false);

/// The vector-Jacobian product: sum(output * direction) differentiated by the inputs; `direction`
/// has the shape of `output`. Otherwise as above.
std::vector<at::Tensor> gradients(const at::Tensor& output, const at::Tensor& direction,
                                  const std::vector<at::Tensor>& inputs, bool create_graph = false,
                                  bool allow_unused = false);

/// Adds the gradients of sum(output * direction) to `.grad` of every leaf; an undefined
/// `direction` means 1 and needs a one-element output. Frees the graph.
void backward_from(const at::Tensor& output, const at::Tensor& direction = {});

}  // namespace saddle
