#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace saddle {

/// A tensor and its dotted path, for example "generator.0.weight".
struct NamedTensor {
  std::string name;
  at::Tensor tensor;
};
using NamedTensors = std::vector<NamedTensor>;

}  // namespace saddle
