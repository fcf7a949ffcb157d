#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>

#include "saddle/base/schedule.h"

namespace saddle {

/// A number that may change while training, where it is used: a 0-dim tensor that the step reads.
struct KnobSlot {
  std::string path;   ///< relative to its owner: "lr", "penalty.r1.gamma"
  at::Tensor value;   ///< 0-dim, shared with the owner
  Schedule schedule;  ///< what the config says of it
  double low = 0;     ///< smallest value allowed
  double high = 0;    ///< largest value allowed
};
using KnobVisitor = std::function<void(const KnobSlot& slot)>;

}  // namespace saddle
