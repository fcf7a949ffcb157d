#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/session.h"
#include "cli/terminal.h"
#include "cli/text_verbs.h"
#include "cli/verbs.h"
#include "saddle/base/clock.h"
#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/text.h"
#include "saddle/config/writer.h"
#include "saddle/kernel/plan.h"
#include "saddle/metric/classifier.h"
#include "saddle/task/gan_sampler.h"
#include "saddle/tensor/device.h"
#include "saddle/train/observers.h"
#include "saddle/train/trainer.h"

namespace saddle::cli {
namespace {
namespace fs = std::filesystem;

// What may change when a run goes on; anything else would make it another run.
bool may_change_on_resume(const std::string& key) {
  static const std::vector<std::string> free{"train.length", "train.max_time", "train.tick",
                                             "train.threads", "train.workers"};
  return std::ranges::find(free, key) != free.end() || key.starts_with("checkpoint.") ||
         key.starts_with("samples.");
}

ResolvedExperiment resolve(const TrainOptions& options) {
  if (options.resume.empty()) {
    return resolve_experiment({.preset = options.preset,
                               .files = options.config_files,
                               .assignments = options.assignments},
                              config::preset_directory(executable_directory()));
  }
  if (!options.preset.empty() || !options.config_files.empty() || !options.init.empty()) {
    throw Error(ErrorCode::kUsage, "train",
                "--resume goes on with the run's own config: got a preset, --config or --init too; "
                "change single keys with --set");
  }
  require_run(options.resume);
  const fs::path file = fs::path(options.resume) / "config.toml";
  const ResolvedExperiment before = read_experiment(file, {});
  ResolvedExperiment now = read_experiment(file, options.assignments);
  for (const auto& change : config::diff(before.experiment, now.experiment)) {
    if (may_change_on_resume(change.key)) continue;
    throw Error(ErrorCode::kUsage, "train",
                cat(change.key, " cannot change on --resume: was ", change.a, ", got ", change.b,
                    "; length, cadences, threads and workers may. Start a new run with --init ",
                    options.resume));
  }
  return now;
}

std::string command_text(const TrainOptions& options) {
  std::string text = "saddle train";
  if (!options.preset.empty()) text += " " + options.preset;
  if (!options.data.empty()) text += " --data " + options.data;
  for (const auto& file : options.config_files) text += " --config " + file;
  for (const auto& one : options.assignments) text += " --set '" + one + "'";
  if (!options.init.empty()) text += " --init " + options.init;
  return text;
}

Json manifest_of(const TrainOptions& options, const ResolvedExperiment& resolved,
                 const Machine& machine, const Task& task, const std::string& data_path) {
  const TensorVersions versions = tensor_versions();
  Json data = to_json(task.facts());
  data["path"] = data_path.empty() ? "" : fs::absolute(data_path).string();
  return {{"saddle", SADDLE_VERSION},
          {"command", command_text(options)},
          {"preset", resolved.preset},
          {"started", utc_text(unix_seconds())},
          {"seed", resolved.experiment.train.seed},
          {"data", data},
          {"device", device_name(machine.device)},
          {"threads", machine.threads},
          {"precision", machine.precision == Precision::kFloat32 ? "float32" : "bfloat16"},
          {"libtorch", versions.libtorch},
          {"cpu", versions.cpu},
          {"cpu_capability", versions.cpu_capability}};
}

// Tells what may end bit-exactness, and refuses other data.
void compare_manifests(const Json& before, const Json& now, const Log& log) {
  const std::string old_data = before["data"].value("fingerprint", "");
  const std::string new_data = now["data"].value("fingerprint", "");
  if (old_data != new_data) {
    throw Error(ErrorCode::kInput, "train",
                cat("the data is not what the run was trained on: fingerprint ", new_data,
                    ", expected ", old_data, "; give the old data with --data"));
  }
  for (const char* key : {"device", "threads", "cpu", "libtorch", "cpu_capability", "precision"}) {
    if (before.value(key, Json()) != now.value(key, Json())) {
      log.warning(cat(key, " changed from ", before.value(key, Json()).dump(), " to ",
                      now.value(key, Json()).dump(),
                      ": the run goes on, but not bit for bit as it would have"));
    }
  }
}

RunDirectory open_directory(const TrainOptions& options, const ResolvedExperiment& resolved) {
  if (!options.resume.empty()) return RunDirectory::open(options.resume);
  if (!options.out.empty()) return RunDirectory::create_at(options.out);
  const std::string preset = resolved.preset.empty() ? "custom" : resolved.preset;
  return RunDirectory::create("runs", cat(preset, "-", resolved.experiment.data_name()));
}

int finish(Outcome outcome, const Trainer& trainer, const RunDirectory& run,
           const TrainOptions& options) {
  end_status_line();
  const std::string path = run.path().string();
  if (options.json) {
    const char* word = outcome == Outcome::kFinished      ? "finished"
                       : outcome == Outcome::kInterrupted ? "interrupted"
                                                          : "out of time";
    const auto checkpoints = list_checkpoints(run.path());
    std::printf("%s\n", Json{{"run", path},
                             {"samples", trainer.samples()},
                             {"outcome", word},
                             {"checkpoint", checkpoints.back().path.string()}}
                            .dump(1)
                            .c_str());
  } else {
    std::printf("run:         %s\n", path.c_str());
    std::printf("samples:     %s\n", (run.path() / "samples").c_str());
    std::printf("log:         %s\n", (run.path() / "log.txt").c_str());
    std::printf("checkpoint:  %s\n", list_checkpoints(run.path()).back().path.c_str());
    if (outcome == Outcome::kFinished) {
      std::printf("next:        saddle sample %s | saddle eval %s\n", path.c_str(), path.c_str());
    } else {
      std::printf("go on with:  saddle train --resume %s\n", path.c_str());
    }
  }
  return outcome == Outcome::kInterrupted ? 128 + requested_signal() : 0;
}

}  // namespace

int run_train(const TrainOptions& options) {
  const ResolvedExperiment resolved = resolve(options);
  const Experiment& experiment = resolved.experiment;
  kernel::use_rules_only(options.deterministic);
  const Machine machine =
      prepare_machine(options.device, experiment.train.threads, experiment.train.precision);
  Json old_manifest;
  std::string data_path = options.data;
  if (!options.resume.empty()) {
    old_manifest = read_manifest(options.resume);
    data_path = data_path_of(old_manifest, options.data);
  }
  const auto task = make_task(experiment, {.data_path = data_path,
                                           .device = machine.device,
                                           .precision = machine.precision,
                                           .cache_directory = metric::default_cache_directory(),
                                           .log = Log(terminal_log())});
  RunDirectory run = open_directory(options, resolved);
  const Log log(tee({terminal_log(), file_log(run.file("log.txt"))}));
  const Json manifest = manifest_of(options, resolved, machine, *task, data_path);
  if (!options.resume.empty()) compare_manifests(old_manifest, manifest, log);
  write_file_atomic(run.file("config.toml"), config::to_toml(experiment));
  write_file_atomic(run.file("manifest.json"), manifest.dump(1) + "\n");
  for (const auto& line : task->describe()) log.info(line);
  for (const auto& dropped : resolved.loaded.dropped) log.info("dropped: " + dropped.text());

  install_signal_handlers();
  Trainer trainer(*task, run,
                  {.train = experiment.train,
                   .checkpoint = experiment.checkpoint,
                   .samples = experiment.samples,
                   .stop_requested = [] { return requested_signal() != 0; },
                   .facts =
                       [&] {
                         // Kernel plans are measured as shapes come up, and decide bits.
                         return Json{{"saddle", SADDLE_VERSION},
                                     {"preset", resolved.preset},
                                     {"plans", kernel::exported_plans()}};
                       },
                   .log = log});
  if (!options.resume.empty()) {
    kernel::import_plans(trainer.resume().value("plans", ""));
  }
  if (!options.init.empty()) {
    for (const auto& line : trainer.initialise_from(options.init)) log.info("init: " + line);
  }
  trainer.add(tick_log(run));
  trainer.add(sheet_files(run));
  trainer.add(tensorboard(run));
  trainer.add(status_line());
  const double cpu_before = process_cpu_seconds();
  const Outcome outcome = trainer.run();
  end_status_line();
  const double reading = trainer.stage().loader_cpu_seconds();
  const double cpu = std::max(1e-9, process_cpu_seconds() - cpu_before);
  log.info(cat("CPU time ", duration_text(cpu), ", of it reading data ",
               grouped(static_cast<std::int64_t>(1000 * reading / cpu)), " of 1,000"));
  return finish(outcome, trainer, run, options);
}

}  // namespace saddle::cli
