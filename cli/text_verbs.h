#pragma once

#include <filesystem>

#include "cli/options.h"
#include "saddle/task/experiment.h"

namespace saddle::cli {

/// Where the running program lies.
std::filesystem::path executable_directory();

/// The config that `saddle train` with these options means: of a preset and files, or on --resume
/// the run's own. Throws Error(kUsage) for mistakes, for flags that do not go with --resume and for
/// keys that cannot change on it.
ResolvedExperiment resolve_training(const TrainOptions& options);

/// `saddle presets [list|show NAME]`. Returns the exit code.
int run_presets(const PresetsOptions& options);

/// `saddle docs config|man`.
int run_docs(const DocsOptions& options);

/// `saddle completion SHELL`, and the answers to the script that it prints.
int run_completion(const CompletionOptions& options);

/// `saddle train ... --dry-run`: the resolved config with the origin of every key.
int run_dry(const TrainOptions& options);

}  // namespace saddle::cli
