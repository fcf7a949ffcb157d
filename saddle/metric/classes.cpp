#include "saddle/metric/classes.h"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/metric/rows.h"

namespace saddle::metric {

namespace {

std::int64_t total(std::span<const std::int64_t> counts) {
  return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

double split_score(const at::Tensor& log_p) {
  const at::Tensor p = log_p.exp();
  // A class that no row of the split shows has p = 0 in every row: 0 * log 0 counts as 0.
  const at::Tensor log_q = p.mean(0).clamp_min(std::numeric_limits<double>::min()).log();
  return std::exp((p * (log_p - log_q)).sum(1).mean().item<double>());
}

}  // namespace

SplitScore class_score(const at::Tensor& logits, std::int64_t splits) {
  const at::Tensor x = double_rows(logits, "class_score", "logits");
  const std::int64_t n = x.size(0);
  if (splits < 1 || n < splits) {
    throw Error(ErrorCode::kInput, "class_score",
                cat("splits: got ", splits, " for ", n, " rows, expected 1 to ", n));
  }
  const at::Tensor log_p = at::log_softmax(x, 1);
  SplitScore score;
  double squares = 0;
  for (std::int64_t i = 0; i < splits; ++i) {
    const std::int64_t first = i * n / splits, end = (i + 1) * n / splits;
    const double value = split_score(log_p.narrow(0, first, end - first));
    // Running mean and squared deviations (Welford 1962).
    const double before = value - score.mean;
    score.mean += before / static_cast<double>(i + 1);
    squares += before * (value - score.mean);
  }
  score.sd = std::sqrt(squares / static_cast<double>(splits));
  return score;
}

std::vector<std::int64_t> class_histogram(const at::Tensor& logits) {
  const at::Tensor x = double_rows(logits, "class_histogram", "logits");
  const at::Tensor counts = at::bincount(x.argmax(1), {}, x.size(1));
  const auto* data = counts.const_data_ptr<std::int64_t>();
  return {data, data + counts.numel()};
}

double class_histogram_kl(std::span<const std::int64_t> fake, std::span<const std::int64_t> real) {
  if (fake.size() != real.size()) {
    throw Error(ErrorCode::kInput, "class_histogram",
                cat("classes: got ", fake.size(), " for fake and ", real.size(),
                    " for real, expected the same"));
  }
  const auto n_fake = static_cast<double>(total(fake)), n_real = static_cast<double>(total(real));
  if (n_fake == 0 || n_real == 0) {
    throw Error(ErrorCode::kInput, "class_histogram",
                "histogram: got no samples, expected at least one in each set");
  }
  double kl = 0;
  for (std::size_t k = 0; k < fake.size(); ++k) {
    if (fake[k] == 0) continue;
    const double p = static_cast<double>(fake[k]) / n_fake;
    kl += p * std::log(p / (static_cast<double>(real[k]) / n_real));
  }
  return kl;
}

double sure_share(const at::Tensor& logits, double threshold) {
  const at::Tensor p = at::softmax(double_rows(logits, "sure_share", "logits"), 1);
  return std::get<0>(p.max(1)).gt(threshold).to(at::kDouble).mean().item<double>();
}

double label_share(const at::Tensor& logits, const at::Tensor& labels) {
  const at::Tensor x = double_rows(logits, "label_share", "logits");
  if (labels.dim() != 1 || labels.size(0) != x.size(0)) {
    throw Error(ErrorCode::kInput, "label_share",
                cat("labels: got ", shape_text(labels.sizes()), ", expected [", x.size(0), "]"));
  }
  return x.argmax(1).eq(labels.to(at::kCPU, at::kLong)).to(at::kDouble).mean().item<double>();
}

}  // namespace saddle::metric
