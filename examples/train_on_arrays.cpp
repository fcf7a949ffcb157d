// Trains on arrays of one's own, std::vector here, in a run directory, and measures the samples.
// Called again for the same run with more samples, it goes on where it stopped.
//
//   cmake -S examples -B build -DCMAKE_PREFIX_PATH=<where Saddle was installed>
//   cmake --build build
//   build/train_on_arrays runs/arrays 200k
#include <ATen/core/Tensor.h>

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "saddle/base/philox.h"
#include "saddle/base/schedule.h"
#include "saddle/data/source.h"
#include "saddle/loader/array_source.h"
#include "saddle/task/training.h"
#include "saddle/tensor/device.h"

namespace {

// What you would have already: rows of two numbers. Seven of ten lie around (-1, 0), three around
// (1, 0.5).
std::vector<float> my_rows(std::uint64_t key, int count) {
  saddle::PhiloxSequence random(key);
  std::vector<float> rows;
  for (int i = 0; i < count; ++i) {
    const bool left = random.uniform() < 0.7;
    rows.push_back(static_cast<float>(random.normal(left ? -1 : 1, 0.1)));
    rows.push_back(static_cast<float>(random.normal(left ? 0 : 0.5, 0.1)));
  }
  return rows;
}

double share_on_the_left(const at::Tensor& points) {
  const float* x = points.const_data_ptr<float>();
  int left = 0;
  for (std::int64_t i = 0; i < points.size(0); ++i) left += x[2 * i] < 0 ? 1 : 0;
  return static_cast<double>(left) / static_cast<double>(points.size(0));
}

// The config of a run as it would stand in config.toml.
saddle::Experiment experiment_of(const std::string& length) {
  saddle::Experiment experiment;
  experiment.task = saddle::PointsTask{};
  experiment.data = saddle::data::OwnSamples{};
  experiment.generator = saddle::nn::MlpGenerator{.latent = 2, .width = 64};
  experiment.discriminator = saddle::nn::MlpDiscriminator{.width = 64};
  experiment.objective = saddle::objective::NonSaturating{};
  std::get<std::optional<saddle::objective::R1>>(experiment.penalty).emplace().gamma = 0.1;
  std::get<std::optional<saddle::objective::R2>>(experiment.penalty).emplace().gamma = 0.1;
  experiment.train.batch = 128;
  experiment.train.length = saddle::parse_length(length);
  experiment.train.tick = saddle::parse_length("50k");
  return experiment;
}

void train(const std::string& run, const std::string& length) {
  const auto mine = saddle::data::array_source(my_rows(/*key=*/1, 4'000), /*shape=*/{2});
  const auto held_out = saddle::data::array_source(my_rows(/*key=*/2, 4'000), {2});
  saddle::TaskContext context;
  context.train_source = mine;
  context.test_source = held_out;
  context.log = saddle::Log([](saddle::LogLevel, std::string_view text) {
    std::printf("%.*s\n", static_cast<int>(text.size()), text.data());
  });

  const saddle::Training training = saddle::begin_training(run, experiment_of(length), context);
  training.trainer->run();

  const auto sampler = training.trainer->stage().sampler();
  const at::Tensor latents =
      saddle::random_normal(saddle::Streams(7).at("latent", 0), {4'000, sampler->latent_size()},
                            at::TensorOptions().dtype(at::kFloat));
  const at::Tensor points = sampler->sample(latents, /*labels=*/{}).at("x");
  std::printf("data %s\n", mine->fingerprint().c_str());
  std::printf("on the left: %.2f of the samples, 0.70 of the rows\n", share_on_the_left(points));
  for (const auto& metric : training.task->evaluate(*sampler, {})) {
    std::printf("%s %.3f (more real rows %.3f, one Gaussian %.3f)\n", metric.name.c_str(),
                metric.value, metric.floor, metric.baseline);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  saddle::configure_threads(1);
  train(argc > 1 ? argv[1] : "runs/arrays", argc > 2 ? argv[2] : "200k");
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
