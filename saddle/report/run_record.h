#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "saddle/config/writer.h"
#include "saddle/metric/result.h"
#include "saddle/train/run_directory.h"

namespace saddle::report {

/// Named numbers in the order of their names.
using Numbers = std::vector<std::pair<std::string, double>>;

/// A line of ticks.jsonl. A number that JSON has no word for is NaN.
struct TickRecord {
  std::int64_t samples = 0;  ///< real samples consumed
  std::int64_t steps = 0;
  double seconds = 0;  ///< trained so far
  double rate = 0;     ///< samples a second
  double memory = 0;   ///< peak, bytes
  std::string words{};
  Numbers signals{};
  Numbers knobs{};
  std::string first_bad{};  ///< "generator.0.weight gradient at step 12", or ""
};

/// A line of metrics.jsonl.
struct Measurement {
  std::int64_t samples = 0;  ///< of the checkpoint
  std::int64_t seed = 0;     ///< of the latents
  std::string time{};        ///< UTC, or ""
  std::vector<metric::MetricValue> metrics{};
};

/// samples/<samples>.png.
struct Sheet {
  std::int64_t samples = 0;
  std::filesystem::path path{};
};

/// A line of log.txt.
struct LogLine {
  std::string time{};
  std::string level{};  ///< "info", "warning", "error"
  std::string text{};
};

/// One call of `saddle train` for the run.
struct Sitting {
  std::string started{};  ///< UTC
  std::string command{};
  std::string device{};
  std::string precision{};
  std::string libtorch{};
  std::int64_t threads = 0;
  std::int64_t samples = 0;  ///< where it began
};

/// How a run stands.
enum class Status { kNothingYet, kFinished, kInterrupted, kOutOfTime, kFailed, kOpen };

/// Everything that a run's directory says, read without LibTorch.
struct RunRecord {
  std::filesystem::path path{};
  std::string name{};         ///< the directory's own name
  std::string preset{};       ///< "" for a config without one
  std::string version{};      ///< of Saddle
  std::string fingerprint{};  ///< of the data
  std::vector<Sitting> sittings{};
  std::vector<config::FlatValue> config{};     ///< every key as trained, by name
  std::vector<config::FlatValue> reference{};  ///< of the preset, or the defaults
  bool reference_is_preset = false;
  std::vector<TickRecord> ticks{};
  std::vector<Measurement> measurements{};
  std::vector<Sheet> sheets{};
  std::vector<LogLine> log{};
  std::vector<CheckpointEntry> checkpoints{};

  /// The value of a config key, "" where there is none.
  std::string config_value(std::string_view key) const;
  std::int64_t samples() const;  ///< trained so far
  /// Where the run ends, in real samples; nothing before a tick or a readable length.
  std::optional<std::int64_t> run_samples() const;
  Status status() const;
  /// "finished", "interrupted", ...
  std::string status_words() const;
  double seconds() const;  ///< trained so far
  double rate() const;     ///< samples a second over the whole run; 0 before a tick
};

/// Reads a run. What training has not written yet is empty; a broken last line of a log, as a crash
/// leaves it, is left out. `presets` is the folder of the recipes.
/// Throws Error(kInput) when it is no run, or naming the file and line that is damaged.
RunRecord read_run_record(const std::filesystem::path& path, const std::filesystem::path& presets);

}  // namespace saddle::report
