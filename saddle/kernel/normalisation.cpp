#include "saddle/kernel/normalisation.h"

#include <ATen/ops/batch_norm.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::kernel {
namespace {

void check_channels(const at::Tensor& x, const at::Tensor& weight) {
  if (x.dim() >= 2 && (!weight.defined() || weight.numel() == x.size(1))) return;
  throw Error(ErrorCode::kInternal, "batch norm",
              cat("input ", shape_text(x.sizes()), " does not have ",
                  weight.defined() ? weight.numel() : 1, " channels on axis 1"));
}

}  // namespace

at::Tensor batch_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                      double eps, BatchStatistics* out) {
  check_channels(x, weight);
  const std::int64_t channels = x.size(1);
  if (channels > 0 && x.numel() / channels < 2) {
    throw Error(ErrorCode::kInput, "batch norm",
                cat("a batch of shape ", shape_text(x.sizes()),
                    " has one value a channel, expected at least 2; try a larger batch"));
  }
  BatchStatistics statistics;
  if (out != nullptr) {
    // With momentum 1 the library leaves exactly the batch's statistics in the running ones.
    const auto type = x.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
    statistics.mean = at::zeros({channels}, x.options().requires_grad(false).dtype(type));
    statistics.unbiased_var = at::zeros_like(statistics.mean);
  }
  at::Tensor y = at::batch_norm(x, weight, bias, statistics.mean, statistics.unbiased_var,
                                /*training=*/true, /*momentum=*/1.0, eps, /*cudnn_enabled=*/true);
  if (out != nullptr) *out = std::move(statistics);
  return y;
}

at::Tensor batch_norm_inference(const at::Tensor& x, const at::Tensor& weight,
                                const at::Tensor& bias, const at::Tensor& running_mean,
                                const at::Tensor& running_var, double eps) {
  check_channels(x, running_mean);
  return at::batch_norm(x, weight, bias, running_mean, running_var, /*training=*/false,
                        /*momentum=*/0.0, eps, /*cudnn_enabled=*/true);
}

}  // namespace saddle::kernel
