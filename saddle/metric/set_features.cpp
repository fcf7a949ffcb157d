#include "saddle/metric/set_features.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "saddle/base/clock.h"
#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::metric {

namespace {

// A multiple of what a generator makes at once, so that no piece is made twice.
constexpr std::int64_t kSamplesAtOnce = 500;
constexpr double kSecondsBetweenWords = 10;

at::Tensor joined(const std::vector<at::Tensor>& parts) {
  return parts.empty() ? at::Tensor() : at::cat(parts);
}

SetFeatures read_features(const SampleSet& set, std::int64_t n, const Extractor* extractor,
                          const Log& log) {
  std::vector<at::Tensor> features, logits, labels;
  double spoke = wall_seconds();
  for (std::int64_t first = 0; first < n; first += kSamplesAtOnce) {
    const data::Batch batch = set.read(first, std::min(kSamplesAtOnce, n - first));
    if (extractor != nullptr) {
      ExtractorOutput out = extractor->run(batch.at("x"));
      features.push_back(std::move(out.features));
      if (out.logits.defined()) logits.push_back(std::move(out.logits));
    } else {
      features.push_back(batch.at("x"));
    }
    if (batch.has("label")) labels.push_back(batch.at("label").to(at::kLong));
    if (wall_seconds() - spoke > kSecondsBetweenWords) {
      spoke = wall_seconds();
      log.info(cat("features of ", set.name(), ": ", grouped(first), " of ", grouped(n)));
    }
  }
  return {joined(features), joined(logits), joined(labels)};
}

}  // namespace

SetFeatures features_of(const SampleSet& set, std::int64_t n, const Extractor* extractor,
                        const FeatureCache* cache, const Log& log) {
  if (n > set.size()) {
    throw Error(ErrorCode::kInput, "eval",
                cat(set.name(), " has ", set.size(), " samples, expected at least ", n));
  }
  if (!set.images() && !set.endless()) {
    const data::Batch batch = set.read(0, n);  // an array gives its own memory
    return {batch.at("x"), {}, batch.has("label") ? batch.at("label").to(at::kLong) : at::Tensor()};
  }
  if (!set.images()) return read_features(set, n, nullptr, log);
  if (extractor == nullptr) {
    throw Error(ErrorCode::kUsage, "eval",
                cat(set.name(),
                    " holds images, which an extractor turns into features; give "
                    "--extractor"));
  }
  const std::string samples = set.cache_key();
  if (cache == nullptr || samples.empty()) return read_features(set, n, extractor, log);
  const std::string key = feature_key(extractor->identity(), samples, {0, n});
  if (auto known = cache->find(key)) return {known->features, known->logits, known->labels};
  SetFeatures fresh = read_features(set, n, extractor, log);
  cache->put(key, {fresh.features, fresh.logits, fresh.labels});
  return fresh;
}

}  // namespace saddle::metric
