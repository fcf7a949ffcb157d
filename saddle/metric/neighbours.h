#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "saddle/metric/feature_rows.h"

namespace saddle::metric {

/// The nearest rows of a set to each of n query rows, nearest first; of equal distances the row
/// with the lower index. Exact: as if every distance were the sum of squared differences in
/// float64.
struct Neighbours {
  std::int64_t k = 0;
  std::vector<double> squares;        ///< [n,k] squared distances
  std::vector<std::int64_t> indices;  ///< [n,k]
  double square(std::int64_t i, std::int64_t rank) const { return squares[i * k + rank]; }
  std::int64_t index(std::int64_t i, std::int64_t rank) const { return indices[i * k + rank]; }
};

/// The k nearest rows of `points` to each of `queries`. Products are in float32 with a bound on
/// their error; only pairs that the bound leaves open are worked out exactly. Throws Error(kInput)
/// when `points` has fewer than k rows or the widths differ.
Neighbours nearest(const FeatureRows& queries, const FeatureRows& points, std::int64_t k);

/// The same within one set, each row itself excluded (equal other rows count). Throws Error(kInput)
/// unless the set has more than k rows.
Neighbours nearest_others(const FeatureRows& rows, std::int64_t k);

}  // namespace saddle::metric
