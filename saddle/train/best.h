#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "saddle/metric/result.h"

namespace saddle {

/// The best measurement of a run by one metric among those made while it trained.
struct BestMeasurement {
  std::int64_t samples = -1;  ///< clock; -1: there is none
  metric::MetricValue measured{};

  bool exists() const { return samples >= 0; }
  /// Whether `next`, made after it, takes its place: it is better, or was measured under other
  /// conditions, so that it begins a new count. Throws as is_better.
  bool gives_way_to(const metric::MetricValue& next) const;
};

/// Reads metrics.jsonl; of measurements whose checkpoint is there and that were made as the last
/// one was. Throws Error(kUsage) where lower and higher values of the metric say nothing,
/// Error(kInput) where the file cannot be read.
BestMeasurement best_measurement(const std::filesystem::path& run, std::string_view metric);

/// Whether the first value of a metric is better than the second. Throws Error(kUsage) where lower
/// and higher values say nothing.
bool is_better(std::string_view metric, double value, double than);

}  // namespace saddle
