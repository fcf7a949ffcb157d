#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace saddle {

/// The best measurement of a run by one metric among those made while it trained.
struct BestMeasurement {
  std::int64_t samples = -1;  ///< clock; -1: there is none
  double value = 0;
};

/// Reads metrics.jsonl; of measurements whose checkpoint is there. Throws Error(kUsage) where lower
/// and higher values of the metric say nothing, Error(kInput) where the file cannot be read.
BestMeasurement best_measurement(const std::filesystem::path& run, std::string_view metric);

/// Whether the first value of a metric is better than the second. Throws as best_measurement.
bool is_better(std::string_view metric, double value, double than);

}  // namespace saddle
