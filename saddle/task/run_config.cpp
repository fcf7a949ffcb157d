#include "saddle/task/run_config.h"

#include <nlohmann/json.hpp>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/text.h"
#include "saddle/config/writer.h"

namespace saddle {
namespace {

// The keys that a config has otherwise than the manifest knows them, of those that may change on
// --resume or of the others: "train.batch = 8, was 16".
std::vector<std::string> changes(const Experiment& config, const Json& manifest, bool free) {
  std::vector<std::string> changed;
  const JsonReader reader(manifest, "run", "manifest.json");
  if (!reader.has("config")) return changed;
  const Json now = config_json(config);
  const JsonReader trained = reader.at("config");
  for (const auto& [key, unused] : trained.value().items()) {
    const std::string before = trained.text(key), after = now.value(key, "nothing");
    if (before != after && may_change_on_resume(key) == free) {
      changed.push_back(cat(key, " = ", after, ", was ", before));
    }
  }
  return changed;
}

}  // namespace

Json read_manifest(const std::filesystem::path& run) {
  const auto path = run / "manifest.json";
  Json manifest = parse_sealed_json(read_file(path), "run", path.string());
  if (!manifest.is_object()) {
    JsonReader(manifest, "run", path.string())
        .fail(cat("got ", manifest.type_name(), ", expected the object that training wrote"));
  }
  return manifest;
}

Json config_json(const Experiment& experiment) {
  Json keys = Json::object();
  for (const auto& [key, value] : config::flatten(experiment)) keys[key] = value;
  return keys;
}

std::vector<std::string> changed_in_config(const std::filesystem::path& run) {
  const Json manifest = read_manifest(run);
  std::vector<std::string> lines = changes(read_run_config(run, manifest).experiment, manifest,
                                           /*free=*/true);
  for (std::string& line : lines) line = "config.toml has " + line;
  return lines;
}

ResolvedExperiment read_run_config(const std::filesystem::path& run, const Json& manifest) {
  const auto path = run / "config.toml";
  ResolvedExperiment resolved;
  try {
    resolved = read_experiment(path, {});
  } catch (const Error& error) {
    const bool named = error.message().find(path.string()) != std::string::npos;
    throw Error(error.code(), error.component(),
                cat(named ? "" : cat(path.string(), " cannot be used: "), error.message(),
                    "; manifest.json beside it keeps every key as trained"));
  }
  const auto changed = changes(resolved.experiment, manifest, /*free=*/false);
  if (changed.empty()) return resolved;
  throw Error(
      ErrorCode::kInput, "run",
      cat(path.string(), " was changed since the run was trained: it has ", join(changed, ", "),
          "; put back what was, or start a new run with --config ", path.string()));
}

}  // namespace saddle
