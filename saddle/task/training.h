#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "saddle/task/experiment.h"
#include "saddle/task/table.h"
#include "saddle/train/run_directory.h"
#include "saddle/train/task.h"
#include "saddle/train/trainer.h"

namespace saddle {

/// An experiment in its run directory, ready for Trainer::run.
struct Training {
  std::unique_ptr<Task> task;
  std::unique_ptr<RunDirectory> run;
  std::unique_ptr<Trainer> trainer;  ///< logs its ticks, draws its sheets, fills event files
};

/// Begins the run `directory` with its config.toml and manifest.json or, where it holds a run, goes
/// on from its newest checkpoint, or from the start before there is one. Messages go to the
/// context's log and to log.txt. `stop_requested` is asked after every step; true stops after
/// saving. Throws Error(kUsage) for parts that do not go together and where a config that goes on
/// differs in more than may_change_on_resume, Error(kInput) where the data or an objective of the
/// program's own is not that of the run or no checkpoint can be used, Error(kIo) where nothing can
/// be written.
Training begin_training(const std::filesystem::path& directory, const Experiment& experiment,
                        const TaskContext& context, std::function<bool()> stop_requested = {});

}  // namespace saddle
