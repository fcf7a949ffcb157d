#include "cli/session.h"

#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>
#include <vector>

#include "cli/text_verbs.h"
#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/text.h"
#include "saddle/kernel/plan.h"
#include "saddle/metric/classifier.h"
#include "saddle/task/gan_sampler.h"
#include "saddle/tensor/device.h"
#include "saddle/tensor/safetensors.h"

namespace saddle::cli {

Machine prepare_machine(const std::string& device, std::int64_t threads, PrecisionChoice precision,
                        bool by_rule) {
  Machine machine;
  flush_denormals(true);
  machine.device = choose_device(device);
  machine.threads = configure_threads(static_cast<int>(threads), by_rule);
  switch (precision) {
    case PrecisionChoice::kFloat32:
      machine.precision = Precision::kFloat32;
      break;
    case PrecisionChoice::kBFloat16:
      machine.precision = Precision::kBFloat16;
      break;
    case PrecisionChoice::kAuto:
      machine.precision = kernel::fastest_precision(machine.device);
      break;
  }
  return machine;
}

std::string data_path_of(const Json& manifest, const std::string& given) {
  if (!given.empty()) return given;
  return JsonReader(manifest, "run", "manifest.json").at("data").text("path");
}

namespace {

CheckpointEntry chosen_checkpoint(const std::string& run, std::int64_t samples, const Log& log) {
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
              cat("no checkpoint at ", samples, " samples in ", run,
                  "; there are: ", known.empty() ? std::string("none") : join(known, ", ")));
}

using Loaded = std::pair<CheckpointEntry, std::unique_ptr<Sampler>>;

Loaded load_sampler(Task& task, const std::string& run, std::int64_t samples, const Log& log) {
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

OpenRun open_run(const std::string& run, std::int64_t checkpoint_samples, const std::string& data,
                 const std::string& device, const Log& log) {
  require_run(run);
  OpenRun open;
  open.manifest = read_manifest(run);
  open.resolved = read_run_config(run, open.manifest);
  const TrainConfig& train = open.resolved.experiment.train;
  open.machine = prepare_machine(device, train.threads, PrecisionChoice::kFloat32);
  const JsonReader facts = JsonReader(open.manifest, "run", "manifest.json").at("data");
  const TaskContext context{.data_path = data_path_of(open.manifest, data),
                            .device = open.machine.device,
                            .precision = open.machine.precision,
                            .cache_directory = metric::default_cache_directory(),
                            .facts = data_facts_from(facts.value()),
                            .log = log};
  open.task = make_task(open.resolved.experiment, context);
  std::tie(open.checkpoint, open.sampler) = load_sampler(*open.task, run, checkpoint_samples, log);
  return open;
}

}  // namespace saddle::cli
