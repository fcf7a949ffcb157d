#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

namespace saddle::metric {

/// Samples or features as contiguous float64 rows on the CPU: [n,d] of any real dtype -> [n,d].
/// Throws Error(kInput) when it is not a matrix with n, d >= 1, Error(kNumeric) naming how many
/// rows hold NaN or Inf; `component` and `what` name them in the message.
at::Tensor double_rows(const at::Tensor& rows, std::string_view component, std::string_view what);

}  // namespace saddle::metric
