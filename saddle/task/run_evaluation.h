#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "saddle/metric/result.h"
#include "saddle/metric/sample_set.h"
#include "saddle/task/experiment.h"
#include "saddle/task/table.h"
#include "saddle/train/task.h"

namespace saddle {

/// A split of the data of a run, as its networks see it.
std::unique_ptr<metric::SampleSet> data_set(Task& task, const Experiment& experiment,
                                            data::Split split, std::uint64_t seed);

/// What a sampler makes of latents of `seed`. `identity` tells its weights; "" for weights that are
/// not kept. The sampler must outlive the set.
std::unique_ptr<metric::SampleSet> sampler_set(Sampler& sampler, std::string name,
                                               const std::string& identity, std::uint64_t seed);

/// Measures samplers of a training run as experiment.eval says; real samples, floors and baselines
/// are worked out once. Empty where nothing is to be measured. One line to the context's log where
/// the choice of data deserves it. Throws Error(kUsage) for metrics that the data cannot give.
/// Task and context must outlive what is returned.
std::function<std::vector<metric::MetricValue>(Sampler&)> run_evaluation(
    Task& task, const Experiment& experiment, const TaskContext& context, const Log& log);

}  // namespace saddle
