#pragma once

#include <vector>

#include "saddle/lab/experiment.h"

namespace saddle::lab {

// What the rows without a runner do; the rows stand in packing.cpp and trained_rows.cpp.

Outcome train_packing(const Settings& settings);                 ///< E25
Outcome train_mode_zoo(const Settings& settings);                ///< E26
std::vector<double> measure_mode_zoo(const Settings& settings);  ///< one seed on the grid
Outcome train_stacked_digits(const Settings& settings);          ///< E27

}  // namespace saddle::lab
