#include "cli/session.h"

#include <nlohmann/json.hpp>
#include <vector>

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

Json read_manifest(const std::filesystem::path& run) {
  const auto path = run / "manifest.json";
  return parse_json(read_file(path), "run", path.string());
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

}  // namespace

OpenRun open_run(const std::string& run, std::int64_t checkpoint_samples, const std::string& data,
                 const std::string& device, const Log& log) {
  require_run(run);
  OpenRun open;
  open.resolved = read_experiment(std::filesystem::path(run) / "config.toml", {});
  open.manifest = read_manifest(run);
  open.checkpoint = chosen_checkpoint(run, checkpoint_samples, log);
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
  const auto file = open.checkpoint.path / "generator.safetensors";
  open.sampler = open.task->load_sampler(load_safetensors(file.string()).tensors);
  return open;
}

}  // namespace saddle::cli
