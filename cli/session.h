#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "saddle/base/log.h"
#include "saddle/task/open_run.h"
#include "saddle/tensor/precision.h"
#include "saddle/train/config.h"

namespace saddle::cli {

/// Threads, number formats and device, once at the start of a verb.
struct Machine {
  at::Device device{at::kCPU};
  Precision precision = Precision::kFloat32;
  int threads = 1;
};
/// `threads` 0 and kAuto choose by measuring, and by rule where `by_rule`.
Machine prepare_machine(const std::string& device, std::int64_t threads, PrecisionChoice precision,
                        bool by_rule = false);

/// Prepares this machine as the run's config asks for and opens the run: see open_run. `device` is
/// as in choose_device.
OpenRun open_run_here(const std::string& run, std::int64_t checkpoint_samples,
                      const std::string& data, const std::string& device, const Log& log);

}  // namespace saddle::cli
