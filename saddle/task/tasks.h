#pragma once

#include <memory>
#include <string>
#include <vector>

#include "saddle/data/source.h"
#include "saddle/metric/batches.h"
#include "saddle/task/experiment.h"
#include "saddle/task/gan_sampler.h"
#include "saddle/task/table.h"
#include "saddle/train/task.h"

namespace saddle {

/// One function a row of TaskConfig.
std::unique_ptr<Task> make_task(const ImageTask&, const Experiment&, const TaskContext&);
std::unique_ptr<Task> make_task(const PointsTask&, const Experiment&, const TaskContext&);

/// The data of an experiment: what the context hands in, else what the config opens.
/// Throws Error(kUsage) where own samples are wanted and were not handed in.
std::shared_ptr<const data::Source> open_data(const Experiment& experiment,
                                              const TaskContext& context, data::Split split);

/// Fakes of a sampler for metrics: latents and labels of stream "eval" of `seed`.
metric::FakeSampler fake_batches(Sampler& sampler, std::uint64_t seed);

/// What a run of a plain GAN is made of, in lines for the log.
std::vector<std::string> describe_gan(const Experiment& experiment, const DataFacts& facts,
                                      const TaskContext& context);

}  // namespace saddle
