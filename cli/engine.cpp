// The engine: the verbs that need LibTorch. Started by the launcher.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include <nlohmann/json.hpp>

#include <unistd.h>

#include "cli/options.h"
#include "cli/terminal.h"
#include "cli/text_verbs.h"
#include "cli/torch_free.h"
#include "cli/verb_lab.h"
#include "cli/verbs.h"
#include "saddle/base/clock.h"
#include "saddle/base/error.h"
#include "saddle/base/json.h"
#include "saddle/base/text.h"
#include "saddle/kernel/plan.h"
#include "saddle/lab/table.h"
#include "saddle/lab/trained.h"
#include "saddle/tensor/device.h"

namespace saddle::cli {
namespace {

volatile std::sig_atomic_t caught_signal = 0;

extern "C" void on_signal(int signal) {
  if (caught_signal != 0) ::_exit(128 + signal);
  caught_signal = signal;
}

/// The lab's verbs that come here run experiments that train.
std::optional<int> run_lab(const Command& command) {
  const auto* some = std::get_if<LabRunOptions>(&command);
  const auto* all = std::get_if<LabAllOptions>(&command);
  const auto* sweep = std::get_if<LabSweepOptions>(&command);
  if (some == nullptr && all == nullptr && sweep == nullptr) return std::nullopt;
  // One thread each: sums come out the same whatever else the machine does.
  configure_threads(1);
  const auto table = lab::experiments_with(lab::trained_runners());
  if (some != nullptr) return run_lab_run(*some, table);
  return all != nullptr ? run_lab_all(*all, table) : run_lab_sweep(*sweep, table);
}

int run(int argc, char** argv) {
  const Command command = parse_command_line(argc, argv);
  if (const auto code = answer_without_torch(command)) return *code;
  if (const auto* train = std::get_if<TrainOptions>(&command)) return run_train(*train);
  if (const auto* sample = std::get_if<SampleOptions>(&command)) return run_sample(*sample);
  if (const auto* eval = std::get_if<EvalOptions>(&command)) return run_eval(*eval);
  if (const auto code = run_lab(command)) return *code;
  if (const auto* verify = std::get_if<LabVerifyOptions>(&command)) return run_lab_verify(*verify);
  return run_version();
}

int report(const std::exception& error) {
  end_status_line();
  const auto* known = dynamic_cast<const Error*>(&error);
  if (known == nullptr && is_out_of_memory(error)) {
    const std::string text(first_line(error.what()));
    std::fprintf(stderr,
                 "saddle: [memory] out of memory after a peak of %s: %s; try half the batch with "
                 "--set train.batch=...\n",
                 bytes_text(peak_resident_bytes()).c_str(), text.c_str());
  } else {
    std::fprintf(stderr, "saddle: %s\n", failure_text(error, "engine").c_str());
  }
  return known != nullptr ? exit_code(known->code()) : 1;
}

}  // namespace

int requested_signal() {
  return caught_signal;
}

void install_signal_handlers() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

int run_version() {
  const TensorVersions versions = tensor_versions();
  // Measured once, so that the choice and the times belong together.
  const kernel::PrecisionTimes times = kernel::measure_precisions(at::kCPU);
  const Precision fastest =
      kernel::fastest_precision(at::kCPU, [&times](at::Device) { return times; });
  const nlohmann::json json{{"saddle", SADDLE_VERSION},
                            {"libtorch", versions.libtorch},
                            {"mkl", versions.mkl},
                            {"onednn", versions.onednn},
                            {"cpu", versions.cpu},
                            {"cpu_capability", versions.cpu_capability},
                            {"cpu_flags", versions.cpu_flags},
                            {"threads", thread_count()},
                            // Convolutions are measured as their shapes come up in a run.
                            {"plans",
                             {{"precision", to_text(fastest)},
                              {"float32_ms", times.float32_ms},
                              {"bfloat16_ms", times.bfloat16_ms}}}};
  std::fputs(json_text(json).c_str(), stdout);
  return 0;
}

}  // namespace saddle::cli

int main(int argc, char** argv) {
  try {
    const int code = saddle::cli::run(argc, argv);
    saddle::cli::flush_output();
    return code;
  } catch (const std::exception& error) {
    return saddle::cli::report(error);
  }
}
