#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/text_verbs.h"
#include "cli/verb_report.h"
#include "saddle/base/json.h"
#include "saddle/base/text.h"
#include "saddle/config/presets.h"
#include "saddle/report/compare.h"

namespace saddle::cli {

int run_compare(const CompareOptions& options) {
  require_html("compare", options.out);
  const auto presets = config::preset_directory(executable_directory());
  std::vector<report::RunRecord> runs;
  for (const std::string& run : options.runs) {
    runs.push_back(report::read_run_record(run, presets));
  }
  const report::Comparison comparison = report::compare_runs(runs);
  if (!options.out.empty()) {
    write_page(options.out, report::comparison_page(comparison, options.force));
  }
  if (options.json) {
    Json json = report::comparison_json(comparison, options.force);
    json["page"] = options.out.empty() ? Json(nullptr) : Json(options.out);
    std::fputs(json_text(json).c_str(), stdout);
    return 0;
  }
  const bool bold = ::isatty(STDOUT_FILENO) == 1;
  std::fputs(report::comparison_text(comparison, options.force, bold).c_str(), stdout);
  if (!options.out.empty()) std::fputs(cat("\nThe page: ", options.out, "\n").c_str(), stdout);
  return 0;
}

}  // namespace saddle::cli
