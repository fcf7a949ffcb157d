#pragma once

#include <string>
#include <vector>

#include "saddle/base/json.h"
#include "saddle/report/run_record.h"

namespace saddle::report {

/// One self-contained HTML page about a run: how far it is, samples, metrics, curves, config,
/// warnings, checkpoints and how to go on. Throws Error(kInput) for a sheet that cannot be read.
std::string run_page(const RunRecord& run);

/// {"run","name","preset","status","samples","run_samples","seconds","rate","words","data",
/// "device","metrics","changed","warnings","checkpoints","sheets"}.
Json run_facts_json(const RunRecord& run);

/// What the log warns of or calls an error, with where numbers went wrong, a line each.
std::vector<LogLine> run_warnings(const RunRecord& run);

/// The keys that differ from the preset's, or from the defaults: `a` is theirs, `b` the run's.
std::vector<config::Difference> config_changes(const RunRecord& run);

}  // namespace saddle::report
