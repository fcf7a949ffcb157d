#pragma once

#include <ATen/core/Tensor.h>

namespace saddle::kernel {

/// What a batch says about each channel, detached float32 (or wider) [C].
struct BatchStatistics {
  at::Tensor mean;
  at::Tensor unbiased_var;  ///< divided by n - 1, as running variances are kept
};

/// Batch normalisation with the statistics of the batch itself: x [N,C,...] (or [N,F]),
/// weight, bias [C] or undefined -> same shape as x. Normalises with the biased variance; changes
/// no state: `out`, where given, tells the statistics for running averages
/// (running = (1 - momentum) running + momentum statistic). Ioffe, Szegedy 2015, arXiv:1502.03167.
/// Throws Error(kInput) when a channel has fewer than 2 values, Error(kInternal) when x has fewer
/// than 2 axes or another number of channels than the weight.
at::Tensor batch_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                      double eps, BatchStatistics* out = nullptr);

/// Batch normalisation with fixed statistics [C]: an affine map of each channel. Throws
/// Error(kInternal) when x has fewer than 2 axes or another number of channels.
at::Tensor batch_norm_inference(const at::Tensor& x, const at::Tensor& weight,
                                const at::Tensor& bias, const at::Tensor& running_mean,
                                const at::Tensor& running_var, double eps);

}  // namespace saddle::kernel
