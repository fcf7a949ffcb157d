#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "saddle/metric/result.h"

namespace saddle::test {

/// One measurement that a made run holds.
struct MadeMeasurement {
  std::int64_t samples = 0;
  std::vector<metric::MetricValue> metrics{};
};

/// A run's directory as training would leave it, without the training.
struct MadeRun {
  std::string preset = "ring";
  std::vector<std::string> assignments{};  ///< of --set
  std::string fingerprint = "ring v1";
  std::int64_t ticks = 5;              ///< of 1,000 samples, 10 steps, one second each
  std::vector<std::int64_t> sheets{};  ///< clocks; each sheet is of another grey
  std::vector<std::int64_t> checkpoints{};
  std::vector<MadeMeasurement> measurements{};
  std::string log = "2024-05-01T12:00:00Z info: data: ring, 2-D, endless samples\n";
};

/// Writes it to `path`, which need not be there.
void make_run(const std::filesystem::path& path, const MadeRun& run = {});

/// A metric of this name under these conditions; floor 1, baseline 100, n 1,000.
metric::MetricValue made_metric(const std::string& name, double value, double spread,
                                metric::Conditions conditions = {{"extractor", "pixels"}});

/// The folder of the recipes in the source tree.
std::filesystem::path recipes();

}  // namespace saddle::test
