#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "saddle/tensor/random.h"

namespace saddle::metric {

/// W_p^p in one dimension: the integral over u in (0,1) of |Q_x(u) - Q_y(u)|^p for the empirical
/// quantile functions. Both spans ascending, at least one number each; sizes may differ.
double wasserstein_1d_power(std::span<const double> sorted_x, std::span<const double> sorted_y,
                            double p);

/// Sliced W_p: (mean over projections of W_p^p of the projected sets)^(1/p) in float64, in the
/// data's units (Bonneel et al. 2015). x [n,d], y [m,d], projections [d,P] with unit columns, p
/// >= 1. Throws Error(kInput) on shapes that do not fit, Error(kNumeric) on NaN or Inf.
double sliced_wasserstein(const at::Tensor& x, const at::Tensor& y, const at::Tensor& projections,
                          double p = 2);

/// W_p^p of the sets projected on each direction, one number a projection; arguments as above.
std::vector<double> sliced_powers(const at::Tensor& x, const at::Tensor& y,
                                  const at::Tensor& projections, double p);

/// `count` directions drawn uniformly from the unit sphere: float64 [d,count]. The same key gives
/// the same directions everywhere.
at::Tensor unit_projections(const RandomKey& key, std::int64_t d, std::int64_t count);

}  // namespace saddle::metric
