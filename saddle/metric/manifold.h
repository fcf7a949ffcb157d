#pragma once

#include <cstdint>
#include <vector>

#include "saddle/metric/feature_rows.h"
#include "saddle/metric/neighbours.h"

namespace saddle::metric {

/// Shares of one set that lie in balls around the rows of another, with closed (<=) and open (<)
/// balls. They differ only where distances are equal, which duplicates make common: the ball of a
/// row that k others equal has radius 0, holds its copies when it is closed, and nothing when open.
struct ManifoldScores {
  std::int64_t k = 0;
  double precision_closed = 0, precision_open = 0;  ///< share of fakes in the ball of some real
  double recall_closed = 0, recall_open = 0;        ///< share of reals in the ball of some fake
  double density_closed = 0, density_open = 0;      ///< balls of reals that hold a fake, mean / k
  double coverage_closed = 0, coverage_open = 0;    ///< share of reals whose ball holds some fake
};

/// Improved precision and recall (Kynkäänniemi et al. 2019, arXiv:1904.06991), density and coverage
/// (Naeem et al. 2020, arXiv:2002.09797) for each k. A row's radius is the distance to its k-th
/// nearest neighbour in its own set, itself excluded. Exact in float64: see `nearest`. Throws
/// Error(kInput) unless both sets have more than k rows and one width.
std::vector<ManifoldScores> manifold_scores(const FeatureRows& real, const FeatureRows& fake,
                                            const std::vector<std::int64_t>& ks);

/// 2PR / (P + R), 0 when both are 0.
double f_score(double precision, double recall);

}  // namespace saddle::metric
