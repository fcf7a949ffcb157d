#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/session.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "saddle/base/clock.h"
#include "saddle/base/error.h"
#include "saddle/base/json.h"
#include "saddle/base/jsonl.h"
#include "saddle/base/text.h"
#include "saddle/metric/result.h"

namespace saddle::cli {

int run_eval(const EvalOptions& options) {
  const Log log(terminal_log());
  OpenRun run = open_run_here(options.run, options.checkpoint, options.data, options.device, log);
  const auto values = run.task->evaluate(
      *run.sampler, {.samples = options.count, .seed = options.seed, .log = log});
  end_status_line();
  const Json json = metric::metrics_json(values);
  const std::string text = options.json ? json_text(json) : metric::metrics_table(values);
  std::fwrite(text.data(), 1, text.size(), stdout);
  try {
    Json line = json;
    line["samples"] = run.checkpoint.samples;
    line["seed"] = options.seed;
    line["time"] = utc_text(unix_seconds());
    JsonlWriter(std::filesystem::path(options.run) / "metrics.jsonl").append(line);
  } catch (const Error& error) {
    // A run may be read-only; the numbers are on the screen all the same.
    log.warning(cat("the run's metrics.jsonl does not keep these numbers: ", error.what()));
  }
  return 0;
}

}  // namespace saddle::cli
