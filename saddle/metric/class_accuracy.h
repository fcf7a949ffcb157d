#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "saddle/metric/feature_rows.h"

namespace saddle::metric {

/// Accuracies on test rows of classifiers that learnt from labelled rows: the classification
/// accuracy score (Ravuri and Vinyals 2019, arXiv:1905.10887) when those rows are generated. The
/// classifiers are deterministic: they see the features as they are.
struct ClassAccuracy {
  double nearest_1 = 0;   ///< the class of the nearest row
  double nearest_5 = 0;   ///< vote of the five nearest; ties to the smallest label; NaN below five
  double logistic = 0;    ///< multinomial, sum of cross-entropies + |W|^2 / 2, intercepts free
  bool converged = true;  ///< whether the logistic fit reached its minimum
};

/// labels [n] int64 from 0 up; a class that was not learnt is never guessed. Throws Error(kInput)
/// when the sizes or widths do not fit.
ClassAccuracy class_accuracy(const FeatureRows& train, const at::Tensor& train_labels,
                             const FeatureRows& test, const at::Tensor& test_labels);

}  // namespace saddle::metric
