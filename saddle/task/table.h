#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "saddle/base/log.h"
#include "saddle/objective/objective.h"
#include "saddle/task/experiment.h"
#include "saddle/tensor/precision.h"
#include "saddle/train/task.h"

namespace saddle {

namespace data {
class Source;
}

/// Where a task runs and where its data lies.
struct TaskContext {
  std::string data_path{};  ///< "" for worlds
  at::Device device{at::kCPU};
  Precision precision = Precision::kFloat32;
  std::filesystem::path cache_directory{};  ///< of evaluation classifiers
  /// What an earlier opening of the data found; the data is then opened only when needed.
  std::optional<DataFacts> facts{};
  Log log{};
  /// Samples of a program's own, where experiment.data is data::OwnSamples: those to train on, and
  /// those that Task::evaluate compares with. Images "x" are u8 [C,H,W], or float in [-1,1] with
  /// the transform left as it is; points [D] of any dtype.
  std::shared_ptr<const data::Source> train_source{};
  std::shared_ptr<const data::Source> test_source{};
  /// An objective of a program's own in place of experiment.objective.
  std::optional<objective::Functions> objective{};
};

/// The task that the experiment selects. Opens the training data unless the context has its facts.
/// Throws Error(kUsage) for parts that do not go together, and when data files or samples are
/// wanted and none are named, Error(kInput) when they do not fit.
std::unique_ptr<Task> make_task(const Experiment& experiment, const TaskContext& context);

}  // namespace saddle
