#include "saddle/task/training.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "saddle/base/error.h"
#include "saddle/base/json.h"
#include "saddle/base/text.h"
#include "saddle/config/writer.h"
#include "saddle/task/run_config.h"
#include "saddle/task/run_evaluation.h"
#include "saddle/task/run_files.h"
#include "saddle/train/observers.h"

namespace saddle {
namespace {

// Numbers set in code are held to the ranges of a config file, which the run's will be.
void require_valid(const Experiment& experiment) {
  const config::Source source{.text = config::to_toml(experiment), .name = "the experiment"};
  Experiment read;
  config::load(read, {&source, 1});
}

// Throws unless a run goes on with its own config, but for what may change.
void require_same_config(const Experiment& before, const Experiment& now) {
  for (const auto& change : config::diff(before, now)) {
    if (may_change_on_resume(change.key)) continue;
    throw Error(ErrorCode::kUsage, "train",
                cat(change.key, " cannot change while a run goes on: was ", change.a, ", got ",
                    change.b, "; length, cadences, threads and workers may. Begin another run"));
  }
}

}  // namespace

Training begin_training(const std::filesystem::path& directory, const Experiment& experiment,
                        const TaskContext& context, std::function<bool()> stop_requested) {
  require_valid(experiment);
  const bool goes_on = std::filesystem::exists(directory / "config.toml");
  Json before;
  if (goes_on) {
    before = read_manifest(directory);
    require_same_config(read_run_config(directory, before).experiment, experiment);
  }
  Training training;
  training.task = make_task(experiment, context);
  Json manifest = run_manifest(experiment, context, *training.task);
  if (goes_on) require_same_run(before, manifest);
  // Builds the networks once: what does not fit is refused before anything is written.
  const auto description = training.task->describe();
  training.run = std::make_unique<RunDirectory>(goes_on ? RunDirectory::open(directory)
                                                        : RunDirectory::create_at(directory));
  const RunDirectory& run = *training.run;
  if (goes_on) require_what_it_began_from(run, before);
  const auto to_context = [log = context.log](LogLevel level, std::string_view text) {
    log.write(level, text);
  };
  const Log log(tee({to_context, file_log(run.file("log.txt"))}));
  for (const auto& line : description) log.info(line);
  training.trainer = std::make_unique<Trainer>(
      *training.task, *training.run,
      TrainerOptions{.train = experiment.train,
                     .checkpoint = experiment.checkpoint,
                     .samples = experiment.samples,
                     .stop_requested = std::move(stop_requested),
                     .facts = {},
                     .eval = experiment.eval,
                     .evaluate = run_evaluation(*training.task, experiment, context, log),
                     .log = log});
  if (goes_on) {
    training.trainer->resume();
    // What a run is and how it began stays; length and cadences may be new.
    before["config"] = manifest["config"];
    manifest = before;
  }
  write_run_files(run, experiment, manifest);
  training.trainer->add(tick_log(run));
  if (experiment.eval.every.count > 0) {
    training.trainer->add(metric_log(run, experiment.train.seed));
  }
  training.trainer->add(sheet_files(run));
  training.trainer->add(tensorboard(run));
  return training;
}

}  // namespace saddle
