#pragma once

#include <string>
#include <vector>

#include "cli/options.h"
#include "saddle/data/sources.h"

namespace saddle::cli {

// The verbs under `saddle data`; each returns the exit code.

/// `saddle data inspect PATH [OTHER]`: 1 when the data cannot be trained on.
int run_data_inspect(const DataInspectOptions& options);
/// `saddle data pack PATH`.
int run_data_pack(const DataPackOptions& options);
/// `saddle data make WORLD`.
int run_data_make(const DataMakeOptions& options);

/// How to read what lies at `path`: as it is detected, or the data part of a preset, with the
/// assignments on top. Throws Error(kInput) when neither says it, Error(kUsage) for keys that are
/// not of the data.
data::SourceConfig data_source_at(const std::string& path, const std::string& preset,
                                  const std::vector<std::string>& assignments);

}  // namespace saddle::cli
