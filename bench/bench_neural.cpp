// Trains one preset under one dynamics and prints a JSON line: modes and KL of the last iterate and
// of what ships, how far samples still wander at the end, cost and memory.
//
// bench_neural --preset ring --seed 0 --budget evaluations|time --steps 8000 [--set key=value]...
// `steps` are those of alternation, whose gradient evaluations, or CPU seconds, are the budget.
#include <ATen/ATen.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/words.h"
#include "saddle/base/clock.h"
#include "saddle/game/adversarial_game.h"
#include "saddle/task/table.h"
#include "saddle/tensor/device.h"
#include "saddle/tensor/precision.h"
#include "saddle/tensor/random.h"

namespace saddle {
namespace {

struct Options {
  std::string presets = "presets", preset = "ring", budget = "evaluations";
  std::int64_t steps = 8000, seed = 0;
  std::vector<std::string> set;
};

Experiment experiment_of(const Options& options, std::vector<std::string> set) {
  set.push_back("train.seed=" + std::to_string(options.seed));
  return resolve_experiment({.preset = options.preset, .files = {}, .assignments = set},
                            options.presets)
      .experiment;
}

struct Training {
  explicit Training(const Experiment& e, std::int64_t steps)
      : task(make_task(e, {})), stage(task->enter(0, nullptr)) {
    stage->add_knobs(knobs, steps * stage->samples_per_step());
  }
  StepReport step() {
    knobs.follow_schedules(samples);
    samples += stage->samples_per_step();
    return stage->step(samples);
  }
  AdversarialGame& game() { return dynamic_cast<AdversarialGame&>(stage->game()); }

  std::unique_ptr<Task> task;
  std::unique_ptr<Stage> stage;
  Knobs knobs;
  std::int64_t samples = 0;
};

// Evaluations and CPU seconds of one step, over a few of them.
std::pair<double, double> cost_of_a_step(const Experiment& e) {
  constexpr int kWarm = 5, kSteps = 40;
  Training training(e, kWarm + kSteps);
  for (int i = 0; i < kWarm; ++i) training.step();
  const double start = process_cpu_seconds();
  std::int64_t evaluations = 0;
  for (int i = 0; i < kSteps; ++i) evaluations += training.step().evaluations;
  return {static_cast<double>(evaluations) / kSteps, (process_cpu_seconds() - start) / kSteps};
}

// Samples of the present generator at fixed latents.
at::Tensor looked_at(Training& training, const at::Tensor& z) {
  const NoGrad no_grad;
  return training.game().generator().forward(z, {}, {.training = false}).to(at::kDouble);
}

nlohmann::json scores(Task& task, Sampler& sampler) {
  nlohmann::json json;
  for (const auto& m : task.evaluate(sampler, {})) {
    if (m.name == "modes" || m.name == "reverse_kl" || m.name == "high_quality" ||
        m.name == "sliced_w2") {
      json[m.name] = m.value;
    }
  }
  return json;
}

std::int64_t numbers_kept(Training& training) {
  std::int64_t dynamics = 0;
  for (const NamedTensor& entry : snapshot(*training.stage)) {
    if (entry.name.find("optimizer.dynamics.") == 0) dynamics += entry.tensor.numel();
  }
  return dynamics;
}

int run(const Options& options) {
  configure_threads(1);
  flush_denormals(true);
  const Experiment e = experiment_of(options, options.set);
  // Keys of another row would be unknown to alternation.
  std::vector<std::string> of_alternation = options.set;
  std::erase_if(of_alternation, [](const std::string& one) { return one.starts_with("dynamics"); });
  of_alternation.push_back("dynamics=\"alternating\"");
  const Experiment base = experiment_of(options, of_alternation);
  const auto [own_evaluations, own_seconds] = cost_of_a_step(e);
  const auto [base_evaluations, base_seconds] = cost_of_a_step(base);
  const double share =
      options.budget == "time" ? base_seconds / own_seconds : base_evaluations / own_evaluations;
  const auto steps = std::max<std::int64_t>(
      1, static_cast<std::int64_t>(static_cast<double>(options.steps) * share));
  Training training(e, steps);
  const at::Tensor z =
      random_normal(Streams(0).at("eval", 0), {512, training.game().generator().latent_size()},
                    at::TensorOptions().dtype(at::kFloat));
  at::Tensor last;
  double wander = 0;
  int looks = 0;
  const double start = process_cpu_seconds();
  std::int64_t evaluations = 0;
  // Ten looks over the last tenth of the run.
  const std::int64_t apart = std::max<std::int64_t>(1, steps / 100);
  for (std::int64_t i = 1; i <= steps; ++i) {
    evaluations += training.step().evaluations;
    if (i < steps - 10 * apart || (steps - i) % apart != 0) continue;
    const at::Tensor now = looked_at(training, z);
    if (last.defined()) {
      wander += (now - last).square().sum(1).mean().sqrt().item().toDouble();
      ++looks;
    }
    last = now;
  }
  const double seconds = process_cpu_seconds() - start;
  NamedTensors weights;
  const auto collect = [&](const std::string& name, at::Tensor& t) {
    weights.push_back({name, t.detach()});
  };
  training.game().generator().parameters(collect);
  training.game().generator().buffers(collect);
  const bool finite = at::isfinite(last).all().item().toBool();
  nlohmann::json line{{"preset", options.preset},
                      {"set", options.set},
                      {"seed", options.seed},
                      {"budget", options.budget},
                      {"steps", steps},
                      {"evaluations", evaluations},
                      {"milliseconds_per_step", 1e3 * seconds / static_cast<double>(steps)},
                      {"wander", wander / std::max(1, looks)},
                      {"numbers_kept", numbers_kept(training)},
                      {"finite", finite}};
  if (finite) {
    line["last"] = scores(*training.task, *training.task->load_sampler(weights));
    line["shipped"] = scores(*training.task, *training.stage->sampler());
  }
  std::printf("%s\n", line.dump().c_str());
  return 0;
}

}  // namespace
}  // namespace saddle

int main(int argc, char** argv) {
  saddle::Options options;
  const saddle::bench::Words words{
      {"--presets", [&](const std::string& value) { options.presets = value; }},
      {"--preset", [&](const std::string& value) { options.preset = value; }},
      {"--budget",
       [&](const std::string& value) {
         if (value != "evaluations" && value != "time") {
           throw std::invalid_argument("evaluations or time");
         }
         options.budget = value;
       }},
      {"--steps", [&](const std::string& value) { options.steps = std::stoll(value); }},
      {"--seed", [&](const std::string& value) { options.seed = std::stoll(value); }},
      {"--set", [&](const std::string& value) { options.set.push_back(value); }}};
  if (!saddle::bench::read_words(argc, argv, words)) return 2;
  try {
    return saddle::run(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_neural: %s\n", error.what());
    return 1;
  }
}
