#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "saddle/base/log.h"
#include "saddle/task/experiment.h"
#include "saddle/train/run_directory.h"
#include "saddle/train/task.h"

namespace saddle {

/// Which of a run's generators, and where it works.
struct OpenOptions {
  std::int64_t samples = -1;  ///< clock of the checkpoint; negative: the newest usable one
  at::Device device{at::kCPU};
  std::string data_path{};  ///< where the data lies now; "": where it lay when the run was trained
  std::filesystem::path cache_directory{};  ///< of evaluation classifiers
  Log log{};
};

/// A trained run opened for sampling and measuring. Data is opened only to measure.
struct OpenRun {
  Experiment experiment;
  DataFacts facts;
  CheckpointEntry checkpoint;
  std::unique_ptr<Task> task;
  std::unique_ptr<Sampler> sampler;
};

/// Opens a run's config and one of its checkpoints. Throws Error(kInput) when the run or the
/// checkpoint cannot be read, Error(kUsage) when there is no checkpoint at these samples.
OpenRun open_run(const std::filesystem::path& run, const OpenOptions& options = {});

/// A trained generator without its run.
struct OpenGenerator {
  Experiment experiment;
  DataFacts facts;
  std::unique_ptr<Task> task;
  std::unique_ptr<Sampler> sampler;
};

/// Opens the two files that a program needs to bring along: a run's config.toml and the
/// generator.safetensors of one of its checkpoints. Throws Error(kInput) when one cannot be read or
/// they do not belong together.
OpenGenerator open_generator(const std::filesystem::path& config,
                             const std::filesystem::path& weights,
                             at::Device device = at::Device(at::kCPU));

}  // namespace saddle
