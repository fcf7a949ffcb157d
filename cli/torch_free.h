#pragma once

#include <optional>

#include "cli/options.h"

namespace saddle::cli {

/// Runs a command that needs no LibTorch and returns its exit code; nothing for one that needs the
/// engine.
std::optional<int> answer_without_torch(const Command& command);

}  // namespace saddle::cli
