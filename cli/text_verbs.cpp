#include "cli/text_verbs.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <new>
#include <nlohmann/json.hpp>
#include <string_view>

#include "cli/complete.h"
#include "cli/config_page.h"
#include "cli/eval_config.h"
#include "cli/manual.h"
#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/json.h"
#include "saddle/base/text.h"
#include "saddle/config/describe.h"
#include "saddle/config/writer.h"
#include "saddle/data/file_tree.h"
#include "saddle/lab/play.h"
#include "saddle/lab/table.h"
#include "saddle/metric/catalogue.h"
#include "saddle/task/run_config.h"
#include "saddle/train/run_directory.h"

namespace saddle::cli {
namespace {

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

int list_all(bool json) {
  const auto presets = config::list_presets(config::preset_directory(executable_directory()));
  if (json) {
    Json list = Json::array();
    for (const auto& preset : presets) {
      list.push_back({{"name", preset.name},
                      {"description", preset.description},
                      {"paper", preset.paper},
                      {"expect", preset.expect}});
    }
    print(json_text({{"presets", list}}));
    return 0;
  }
  for (const auto& preset : presets) {
    std::printf("%-20s %s\n", preset.name.c_str(), preset.description.c_str());
    if (!preset.expect.empty()) std::printf("%-20s expect: %s\n", "", preset.expect.c_str());
  }
  return 0;
}

Json flat_json(const Experiment& experiment, const config::Loaded& loaded) {
  Json keys = Json::array();
  for (const auto& [key, value] : config::flatten(experiment)) {
    keys.push_back({{"key", key}, {"value", value}, {"origin", loaded.origin(key)}});
  }
  return keys;
}

int print_resolved(const ResolvedExperiment& resolved, bool json) {
  if (json) {
    Json dropped = Json::array();
    for (const auto& one : resolved.loaded.dropped) dropped.push_back(one.text());
    print(json_text({{"preset", resolved.preset},
                     {"config", flat_json(resolved.experiment, resolved.loaded)},
                     {"dropped", dropped}}));
    return 0;
  }
  print(config::to_toml(resolved.experiment, resolved.loaded));
  for (const auto& one : resolved.loaded.dropped) print("# dropped: " + one.text() + "\n");
  return 0;
}

ResolvedExperiment resolve_resumed(const TrainOptions& options) {
  if (!options.preset.empty() || !options.config_files.empty() || !options.init.empty() ||
      !options.out.empty()) {
    throw Error(ErrorCode::kUsage, "train",
                "--resume goes on in the run's own directory with its own config: got a preset, "
                "--config, --init or --out too; change single keys with --set");
  }
  require_run(options.resume);
  const std::filesystem::path file = std::filesystem::path(options.resume) / "config.toml";
  const ResolvedExperiment before = read_run_config(options.resume, read_manifest(options.resume));
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

// Names in archives and files may hold what moves the cursor of a terminal.
std::string lines_printable(std::string_view text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return data::printable(text);
  return cat(data::printable(text.substr(0, end)), "\n", lines_printable(text.substr(end + 1)));
}

std::vector<Candidate> known_experiments() {
  std::vector<Candidate> found;
  for (const auto& experiment : lab::experiments())
    found.push_back({experiment.id, experiment.title});
  return found;
}

std::vector<Candidate> known_metrics() {
  std::vector<Candidate> names;
  for (const metric::MetricDoc& row : metric::metric_catalogue()) {
    if (row.by_name) names.push_back({std::string(row.name), std::string(row.doc)});
  }
  return names;
}

// Of the measures, and of the data that --real and --fake read.
std::vector<config::KeyInfo> known_eval_keys() {
  std::vector<config::KeyInfo> keys = config::describe(EvalConfig{});
  for (config::KeyInfo& info : config::describe(Experiment{})) {
    if (is_data_key(info.key)) keys.push_back(std::move(info));
  }
  return keys;
}

// Of the experiments named on the line; of all while none is.
std::vector<config::KeyInfo> known_parameters(const std::vector<std::string>& words) {
  std::vector<config::KeyInfo> found;
  const auto named = [&words](const lab::Experiment& one) {
    return std::ranges::find(words, one.id) != words.end();
  };
  const bool some = std::ranges::any_of(lab::experiments(), named);
  for (const auto& experiment : lab::experiments()) {
    if (some && !named(experiment)) continue;
    for (const auto& parameter : experiment.parameters) {
      config::KeyInfo info{.key = parameter.name, .doc = parameter.doc};
      for (const auto& word : parameter.words) info.choices.push_back({.word = word});
      found.push_back(std::move(info));
    }
  }
  return found;
}

}  // namespace

std::string failure_text(const std::exception& error, const std::string& program) {
  if (const auto* known = dynamic_cast<const Error*>(&error)) return lines_printable(known->what());
  if (const auto* files = dynamic_cast<const std::filesystem::filesystem_error*>(&error)) {
    return cat("[file] cannot use '", data::printable(files->path1().string()),
               "': ", files->code().message());
  }
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) {
    return "[memory] out of memory; try smaller pictures, a part of the data, or a larger machine";
  }
  const std::string_view what = error.what();
  return cat("[", program, "] ", what.substr(0, what.find('\n')));
}

void flush_output() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return;
  throw_io_error("output", "write", "/dev/stdout", errno);
}

ResolvedExperiment resolve_training(const TrainOptions& options) {
  if (!options.resume.empty()) return resolve_resumed(options);
  return resolve_experiment(
      {.preset = options.preset, .files = options.config_files, .assignments = options.assignments},
      config::preset_directory(executable_directory()));
}

std::filesystem::path executable_directory() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

int run_presets(const PresetsOptions& options) {
  if (options.show.empty()) return list_all(options.json);
  const auto directory = config::preset_directory(executable_directory());
  return print_resolved(resolve_experiment({.preset = options.show}, directory), options.json);
}

int run_docs(const DocsOptions& options) {
  print(options.page == "man"       ? manual_page(options.program)
        : options.page == "metrics" ? metrics_page()
        : options.json              ? config_json()
                                    : config_page());
  return 0;
}

int run_completion(const CompletionOptions& options) {
  if (!options.shell.empty()) {
    print(completion_script(options.shell));
    return 0;
  }
  const CompletionSources sources{
      .presets =
          [] {
            std::vector<Candidate> found;
            const auto directory = config::preset_directory(executable_directory());
            for (const auto& preset : config::list_presets(directory)) {
              found.push_back({preset.name, preset.description});
            }
            return found;
          },
      .keys = [] { return config::describe(Experiment{}); },
      .experiments = known_experiments,
      .parameters = [&options] { return known_parameters(options.words); },
      .settings = [] { return config::describe(lab::PlayConfig{}); },
      .metrics = known_metrics,
      .measures = known_eval_keys};
  print(completion_text(complete(options.program, options.words, sources)));
  return 0;
}

int run_dry(const TrainOptions& options) {
  const ResolvedExperiment resolved = resolve_training(options);
  const int code = print_resolved(resolved, options.json);
  if (!options.resume.empty() && !options.json) {
    for (const auto& line : changed_in_config(options.resume)) print("# " + line + "\n");
  }
  return code;
}

}  // namespace saddle::cli
