#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "saddle/metric/result.h"
#include "saddle/report/run_record.h"
#include "tests/base/temporary.h"

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

/// One that measured these once, at its last tick.
MadeRun measured_run(std::vector<metric::MetricValue> metrics,
                     std::vector<std::string> assignments = {});

/// Writes it to `path`, which need not be there.
void make_run(const std::filesystem::path& path, const MadeRun& run = {});

/// A metric of this name under these conditions; floor 1, baseline 100, n 1,000.
metric::MetricValue made_metric(const std::string& name, double value, double spread,
                                metric::Conditions conditions = {{"extractor", "pixels"}});

/// The folder of the recipes in the source tree.
std::filesystem::path recipes();

/// Runs that are made and read back, each in a folder of its name.
class MadeRuns : public testing::Test {
 protected:
  report::RunRecord made(const std::string& name, const MadeRun& run = {}) const {
    make_run(directory_ / name, run);
    return report::read_run_record(directory_ / name, recipes());
  }

  TemporaryDirectory directory_;
};

}  // namespace saddle::test
