#include "saddle/task/table.h"

#include <ATen/ATen.h>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/task/gan_stage.h"
#include "saddle/task/tasks.h"
#include "saddle/tensor/device.h"

namespace saddle {

std::shared_ptr<const data::Source> open_data(const Experiment& experiment,
                                              const TaskContext& context, data::Split split) {
  if (!std::holds_alternative<data::OwnSamples>(experiment.data)) {
    return data::open_source(experiment.data, split, context.data_path);
  }
  const bool train = split == data::Split::kTrain;
  const auto& own = train ? context.train_source : context.test_source;
  if (own) return own;
  if (train || !context.train_source) {
    return data::open_source(experiment.data, split, context.data_path);
  }
  throw data::MissingSplit(
      "data", "no test samples were handed in to compare with; give TaskContext::test_source");
}

std::unique_ptr<Task> make_task(const Experiment& experiment, const TaskContext& context) {
  check_experiment(experiment);
  const bool handed_in = context.train_source || context.test_source;
  if (handed_in && !std::holds_alternative<data::OwnSamples>(experiment.data)) {
    throw Error(ErrorCode::kUsage, "data",
                cat("samples were handed in, but data.name = \"", experiment.data_name(),
                    "\" opens others; set experiment.data = data::OwnSamples{}"));
  }
  return std::visit([&](const auto& row) { return make_task(row, experiment, context); },
                    experiment.task);
}

metric::FakeSampler fake_batches(Sampler& sampler, std::uint64_t seed) {
  return [&sampler, streams = Streams(seed), k = std::uint64_t{0}](std::int64_t n) mutable {
    return draw_samples(sampler, streams.at("eval", k++), n);
  };
}

std::vector<std::string> describe_gan(const Experiment& experiment, const DataFacts& facts,
                                      const TaskContext& context) {
  const auto options = at::TensorOptions().dtype(at::kFloat);
  const auto generator = make_generator(experiment, facts, options);
  const auto discriminator = make_discriminator(experiment, facts, options);
  const auto name = [](const auto& variant) {
    return std::visit([](const auto& row) { return row.kName; }, variant);
  };
  const nn::Dimensions& d = facts.dimensions;
  const std::string shape = d.resolution > 0 ? cat(d.channels, "x", d.resolution, "x", d.resolution)
                                             : cat(d.channels, "-D");
  const std::string size =
      facts.samples == data::Source::kEndless ? "endless" : grouped(facts.samples);
  return {cat("data: ", experiment.data_name(), ", ", shape, ", ", size, " samples",
              d.classes > 0 ? cat(", ", d.classes, " classes") : std::string()),
          cat("generator: ", name(experiment.generator), ", ",
              grouped(nn::parameter_count(*generator)), " parameters; discriminator: ",
              name(experiment.discriminator), ", ", grouped(nn::parameter_count(*discriminator))),
          cat("on ", device_name(context.device), ", ", thread_count(),
              thread_count() == 1 ? " thread, " : " threads, ", to_text(context.precision))};
}

}  // namespace saddle
