#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "saddle/metric/feature_rows.h"

namespace saddle::metric {

/// Leave-one-out 1-nearest-neighbour test on the pooled rows (Lopez-Paz and Oquab 2017,
/// arXiv:1610.06545). 0.5 says nothing by itself: it can hide 1 on one set and 0 on the other.
struct NeighbourTest {
  double accuracy = 0;
  double accuracy_real = 0;  ///< of the real rows
  double accuracy_fake = 0;  ///< of the fake rows
};

/// Ties go to the lowest index of the pooled rows, the real ones first. Throws Error(kInput) when
/// the widths differ or there are fewer than two rows together.
NeighbourTest neighbour_test(const FeatureRows& real, const FeatureRows& fake);

/// Logistic regression fitted to the even rows of each set (0, 2, ...) and judged on the odd ones.
struct LogisticTest {
  double accuracy = 0;  ///< a fake has the positive class, logit > 0
  double auroc = 0;
  double weight_norm = 0;
  double intercept = 0;
  std::int64_t n_test = 0;
};

/// Minimises the sum of log-losses + |w|^2 / 2, intercept free, in float64. Throws Error(kInput)
/// below two rows a set or when the widths differ, Error(kNumeric) when the fit does not end.
LogisticTest logistic_test(const FeatureRows& real, const FeatureRows& fake);

/// Two-sided binomial p-value of `right` of n guesses at even odds.
double even_odds_p_value(std::int64_t right, std::int64_t n);

}  // namespace saddle::metric
