#pragma once

#include <string>

#include "saddle/base/json.h"
#include "saddle/task/experiment.h"
#include "saddle/task/table.h"
#include "saddle/train/run_directory.h"
#include "saddle/train/task.h"

namespace saddle {

/// Where a run's config comes from.
struct RunOrigin {
  std::string preset{};  ///< "" for none
  bool deterministic = false;
};

/// What a run is, whoever trains it and where, for its manifest.json: version, preset, seed,
/// every key of the config, facts and path of the data, and the name of an objective of the
/// program's own.
Json run_manifest(const Experiment& experiment, const TaskContext& context, const Task& task,
                  const RunOrigin& origin = {});

/// Writes manifest.json, then config.toml, which makes the directory a run. Throws Error(kIo).
void write_run_files(const RunDirectory& run, const Experiment& experiment, const Json& manifest);

/// Throws Error(kInput) when a run that was `before` cannot go on as `now`: other data, or another
/// objective of a program's own.
void require_same_run(const Json& before, const Json& now);

/// Throws Error(kInput) when a run without a checkpoint began from other weights, which may have
/// changed since: it cannot begin again.
void require_what_it_began_from(const RunDirectory& run, const Json& manifest);

}  // namespace saddle
