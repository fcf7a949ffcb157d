#pragma once

#include <filesystem>

#include "cli/options.h"

namespace saddle::cli {

/// Where the running program lies.
std::filesystem::path executable_directory();

/// `saddle presets [list|show NAME]`. Returns the exit code.
int run_presets(const PresetsOptions& options);

/// `saddle train ... --dry-run`: the resolved config with the origin of every key.
int run_dry(const TrainOptions& options);

}  // namespace saddle::cli
