#include "cli/session.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "saddle/kernel/plan.h"
#include "saddle/metric/classifier.h"
#include "saddle/task/run_config.h"
#include "saddle/tensor/device.h"
#include "saddle/train/run_directory.h"

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

OpenRun open_run_here(const std::string& run, std::int64_t checkpoint_samples,
                      const std::string& data, const std::string& device, const Log& log) {
  require_run(run);
  const std::filesystem::path path(run);
  const TrainConfig train = read_run_config(path, read_manifest(path)).experiment.train;
  const Machine machine = prepare_machine(device, train.threads, PrecisionChoice::kFloat32);
  return open_run(path, {.samples = checkpoint_samples,
                         .device = machine.device,
                         .data_path = data,
                         .cache_directory = metric::default_cache_directory(),
                         .log = log});
}

}  // namespace saddle::cli
