#pragma once

#include <vector>

#include "saddle/lab/experiment.h"

namespace saddle::lab {

/// What runs the experiments that train networks: one runner for each row of the table without one.
std::vector<Runner> trained_runners();

}  // namespace saddle::lab
