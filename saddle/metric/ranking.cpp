#include "saddle/metric/ranking.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::metric {

namespace {

/// Samples of one score, from the highest score down.
struct Threshold {
  double positives = 0;
  double negatives = 0;
};

struct Thresholds {
  std::vector<Threshold> list;
  double positives = 0;
  double negatives = 0;
};

Thresholds thresholds_of(const at::Tensor& scores, const at::Tensor& labels) {
  if (scores.dim() != 1 || labels.dim() != 1 || scores.size(0) != labels.size(0)) {
    throw Error(ErrorCode::kInput, "ranking",
                cat("scores and labels: got ", shape_text(scores.sizes()), " and ",
                    shape_text(labels.sizes()), ", expected [n] each"));
  }
  const at::Tensor s = scores.to(at::kCPU, at::kDouble).contiguous();
  const at::Tensor y = labels.to(at::kCPU, at::kLong).contiguous();
  std::vector<std::pair<double, std::int64_t>> order;
  for (std::int64_t i = 0; i < s.size(0); ++i) {
    order.emplace_back(s.const_data_ptr<double>()[i], y.const_data_ptr<std::int64_t>()[i]);
  }
  if (!at::isfinite(s).all().item<bool>()) {
    throw Error(ErrorCode::kNumeric, "ranking", "scores: got NaN or Inf, expected finite numbers");
  }
  std::ranges::sort(order, std::greater{}, &std::pair<double, std::int64_t>::first);
  Thresholds out;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto [score, label] = order[i];
    if (label != 0 && label != 1) {
      throw Error(ErrorCode::kInput, "ranking", cat("labels: got ", label, ", expected 0 or 1"));
    }
    if (i == 0 || score != order[i - 1].first) out.list.emplace_back();
    (label == 1 ? out.list.back().positives : out.list.back().negatives) += 1;
    (label == 1 ? out.positives : out.negatives) += 1;
  }
  if (out.positives == 0 || out.negatives == 0) {
    throw Error(ErrorCode::kInput, "ranking",
                cat("labels: got ", static_cast<std::int64_t>(out.positives), " of 1 and ",
                    static_cast<std::int64_t>(out.negatives), " of 0, expected both"));
  }
  return out;
}

}  // namespace

double area_under_roc(const at::Tensor& scores, const at::Tensor& labels) {
  const Thresholds all = thresholds_of(scores, labels);
  double pairs = 0, above = 0;
  for (const Threshold& here : all.list) {
    pairs += here.negatives * (above + here.positives / 2);
    above += here.positives;
  }
  return pairs / (all.positives * all.negatives);
}

double average_precision(const at::Tensor& scores, const at::Tensor& labels) {
  const Thresholds all = thresholds_of(scores, labels);
  double found = 0, taken = 0, sum = 0;
  for (const Threshold& here : all.list) {
    found += here.positives;
    taken += here.positives + here.negatives;
    sum += here.positives / all.positives * (found / taken);
  }
  return sum;
}

}  // namespace saddle::metric
