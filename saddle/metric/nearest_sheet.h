#pragma once

#include <span>

#include "saddle/codec/image.h"
#include "saddle/metric/evaluation.h"

namespace saddle::metric {

/// A picture of generated images beside their nearest training images: pairs in columns of two,
/// the closest first. Throws Error(kUsage) when the sets are no images or memorisation was not
/// measured.
codec::Image8 nearest_sheet(const EvaluationRequest& request, std::span<const NearestPair> pairs);

}  // namespace saddle::metric
