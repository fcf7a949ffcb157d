#include "saddle/train/best.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>

#include "saddle/base/error.h"
#include "saddle/base/jsonl.h"
#include "saddle/base/text.h"
#include "saddle/metric/catalogue.h"
#include "saddle/train/run_directory.h"

namespace saddle {

bool is_better(std::string_view metric, double value, double than) {
  const metric::MetricDoc* doc = metric::find_metric_doc(metric);
  if (doc == nullptr) {
    throw Error(ErrorCode::kUsage, "eval",
                cat("unknown metric '", metric, "'", suggestion(metric, metric::metric_names())));
  }
  if (doc->better == metric::Better::kNeither) {
    throw Error(ErrorCode::kUsage, "eval",
                cat("'", metric,
                    "' has no better or worse: expected a metric such as fid or "
                    "precision"));
  }
  return doc->better == metric::Better::kLower ? value < than : value > than;
}

bool BestMeasurement::gives_way_to(const metric::MetricValue& next) const {
  return !exists() || !metric::condition_differences(measured, next).empty() ||
         is_better(next.name, next.value, measured.value);
}

BestMeasurement best_measurement(const std::filesystem::path& run, std::string_view metric) {
  is_better(metric, 0, 0);
  const std::filesystem::path file = run / "metrics.jsonl";
  if (!std::filesystem::exists(file)) return {};
  std::vector<BestMeasurement> made;
  for (const Json& line : read_jsonl(file)) {
    if (!line.value("while_training", false)) continue;
    const std::int64_t samples = JsonReader(line, "run", file.string()).integer("samples");
    for (metric::MetricValue& value : metric::metrics_from_json(line, file.string())) {
      if (value.name != metric || !std::isfinite(value.value)) continue;
      made.push_back({samples, std::move(value)});
    }
  }
  if (made.empty()) return {};
  const metric::MetricValue last = made.back().measured;
  std::set<std::int64_t> kept;
  for (const CheckpointEntry& entry : list_checkpoints(run)) kept.insert(entry.samples);
  BestMeasurement best;
  for (BestMeasurement& one : made) {
    const bool counts =
        kept.contains(one.samples) && metric::condition_differences(one.measured, last).empty();
    if (counts && best.gives_way_to(one.measured)) best = std::move(one);
  }
  return best;
}

}  // namespace saddle
