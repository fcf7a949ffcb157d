#include "saddle/task/open_run.h"

#include <nlohmann/json.hpp>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/task/run_config.h"
#include "saddle/task/table.h"
#include "saddle/tensor/safetensors.h"
#include "saddle/train/best.h"

namespace saddle {
namespace {

// The clock of the best checkpoint of a run.
std::int64_t best_samples(const std::filesystem::path& run, const std::string& metric) {
  if (metric.empty()) {
    throw Error(ErrorCode::kUsage, "checkpoint",
                cat("no best checkpoint in ", run.string(),
                    ": it was trained without eval.best; take the newest, or one by its samples"));
  }
  const BestMeasurement best = best_measurement(run, metric);
  if (best.exists()) return best.samples;
  throw Error(ErrorCode::kUsage, "checkpoint",
              cat("no best checkpoint in ", run.string(), ": ", metric, " was not measured yet"));
}

CheckpointEntry chosen_checkpoint(const std::filesystem::path& run, std::int64_t samples,
                                  const Log& log) {
  if (samples < 0) return latest_checkpoint(run, log);
  std::vector<std::string> known;
  for (const auto& entry : list_checkpoints(run)) {
    if (entry.samples == samples) {
      verify_checkpoint(entry);
      return entry;
    }
    known.push_back(number(entry.samples));
  }
  throw Error(ErrorCode::kUsage, "checkpoint",
              cat("no checkpoint at ", samples, " samples in ", run.string(),
                  "; there are: ", known.empty() ? std::string("none") : join(known, ", ")));
}

using Loaded = std::pair<CheckpointEntry, std::unique_ptr<Sampler>>;

Loaded load_checkpoint(Task& task, const std::filesystem::path& run, std::int64_t samples,
                       const Log& log) {
  while (true) {
    const CheckpointEntry entry = chosen_checkpoint(run, samples, log);
    try {
      const auto file = entry.path / "generator.safetensors";
      return {entry, task.load_sampler(load_safetensors(file).tensors)};
    } catch (const Error&) {
      // Who trains in the run meanwhile may have removed it for a newer one.
      std::error_code ignored;
      if (samples >= 0 || std::filesystem::exists(entry.path, ignored)) throw;
    }
  }
}

}  // namespace

OpenRun open_run(const std::filesystem::path& run, const OpenOptions& options) {
  require_run(run);
  OpenRun open;
  const Json manifest = read_manifest(run);
  open.experiment = read_run_config(run, manifest).experiment;
  const JsonReader data = JsonReader(manifest, "run", "manifest.json").at("data");
  open.facts = data_facts_from(data.value());
  const TaskContext context{
      .data_path = options.data_path.empty() ? data.text("path") : options.data_path,
      .device = options.device,
      .cache_directory = options.cache_directory,
      .facts = open.facts,
      .log = options.log};
  open.task = make_task(open.experiment, context);
  const std::int64_t samples = options.samples == kBestCheckpoint
                                   ? best_samples(run, open.experiment.eval.best)
                                   : options.samples;
  std::tie(open.checkpoint, open.sampler) = load_checkpoint(*open.task, run, samples, options.log);
  return open;
}

OpenGenerator open_generator(const std::filesystem::path& config,
                             const std::filesystem::path& weights, at::Device device) {
  OpenGenerator open;
  open.experiment = read_experiment(config, {}).experiment;
  const Safetensors file = load_safetensors(weights);
  const auto data = file.metadata.find("data");
  if (data == file.metadata.end()) {
    throw Error(ErrorCode::kInput, "weights",
                cat(weights.string(),
                    " does not say what data it was trained on: expected the "
                    "generator.safetensors of a checkpoint; try to open its run"));
  }
  const Json facts = parse_json(data->second, "weights", weights.string());
  open.facts = data_facts_from(facts, weights.string());
  open.task = make_task(open.experiment, {.device = device, .facts = open.facts});
  open.sampler = open.task->load_sampler(file.tensors);
  return open;
}

}  // namespace saddle
