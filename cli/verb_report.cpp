#include "cli/verb_report.h"

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/text_verbs.h"
#include "saddle/base/clock.h"
#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/text.h"
#include "saddle/config/presets.h"
#include "saddle/report/metric_series.h"
#include "saddle/report/run_page.h"

namespace saddle::cli {
namespace {

std::string report_text(const report::RunRecord& run) {
  std::string out = cat(run.name, ": ", run.status_words(), ", ", grouped(run.samples()),
                        run.samples() == 1 ? " sample" : " samples");
  if (!run.ticks.empty()) {
    out += cat(" in ", duration_text(run.seconds()), ", ", grouped(std::llround(run.rate())), "/s");
    if (!run.ticks.back().words.empty()) out += cat(", ", run.ticks.back().words);
  }
  out += "\n";
  for (const auto& series : report::metric_series(run)) {
    const auto& m = series.latest().value;
    out += cat("  ", metric::metric_label(m), " ", report::value_text(m), " (floor ",
               report::short_text(m.floor), ", n ", grouped(m.n_fake), ")\n");
  }
  return out;
}

}  // namespace

void require_html(std::string_view verb, const std::string& file) {
  if (file.empty() || file.ends_with(".html")) return;
  throw Error(
      ErrorCode::kUsage, verb,
      cat("--out: got '", file, "', expected a name that ends in .html, which the page is"));
}

void write_page(const std::string& file, const std::string& html) {
  prepare_parent(file);
  write_file_atomic(file, html);
}

int run_report(const ReportOptions& options) {
  require_html("report", options.out);
  const auto run =
      report::read_run_record(options.run, config::preset_directory(executable_directory()));
  const std::string html = report::run_page(run);
  const std::string file = options.out.empty() ? (run.path / "report.html").string() : options.out;
  try {
    write_page(file, html);
  } catch (const Error& error) {
    if (!options.out.empty()) throw;
    throw Error(error.code(), error.component(),
                cat(error.message(), "; try another place with --out FILE.html"));
  }
  if (options.json) {
    Json json = report::run_facts_json(run);
    json["report"] = file;
    std::fputs(json_text(json).c_str(), stdout);
  } else {
    std::fputs(cat(report_text(run), "The report: ", file, "\n").c_str(), stdout);
  }
  return 0;
}

}  // namespace saddle::cli
