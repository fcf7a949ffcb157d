#pragma once

#include <string>

#include "saddle/report/run_record.h"

namespace saddle::report {

/// The part of a run's page about its metrics: heading, table, curves, protocols.
std::string metrics_part(const RunRecord& run);

}  // namespace saddle::report
