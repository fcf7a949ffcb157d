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
  /// Clock of the checkpoint; kNewestCheckpoint: the newest usable one; kBestCheckpoint: the best
  /// by the run's eval.best.
  std::int64_t samples = kNewestCheckpoint;
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
/// checkpoint cannot be read, Error(kUsage) when there is no checkpoint at these samples, or when
/// the best one is asked for and none was chosen.
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
