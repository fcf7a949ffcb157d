#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "saddle/base/log.h"
#include "saddle/metric/extractor.h"
#include "saddle/metric/feature_cache.h"
#include "saddle/metric/memorisation.h"
#include "saddle/metric/path_length.h"
#include "saddle/metric/result.h"
#include "saddle/metric/sample_set.h"
#include "saddle/metric/settings.h"

namespace saddle::metric {

/// A generator whose latents can be chosen, for path lengths.
struct PathSubject {
  std::int64_t latent_size = 0;
  PathGenerator images;
  /// One that does not round images to 8 bits.
  std::shared_ptr<const Extractor> extractor;
};

/// What is compared, by which metrics, and how.
struct EvaluationRequest {
  std::vector<std::string> metrics;       ///< names of the catalogue
  std::shared_ptr<const SampleSet> real;  ///< may be null where no metric needs it
  std::shared_ptr<const SampleSet> fake;
  std::shared_ptr<const SampleSet>
      train;  ///< what the generator saw; null unless a metric needs it
  /// Turns images into features; null where the sets are rows.
  std::shared_ptr<const Extractor> extractor;
  PathSubject path;    ///< empty unless path length is measured
  std::int64_t n = 0;  ///< samples of each set; 0: all, of a generator kGeneratedSamples
  std::uint64_t seed = 0;
  EvaluationSettings settings;
  /// Whether floors and baselines are measured too; a baseline that is made of the fakes always is.
  bool asides = true;
  std::shared_ptr<const FeatureCache> cache;  ///< null: none
  Log log;
};

/// How many samples of a generator are measured unless the request says.
inline constexpr std::int64_t kGeneratedSamples = 10'000;

struct Evaluation {
  std::vector<MetricValue> metrics;  ///< in the order of the request
  std::vector<NearestPair> nearest;  ///< closest first, where memorisation was measured
  /// Whether a metric could not be measured on these samples: its value is NaN, its warning says
  /// why.
  bool incomplete = false;
};

/// Measures every metric with its floor (real against real, over settings.floor.splits random
/// splits) and its baseline. Each set is read and turned into features once. Throws as
/// check_metric_names, Error(kUsage) for metrics whose sets, labels or logits are missing, with
/// what to give, Error(kInput) on sets that do not fit each other. What a metric cannot do with
/// these samples is thrown where it is the only one, and else leaves the others as they are.
Evaluation evaluate_sets(const EvaluationRequest& request);

}  // namespace saddle::metric
