#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saddle/base/json.h"
#include "saddle/task/experiment.h"

namespace saddle {

/// The manifest.json of a run. Throws Error(kInput) when it cannot be read or was changed.
Json read_manifest(const std::filesystem::path& run);

/// Every key of a config with its value, for the manifest.
Json config_json(const Experiment& experiment);

/// A line for each key that a run's config.toml has otherwise than its manifest, of those that may
/// change on --resume. Throws as read_run_config does.
std::vector<std::string> changed_in_config(const std::filesystem::path& run);

/// The config.toml of a run. Throws Error(kInput) when it cannot be read, and naming each key that
/// the manifest knows otherwise: such a run would go on as another one. Keys that may change on
/// --resume may differ.
ResolvedExperiment read_run_config(const std::filesystem::path& run, const Json& manifest);

}  // namespace saddle
