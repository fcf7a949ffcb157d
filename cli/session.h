#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "saddle/base/json.h"
#include "saddle/base/log.h"
#include "saddle/task/experiment.h"
#include "saddle/task/table.h"
#include "saddle/train/run_directory.h"
#include "saddle/train/task.h"

namespace saddle::cli {

/// Threads, number formats and device, once at the start of a verb.
struct Machine {
  at::Device device{at::kCPU};
  Precision precision = Precision::kFloat32;
  int threads = 1;
};
/// `threads` 0 and kAuto choose by measuring, and by rule where `by_rule`.
Machine prepare_machine(const std::string& device, std::int64_t threads, PrecisionChoice precision,
                        bool by_rule = false);

/// The data of a run: where the user says it is now, else where it was when it was trained.
std::string data_path_of(const Json& manifest, const std::string& given);

/// A trained run opened for sampling and measuring.
struct OpenRun {
  Machine machine;
  ResolvedExperiment resolved;
  Json manifest;
  CheckpointEntry checkpoint;
  std::unique_ptr<Task> task;
  std::unique_ptr<Sampler> sampler;
};

/// Opens a run's config and a checkpoint of it: the newest usable one, or the one at
/// `checkpoint_samples` when that is not negative. Throws Error(kInput) when the run or the
/// checkpoint cannot be read, Error(kUsage) when there is no checkpoint at these samples.
OpenRun open_run(const std::string& run, std::int64_t checkpoint_samples, const std::string& data,
                 const std::string& device, const Log& log);

}  // namespace saddle::cli
