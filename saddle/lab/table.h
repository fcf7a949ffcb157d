#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/lab/experiment.h"

namespace saddle::lab {

/// Every experiment in the order of the ids; those that train have no runner.
const std::vector<Experiment>& experiments();

/// The same with these runners put in. Throws Error(kInternal) for an id that is not in the table.
std::vector<Experiment> experiments_with(std::span<const Runner> runners);

/// The experiment of this id in `table`, in upper or lower case. Throws Error(kUsage) with the
/// nearest known id.
const Experiment& find_experiment(std::span<const Experiment> table, std::string_view id);

}  // namespace saddle::lab
