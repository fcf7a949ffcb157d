#include "saddle/train/best.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "saddle/base/error.h"
#include "saddle/base/jsonl.h"
#include "saddle/base/text.h"
#include "saddle/metric/catalogue.h"
#include "saddle/metric/result.h"
#include "saddle/train/run_directory.h"

namespace saddle {

bool is_better(std::string_view metric, double value, double than) {
  const metric::MetricDoc* doc = metric::find_metric_doc(metric);
  if (doc == nullptr || doc->better == metric::Better::kNeither) {
    throw Error(ErrorCode::kUsage, "eval",
                cat("'", metric,
                    "' has no better or worse: expected a metric such as fid or "
                    "precision"));
  }
  return doc->better == metric::Better::kLower ? value < than : value > than;
}

BestMeasurement best_measurement(const std::filesystem::path& run, std::string_view metric) {
  is_better(metric, 0, 0);
  BestMeasurement best;
  std::set<std::int64_t> kept;
  for (const CheckpointEntry& entry : list_checkpoints(run)) kept.insert(entry.samples);
  const std::filesystem::path file = run / "metrics.jsonl";
  if (!std::filesystem::exists(file)) return best;
  for (const Json& line : read_jsonl(file)) {
    if (!line.value("while_training", false)) continue;
    const std::int64_t samples = JsonReader(line, "run", file.string()).integer("samples");
    if (!kept.contains(samples)) continue;
    for (const auto& value : metric::metrics_from_json(line, file.string())) {
      if (value.name != metric || !std::isfinite(value.value)) continue;
      if (best.samples < 0 || is_better(metric, value.value, best.value)) {
        best = {samples, value.value};
      }
    }
  }
  return best;
}

}  // namespace saddle
