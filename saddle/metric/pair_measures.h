#pragma once

#include <string_view>
#include <vector>

#include "saddle/base/error.h"
#include "saddle/metric/evaluation.h"

namespace saddle::metric {

/// The metrics that are no comparison of two sets of features: of pairs of images, and path length.
std::vector<std::string_view> pair_metric_names();

/// Appends those of them that the request names; one that cannot be measured on these samples gets
/// NaN, the reason as its warning, and its error in `failures`. Throws Error(kUsage) when images,
/// extractor or generator are missing.
void append_pair_metrics(const EvaluationRequest& request, std::vector<MetricValue>& values,
                         std::vector<Error>& failures);

}  // namespace saddle::metric
