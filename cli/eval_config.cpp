#include "cli/eval_config.h"

#include <algorithm>

#include "saddle/base/text.h"
#include "saddle/config/describe.h"
#include "saddle/config/reader.h"
#include "saddle/metric/catalogue.h"

namespace saddle::cli {
namespace {

constexpr std::string_view kDefaultMetrics = "fid,kid,precision,recall,density,coverage";

constexpr std::string_view kMetricsIntroduction = R"(# Metrics and their settings

`saddle docs metrics` prints this page; [metrics.md](metrics.md) says what each metric sees and how it
is fooled. `saddle eval --metrics A,B` asks for metrics by name; those marked "of the data" come with
`saddle eval RUN` alone. A spread is a standard error of the value, an sd of what the value is the mean
of, or a partial error, which does not hold that of the samples. Only the first tells whether two
values differ.

| Metric | Better | Spread | What it is |
|---|---|---|---|
)";

std::string_view better_text(metric::Better better) {
  if (better == metric::Better::kLower) return "lower";
  return better == metric::Better::kHigher ? "higher" : "";
}

}  // namespace

bool is_data_key(const std::string& assignment) {
  return assignment.starts_with("data.") || assignment.starts_with("data=");
}

EvalConfig eval_config(const EvalOptions& options) {
  std::vector<std::string> own;
  std::ranges::remove_copy_if(options.assignments, std::back_inserter(own), is_data_key);
  EvalConfig config;
  const config::Source source = config::set_source(own);
  config::load(config, {&source, 1});
  return config;
}

std::vector<std::string> data_assignments(const EvalOptions& options) {
  std::vector<std::string> out;
  std::ranges::copy_if(options.assignments, std::back_inserter(out), is_data_key);
  return out;
}

std::vector<std::string> metrics_of(const EvalOptions& options) {
  const std::string_view list = options.metrics.empty() ? kDefaultMetrics : options.metrics;
  std::vector<std::string> names;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    const std::string name(trimmed(list.substr(at, end - at)));
    if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
    at = end + 1;
  }
  metric::check_metric_names(names);
  return names;
}

std::string metrics_page() {
  std::string page(kMetricsIntroduction);
  for (const metric::MetricDoc& row : metric::metric_catalogue()) {
    page += cat("| `", row.name, "` | ", better_text(row.better), " | ",
                metric::spread_words(row.spread), " | ", row.doc,
                row.by_name ? "" : " (of the data)", " |\n");
  }
  return page + "\nSettings, as in `--set kid.size=500`:\n\n" +
         config::reference_page(config::describe(EvalConfig{}));
}

}  // namespace saddle::cli
