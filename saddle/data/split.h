#pragma once

#include "saddle/base/error.h"

namespace saddle::data {

/// Which part of a set is meant.
enum class Split { kTrain, kTest };

/// The set has no samples of the split that was asked for; what is there is in order.
class MissingSplit : public Error {
 public:
  MissingSplit(std::string_view component, std::string_view message)
      : Error(ErrorCode::kInput, component, message) {}
};

}  // namespace saddle::data
