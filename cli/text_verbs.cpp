#include "cli/text_verbs.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "saddle/base/json.h"
#include "saddle/config/writer.h"
#include "saddle/task/experiment.h"

namespace saddle::cli {
namespace {

void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

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
    print(Json{{"presets", list}}.dump(1) + "\n");
    return 0;
  }
  for (const auto& preset : presets) {
    std::printf("%-18s %s\n", preset.name.c_str(), preset.description.c_str());
    if (!preset.expect.empty()) std::printf("%-18s expect: %s\n", "", preset.expect.c_str());
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
    print(Json{{"preset", resolved.preset},
               {"config", flat_json(resolved.experiment, resolved.loaded)},
               {"dropped", dropped}}
              .dump(1) +
          "\n");
    return 0;
  }
  print(config::to_toml(resolved.experiment, resolved.loaded));
  for (const auto& one : resolved.loaded.dropped) print("# dropped: " + one.text() + "\n");
  return 0;
}

}  // namespace

std::filesystem::path executable_directory() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

int run_presets(const PresetsOptions& options) {
  if (options.show.empty()) return list_all(options.json);
  const auto directory = config::preset_directory(executable_directory());
  return print_resolved(resolve_experiment({.preset = options.show}, directory), options.json);
}

int run_dry(const TrainOptions& options) {
  if (!options.resume.empty()) {
    return print_resolved(
        read_experiment(std::filesystem::path(options.resume) / "config.toml", options.assignments),
        options.json);
  }
  const ExperimentRequest request{.preset = options.preset,
                                  .files = options.config_files,
                                  .assignments = options.assignments};
  return print_resolved(
      resolve_experiment(request, config::preset_directory(executable_directory())), options.json);
}

}  // namespace saddle::cli
