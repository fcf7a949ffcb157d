#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

namespace saddle::metric {

/// Mean of a score over splits and its population standard deviation.
struct SplitScore {
  double mean = 0;
  double sd = 0;
};

/// The inception-type score (Salimans et al. 2016, arXiv:1606.03498): exp(mean over rows of
/// KL(p(y|x) || p(y))) on each of `splits` runs of rows floor(iN/S) .. floor((i+1)N/S)-1, in the
/// order given. logits [N,K] before softmax, arithmetic in float64.
/// Throws Error(kInput) when N < splits, Error(kNumeric) on NaN or Inf.
SplitScore class_score(const at::Tensor& logits, std::int64_t splits);

/// How many rows have their largest logit in each class (ties: the first): [K] counts.
std::vector<std::int64_t> class_histogram(const at::Tensor& logits);

/// KL(fake || real) = sum_k p_k log(p_k / q_k) in nats, p and q the shares of each class. Nothing
/// is added to the counts: a class without fakes adds 0, a class that only fakes show makes it
/// +Inf. Throws Error(kInput) on different lengths or a histogram without samples.
double class_histogram_kl(std::span<const std::int64_t> fake, std::span<const std::int64_t> real);

/// Share of rows whose largest softmax probability is above `threshold`. logits [N,K].
double sure_share(const at::Tensor& logits, double threshold);

/// Share of rows whose largest logit is that of `labels` [N] int64.
double label_share(const at::Tensor& logits, const at::Tensor& labels);

}  // namespace saddle::metric
