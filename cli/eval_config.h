#pragma once

#include <string>
#include <vector>

#include "cli/options.h"
#include "saddle/metric/extractor_options.h"
#include "saddle/metric/script_generator_options.h"
#include "saddle/metric/settings.h"

namespace saddle::cli {

/// What --set of `saddle eval` reaches besides keys of the data.
struct EvalConfig {
  metric::EvaluationSettings metric;
  metric::ExtractorOptions extractor;
  metric::ScriptGeneratorOptions generator;

  void fields(config::Visitor& v) {
    metric.fields(v);
    v.group("extractor", extractor, "how images become features");
    v.group("generator", generator, "a generator in a TorchScript file");
  }
};

/// The config of the command's assignments. Throws Error(kUsage) listing every mistake.
EvalConfig eval_config(const EvalOptions& options);

/// Whether a key, or an assignment, is of the data: "data.name", "data=ring".
bool is_data_key(const std::string& assignment);

/// Those of the assignments that are keys of the data.
std::vector<std::string> data_assignments(const EvalOptions& options);

/// The names in --metrics, or the default ones, each once. Throws Error(kUsage) as
/// metric::check_metric_names.
std::vector<std::string> metrics_of(const EvalOptions& options);

/// What `saddle docs metrics` prints: every metric and every setting, in Markdown.
std::string metrics_page();

}  // namespace saddle::cli
