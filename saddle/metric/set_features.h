#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "saddle/base/log.h"
#include "saddle/metric/extractor.h"
#include "saddle/metric/feature_cache.h"
#include "saddle/metric/sample_set.h"

namespace saddle::metric {

/// The first n samples of a set as rows.
struct SetFeatures {
  at::Tensor features;  ///< [n,d]
  at::Tensor logits;    ///< [n,K], or undefined
  at::Tensor labels;    ///< int64 [n], or undefined
};

/// Reads samples in pieces and hands images to the extractor; what it gives is kept in the cache.
/// Throws Error(kUsage) for images without an extractor, Error(kInput) for too few samples.
SetFeatures features_of(const SampleSet& set, std::int64_t n, const Extractor* extractor,
                        const FeatureCache* cache, const Log& log);

}  // namespace saddle::metric
