#pragma once

#include <ATen/core/Tensor.h>

namespace saddle::metric {

/// Area under the ROC curve: the share of (positive, negative) pairs in which the positive has the
/// higher score, ties one half. scores [n] real, labels [n] int64 of 0 and 1. Throws Error(kInput)
/// on other shapes or labels or when a class is missing, Error(kNumeric) on NaN.
double area_under_roc(const at::Tensor& scores, const at::Tensor& labels);

/// Average precision: sum over distinct thresholds of (R_k - R_{k-1}) P_k. Errors as above.
double average_precision(const at::Tensor& scores, const at::Tensor& labels);

}  // namespace saddle::metric
