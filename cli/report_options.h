#pragma once

#include "cli/options.h"

namespace saddle::cli {

/// Adds `saddle report`, whose flags land in `options`.
void add_report(CLI::App& app, ReportOptions& options);
/// Adds `saddle compare`.
void add_compare(CLI::App& app, CompareOptions& options);

}  // namespace saddle::cli
