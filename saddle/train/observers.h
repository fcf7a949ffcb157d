#pragma once

#include <filesystem>
#include <memory>

#include "saddle/train/observer.h"
#include "saddle/train/run_directory.h"

namespace saddle {

/// Appends every tick to ticks.jsonl: samples, steps, seconds, rate, memory, signals, knobs.
std::unique_ptr<Observer> tick_log(const RunDirectory& run);

/// Appends every measurement of the averaged generator to metrics.jsonl, marked "while_training".
std::unique_ptr<Observer> metric_log(const RunDirectory& run, std::int64_t seed);

/// Writes samples/<samples>.png.
std::unique_ptr<Observer> sheet_files(const RunDirectory& run);

/// Writes scalars, logit histograms and sample sheets to a TensorBoard event file in the run.
std::unique_ptr<Observer> tensorboard(const RunDirectory& run);

}  // namespace saddle
