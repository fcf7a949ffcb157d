#include "saddle/task/run_files.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/text.h"
#include "saddle/base/version.h"
#include "saddle/config/writer.h"
#include "saddle/task/run_config.h"

namespace saddle {
namespace {

std::string fingerprint_of(const Json& manifest) {
  return JsonReader(manifest, "run", "manifest.json").at("data").text("fingerprint");
}

// The objective of a program's own, "" for one of the config.
std::string own_objective(const Json& manifest) {
  const JsonReader reader(manifest, "run", "manifest.json");
  return reader.has("objective") ? reader.text("objective") : std::string();
}

std::string in_words(const std::string& objective) {
  return objective.empty() ? "the one of config.toml"
                           : cat("'", objective, "', which a program hands in");
}

}  // namespace

Json run_manifest(const Experiment& experiment, const TaskContext& context, const Task& task,
                  const RunOrigin& origin) {
  Json data = to_json(task.facts());
  const std::string& path = context.data_path;
  data["path"] = path.empty() ? "" : std::filesystem::absolute(path).string();
  Json manifest{{"saddle", version()},
                {"preset", origin.preset},
                {"seed", experiment.train.seed},
                {"deterministic", origin.deterministic},
                {"config", config_json(experiment)},
                {"data", data},
                {"sittings", Json::array()}};
  if (context.objective) manifest["objective"] = context.objective->name;
  return manifest;
}

void write_run_files(const RunDirectory& run, const Experiment& experiment, const Json& manifest) {
  write_file_atomic(run.file("manifest.json"), sealed_json_text(manifest));
  write_file_atomic(run.file("config.toml"), config::to_toml(experiment));
}

void require_same_run(const Json& before, const Json& now) {
  const std::string old_data = fingerprint_of(before), new_data = fingerprint_of(now);
  if (old_data != new_data) {
    throw Error(ErrorCode::kInput, "train",
                cat("the data is not what the run was trained on: fingerprint ", new_data,
                    ", expected ", old_data, "; give the old data with --data"));
  }
  const std::string old_objective = own_objective(before), new_objective = own_objective(now);
  if (old_objective != new_objective) {
    throw Error(
        ErrorCode::kInput, "train",
        cat("the objective is not what the run was trained with: got ", in_words(new_objective),
            ", expected ", in_words(old_objective), "; go on with the program that began the run"));
  }
}

void require_what_it_began_from(const RunDirectory& run, const Json& manifest) {
  if (!list_checkpoints(run.path()).empty()) return;
  const JsonReader reader(manifest, "run", "manifest.json");
  for (const Json& sitting : reader.at("sittings").value()) {
    const std::string init = sitting.value("init", "");
    if (init.empty()) continue;
    throw Error(ErrorCode::kInput, "train",
                cat("no checkpoint was written yet in ", run.path().string(),
                    ", and the run began from ", init, "; train anew with --config ",
                    run.file("config.toml").string(), " --init ", init, " and another --out"));
  }
}

}  // namespace saddle
