#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace saddle::metric {

struct BinaryLogistic {
  at::Tensor weights;  ///< [d] float64
  double intercept = 0;
};

/// Minimises the sum of log-losses + |w|^2 / 2 with a free intercept by Newton's method: x [n,d]
/// float64, y [n] int64 of 0 and 1. Throws Error(kNumeric) when it does not converge.
BinaryLogistic fit_binary_logistic(const at::Tensor& x, const at::Tensor& y);

struct MultinomialLogistic {
  at::Tensor weights;     ///< [K,d] float64
  at::Tensor intercepts;  ///< [K] float64
  bool converged = true;  ///< whether its slopes leave the loss 1e-8 of itself to lose
};

/// Minimises the sum of cross-entropies + |W|^2 / 2 with free intercepts by L-BFGS: x [n,d]
/// float64, y [n] int64 in [0, classes).
MultinomialLogistic fit_multinomial_logistic(const at::Tensor& x, const at::Tensor& y,
                                             std::int64_t classes);

}  // namespace saddle::metric
