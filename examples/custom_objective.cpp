// Trains with an objective of one's own, which is not in Saddle's table: every logit is compared
// with the mean logit of the other side (RaSGAN: Jolicoeur-Martineau 2018, arXiv:1807.00734). The
// world is eight Gaussians on a ring, so that lost modes can be counted.
//
//   cmake -S examples -B build -DCMAKE_PREFIX_PATH=<where Saddle was installed>
//   cmake --build build
//   build/custom_objective
#include <ATen/core/Tensor.h>
#include <ATen/ops/softplus.h>

#include <cstdio>
#include <exception>

#include "saddle/task/table.h"
#include "saddle/tensor/device.h"

namespace {

// How far the logits of one side are from lying above the other side's mean, and the other way.
at::Tensor not_above(const at::Tensor& one, const at::Tensor& other) {
  const at::Tensor shortfall = at::softplus(other.mean().sub(one)).mean();
  return shortfall.add(at::softplus(other.sub(one.mean())).mean()).mul(0.5);
}

// Two losses of logits are enough: derivatives, penalties and checks follow from them.
saddle::objective::Functions relativistic_average() {
  return {.name = "relativistic_average",
          .discriminator = [](const at::Tensor& real,
                              const at::Tensor& fake) { return not_above(real, fake); },
          .generator = [](const at::Tensor& real,
                          const at::Tensor& fake) { return not_above(fake, real); },
          .traits = {.anchored = false, .reals_in_generator_step = true}};
}

saddle::Experiment ring() {
  saddle::Experiment experiment;
  experiment.task = saddle::PointsTask{};
  experiment.data = saddle::data::RingWorld{.sd = 0.05};
  experiment.generator = saddle::nn::MlpGenerator{.latent = 2, .width = 64};
  experiment.discriminator = saddle::nn::MlpDiscriminator{.width = 64};
  std::get<std::optional<saddle::objective::R1>>(experiment.penalty).emplace().gamma = 0.1;
  std::get<std::optional<saddle::objective::R2>>(experiment.penalty).emplace().gamma = 0.1;
  experiment.train.batch = 128;
  return experiment;
}

void print_modes(const char* when, saddle::Task& task, saddle::Stage& stage) {
  const auto sampler = stage.sampler();
  for (const auto& metric : task.evaluate(*sampler, {})) {
    if (metric.name != "modes" && metric.name != "high_quality") continue;
    std::printf("%s: %s %.2f (real points %.2f, one Gaussian %.2f)\n", when, metric.name.c_str(),
                metric.value, metric.floor, metric.baseline);
  }
}

void train() {
  saddle::TaskContext context;
  context.objective = relativistic_average();
  const auto task = saddle::make_task(ring(), context);
  // A run directory is for long trainings; a stage can also be moved by hand.
  const auto stage = task->enter(0, nullptr);
  print_modes("untrained", *task, *stage);
  std::int64_t samples = 0;
  for (int step = 0; step < 3'000; ++step) {
    samples += stage->samples_per_step();
    stage->step(samples);
  }
  print_modes("trained", *task, *stage);
}

}  // namespace

int main() try {
  saddle::configure_threads(1);
  train();
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
