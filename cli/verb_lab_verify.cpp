#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/verbs.h"
#include "saddle/base/json.h"
#include "saddle/lab/verify.h"
#include "saddle/tensor/device.h"

namespace saddle::cli {

int run_lab_verify(const LabVerifyOptions& options) {
  // One thread: sums come out the same on every machine.
  configure_threads(1);
  const lab::TraceReport report = lab::verify_trace(options.directory);
  const std::string text =
      options.json ? json_text(lab::trace_json(report)) : lab::trace_text(report);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return report.pass() ? 0 : 1;
}

}  // namespace saddle::cli
