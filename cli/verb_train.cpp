#include <algorithm>
#include <cstdio>
#include <exception>
#include <nlohmann/json.hpp>

#include "cli/session.h"
#include "cli/terminal.h"
#include "cli/text_verbs.h"
#include "cli/verbs.h"
#include "saddle/base/clock.h"
#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/json.h"
#include "saddle/base/text.h"
#include "saddle/config/presets.h"
#include "saddle/kernel/plan.h"
#include "saddle/metric/classifier.h"
#include "saddle/report/run_page.h"
#include "saddle/task/run_config.h"
#include "saddle/task/run_evaluation.h"
#include "saddle/task/run_files.h"
#include "saddle/tensor/device.h"
#include "saddle/train/observers.h"
#include "saddle/train/trainer.h"

namespace saddle::cli {
namespace {
namespace fs = std::filesystem;

std::string command_text(const TrainOptions& options) {
  std::string text = "saddle train";
  const auto flag = [&text](const char* name, const std::string& value) {
    if (!value.empty()) text += cat(" ", name, " ", value);
  };
  if (!options.preset.empty()) text += " " + options.preset;
  flag("--data", options.data);
  for (const auto& file : options.config_files) flag("--config", file);
  for (const auto& one : options.assignments) flag("--set", "'" + one + "'");
  flag("--out", options.out);
  if (options.device != "auto") flag("--device", options.device);
  flag("--resume", options.resume);
  flag("--init", options.init);
  if (options.deterministic) text += " --deterministic";
  return text;
}

// One sitting: who asked for what, and what its numbers depend on besides the config.
Json sitting_of(const TrainOptions& options, const Machine& machine, std::int64_t samples) {
  const TensorVersions versions = tensor_versions();
  return {{"command", command_text(options)},
          {"init", options.init},
          {"started", utc_text(unix_seconds())},
          {"samples", samples},
          {"device", device_name(machine.device)},
          {"threads", machine.threads},
          {"precision", to_text(machine.precision)},
          {"libtorch", versions.libtorch},
          {"cpu", versions.cpu},
          {"cpu_capability", versions.cpu_capability}};
}

PrecisionChoice precision_from(const JsonReader& sitting) {
  const std::string word = sitting.text("precision");
  if (word == to_text(Precision::kFloat32)) return PrecisionChoice::kFloat32;
  if (word == to_text(Precision::kBFloat16)) return PrecisionChoice::kBFloat16;
  sitting.at("precision").fail(cat("got '", word, "', expected float32 or bfloat16"));
}

// Where the config leaves a choice to the machine, a resumed run chooses as its last sitting on
// this device did, so that it goes on bit for bit.
Machine machine_for(const TrainOptions& options, const TrainConfig& train, const Json& sittings) {
  std::int64_t threads = train.threads;
  PrecisionChoice precision = train.precision;
  if (!sittings.empty()) {
    const std::string device = device_name(choose_device(options.device));
    const JsonReader reader(sittings, "run", "manifest.json", "sittings");
    for (std::size_t i = reader.array_size(); i-- > 0;) {
      const JsonReader sitting = reader.at(i);
      if (sitting.text("device") != device) continue;
      if (threads == 0) threads = sitting.integer("threads");
      if (precision == PrecisionChoice::kAuto) precision = precision_from(sitting);
      break;
    }
  }
  return prepare_machine(options.device, threads, precision, options.deterministic);
}

// Tells what ends bit-exactness.
void compare_sittings(const Json& before, const Json& now, const Log& log) {
  for (const char* key : {"device", "threads", "cpu", "libtorch", "cpu_capability", "precision"}) {
    if (before.value(key, Json()) != now.at(key)) {
      log.warning(cat(key, " changed from ", before.value(key, Json()).dump(), " to ",
                      now.at(key).dump(),
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

std::string percent_text(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", 100 * share);
  return text;
}

// How a user here starts this program.
std::string program() {
  const fs::path whole = executable_directory() / "saddle";
  std::error_code error;
  const fs::path near = fs::proximate(whole, error);
  return error || near.native().size() > whole.native().size() ? whole.string() : near.string();
}

// The page about the run; "" where it cannot be written, which is no reason to fail.
std::string written_report(const RunDirectory& run, const Log& log) {
  const fs::path file = run.file("report.html");
  try {
    const auto record =
        report::read_run_record(run.path(), config::preset_directory(executable_directory()));
    write_file_atomic(file, report::run_page(record));
    return file.string();
  } catch (const Error& error) {
    log.warning(cat("no report: ", error.what()));
    return "";
  }
}

int finish(Outcome outcome, const Trainer& trainer, const RunDirectory& run,
           const TrainOptions& options, const Log& log) {
  end_status_line();
  const std::string path = run.path().string();
  const std::string page = written_report(run, log);
  if (options.json) {
    const char* word = outcome == Outcome::kFinished      ? "finished"
                       : outcome == Outcome::kInterrupted ? "interrupted"
                                                          : "out of time";
    const auto checkpoints = list_checkpoints(run.path());
    const Json answer{{"run", path},     {"samples", trainer.samples()},
                      {"outcome", word}, {"checkpoint", checkpoints.back().path.string()},
                      {"report", page},  {"cpu_seconds", process_cpu_seconds()}};
    std::fputs(json_text(answer).c_str(), stdout);
  } else {
    std::printf("run:         %s\n", path.c_str());
    std::printf("samples:     %s\n", (run.path() / "samples").c_str());
    if (!page.empty()) std::printf("report:      %s\n", page.c_str());
    std::printf("log:         %s\n", (run.path() / "log.txt").c_str());
    std::printf("checkpoint:  %s\n", list_checkpoints(run.path()).back().path.c_str());
    if (outcome == Outcome::kFinished) {
      std::printf("next:        %s sample %s\n", program().c_str(), path.c_str());
      std::printf("             %s eval %s\n", program().c_str(), path.c_str());
    } else {
      std::printf("go on with:  %s train --resume %s\n", program().c_str(), path.c_str());
    }
  }
  return outcome == Outcome::kInterrupted ? 128 + requested_signal() : 0;
}

// Trains to the end of the sitting and says what its CPU time went into.
Outcome sit(Trainer& trainer, const Log& log) {
  install_signal_handlers();
  const double before = process_cpu_seconds();
  const Outcome outcome = trainer.run();
  end_status_line();
  const double reading = trainer.stage().loader_cpu_seconds();
  const double cpu = std::max(1e-9, process_cpu_seconds() - before);
  log.info(
      cat("CPU time ", duration_text(cpu), ", of it reading data ", percent_text(reading / cpu)));
  if (outcome != Outcome::kFinished) {
    log.info(cat(outcome == Outcome::kInterrupted ? "interrupted" : "out of time", " at ",
                 grouped(trainer.samples()), " samples"));
  }
  return outcome;
}

}  // namespace

int run_train(const TrainOptions& given) {
  TrainOptions options = given;
  const bool resumed = !options.resume.empty();
  const ResolvedExperiment resolved = resolve_training(options);
  const Experiment& experiment = resolved.experiment;
  std::string preset = resolved.preset;
  Json before, sittings = Json::array();
  if (resumed) {
    before = read_manifest(options.resume);
    const JsonReader reader(before, "run", "manifest.json");
    preset = reader.text("preset");
    options.deterministic = options.deterministic || reader.boolean("deterministic");
    sittings = reader.at("sittings").value();
  }
  kernel::use_rules_only(options.deterministic);
  const Machine machine = machine_for(options, experiment.train, sittings);
  TaskContext context{.data_path = options.data,
                      .device = machine.device,
                      .precision = machine.precision,
                      .cache_directory = metric::default_cache_directory(),
                      .log = Log(terminal_log())};
  if (resumed && options.data.empty()) {
    context.data_path = JsonReader(before, "run", "manifest.json").at("data").text("path");
  }
  const auto task = make_task(experiment, context);
  RunDirectory run = open_directory(options, resolved);
  const LogSink to_file = file_log(run.file("log.txt"));
  const Log log(tee({terminal_log(), to_file}));
  bool begun = resumed;
  try {
    Json manifest = run_manifest(experiment, context, *task,
                                 {.preset = preset, .deterministic = options.deterministic});
    if (resumed) require_same_run(before, manifest);
    if (resumed) require_what_it_began_from(run, before);
    for (const auto& line : task->describe()) log.info(line);
    if (resumed) {
      for (const auto& line : changed_in_config(options.resume)) log.info(line);
    }
    for (const auto& dropped : resolved.loaded.dropped) log.info("dropped: " + dropped.text());
    Trainer trainer(*task, run,
                    {.train = experiment.train,
                     .checkpoint = experiment.checkpoint,
                     .samples = experiment.samples,
                     .stop_requested = [] { return requested_signal() != 0; },
                     .facts =
                         [&] {
                           return Json{{"preset", preset}};
                         },
                     .eval = experiment.eval,
                     .evaluate = run_evaluation(*task, experiment, context, log),
                     .log = log});
    if (resumed) trainer.resume();
    if (trainer.finished()) {
      log.info(cat("nothing is left to train at ", grouped(trainer.samples()),
                   " samples; go further with --set train.length=..."));
      return finish(Outcome::kFinished, trainer, run, options, log);
    }
    if (!options.init.empty()) {
      for (const auto& line : trainer.initialise_from(options.init)) log.info("init: " + line);
    }
    const Json sitting = sitting_of(options, machine, trainer.samples());
    if (!sittings.empty()) compare_sittings(sittings.back(), sitting, log);
    sittings.push_back(sitting);
    manifest["sittings"] = sittings;
    // Only now is it certain that the run goes on.
    write_run_files(run, experiment, manifest);
    begun = true;
    trainer.add(tick_log(run));
    if (experiment.eval.every.count > 0) trainer.add(metric_log(run, experiment.train.seed));
    trainer.add(sheet_files(run));
    trainer.add(tensorboard(run));
    trainer.add(status_line());
    return finish(sit(trainer, log), trainer, run, options, log);
  } catch (const std::exception& error) {
    to_file(LogLevel::kError, first_line(error.what()));
    if (!list_checkpoints(run.path()).empty()) {
      log.info(cat("go on with:  ", program(), " train --resume ", run.path().string()));
    } else if (!begun) {
      // What was made for it goes again, and nothing else.
      std::error_code ignored;
      fs::remove(run.file("manifest.json"), ignored);
      fs::remove(run.file("log.txt"), ignored);
      fs::remove(run.file(".lock"), ignored);
      fs::remove(run.path(), ignored);
    }
    throw;
  }
}

}  // namespace saddle::cli
