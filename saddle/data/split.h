#pragma once

namespace saddle::data {

/// Which part of a set is meant.
enum class Split { kTrain, kTest };

}  // namespace saddle::data
