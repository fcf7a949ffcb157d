#include "saddle/metric/evaluation.h"

#include <algorithm>
#include <cmath>

#include "saddle/base/error.h"
#include "saddle/metric/catalogue.h"
#include "saddle/metric/comparison.h"
#include "saddle/metric/pair_measures.h"

namespace saddle::metric {

Evaluation evaluate_sets(const EvaluationRequest& request) {
  check_metric_names(request.metrics);
  const Comparison comparison(request);
  Evaluation found;
  std::vector<MetricValue>& values = found.metrics;
  std::vector<const Measure*> done;
  std::vector<Error> failures;
  for (const std::string& name : request.metrics) {
    const Measure* measure = measure_of(name);
    if (measure == nullptr || std::ranges::find(done, measure) != done.end()) continue;
    done.push_back(measure);
    try {
      comparison.run(*measure, found);
    } catch (const Error& error) {
      // Others may well be measured; a wrong request is wrong as a whole.
      if (error.code() == ErrorCode::kUsage) throw;
      failures.push_back(error);
      comparison.append_failed(*measure, error, found);
    }
  }
  append_pair_metrics(request, values, failures);
  const bool all_failed =
      std::ranges::all_of(values, [](const MetricValue& value) { return std::isnan(value.value); });
  if (!failures.empty() && all_failed) throw failures.front();
  found.incomplete |= !failures.empty();
  std::vector<MetricValue> ordered;
  for (const std::string& name : request.metrics) {
    ordered.push_back(*std::ranges::find(values, name, &MetricValue::name));
  }
  found.metrics = std::move(ordered);
  return found;
}

}  // namespace saddle::metric
