#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "saddle/base/log.h"
#include "saddle/task/experiment.h"
#include "saddle/tensor/precision.h"
#include "saddle/train/task.h"

namespace saddle {

/// Where a task runs and where its data lies.
struct TaskContext {
  std::string data_path{};  ///< "" for worlds
  at::Device device{at::kCPU};
  Precision precision = Precision::kFloat32;
  std::filesystem::path cache_directory{};  ///< of evaluation classifiers
  /// What an earlier opening of the data found; the data is then opened only when needed.
  std::optional<DataFacts> facts{};
  Log log{};
};

/// The task that the experiment selects. Opens the training data.
/// Throws Error(kUsage) when data files are wanted and none are named, Error(kInput) when they do
/// not fit.
std::unique_ptr<Task> make_task(const Experiment& experiment, const TaskContext& context);

}  // namespace saddle
