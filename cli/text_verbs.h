#pragma once

#include <exception>
#include <filesystem>
#include <string>

#include "cli/options.h"
#include "saddle/task/experiment.h"

namespace saddle::cli {

/// Where the running program lies.
std::filesystem::path executable_directory();

/// What a failure is called on the terminal, `[component] what was wrong`; `program` stands for the
/// component where the failure has none.
std::string failure_text(const std::exception& error, const std::string& program);

/// Hands what was printed to the system. Throws Error(kIo) when it could not be written, as on a
/// full disk.
void flush_output();

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
