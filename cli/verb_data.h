#pragma once

#include "cli/options.h"

namespace saddle::cli {

// The verbs under `saddle data`; each returns the exit code.

/// `saddle data inspect PATH [OTHER]`: 1 when the data cannot be trained on.
int run_data_inspect(const DataInspectOptions& options);
/// `saddle data pack PATH`.
int run_data_pack(const DataPackOptions& options);
/// `saddle data make WORLD`.
int run_data_make(const DataMakeOptions& options);

}  // namespace saddle::cli
