#include "saddle/metric/class_accuracy.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/metric/logistic_fit.h"
#include "saddle/metric/neighbours.h"

namespace saddle::metric {

namespace {

std::vector<std::int64_t> checked_labels(const FeatureRows& rows, const at::Tensor& labels,
                                         std::string_view what) {
  const at::Tensor y = labels.defined() ? labels.to(at::kCPU, at::kLong).contiguous() : labels;
  if (!y.defined() || y.dim() != 1 || y.size(0) != rows.size()) {
    throw Error(
        ErrorCode::kInput, "cas",
        cat("labels of the ", what, " rows: got ", y.defined() ? shape_text(y.sizes()) : "none",
            ", expected [", rows.size(), "]"));
  }
  const auto* begin = y.const_data_ptr<std::int64_t>();
  std::vector<std::int64_t> out(begin, begin + y.size(0));
  if (std::ranges::min(out) < 0) {
    throw Error(
        ErrorCode::kInput, "cas",
        cat("labels of the ", what, " rows: got ", std::ranges::min(out), ", expected 0 or more"));
  }
  return out;
}

std::int64_t vote(const Neighbours& found, std::int64_t i, std::int64_t k,
                  const std::vector<std::int64_t>& labels, std::int64_t classes) {
  std::vector<std::int64_t> votes(static_cast<std::size_t>(classes));
  for (std::int64_t rank = 0; rank < k; ++rank) ++votes[labels[found.index(i, rank)]];
  return std::ranges::max_element(votes) - votes.begin();  // the first, so the smallest label
}

}  // namespace

ClassAccuracy class_accuracy(const FeatureRows& train, const at::Tensor& train_labels,
                             const FeatureRows& test, const at::Tensor& test_labels) {
  require_one_width(train, test, "cas");
  const auto learnt = checked_labels(train, train_labels, "training");
  const auto truth = checked_labels(test, test_labels, "test");
  const std::int64_t classes = std::max(std::ranges::max(learnt), std::ranges::max(truth)) + 1;
  const Neighbours found = nearest(test, train, 5);
  const MultinomialLogistic fit =
      fit_multinomial_logistic(train.doubles(0, train.size()), train_labels.to(at::kLong), classes);
  const at::Tensor guesses =
      (test.doubles(0, test.size()).mm(fit.weights.t()) + fit.intercepts).argmax(1).contiguous();
  ClassAccuracy right;
  for (std::int64_t i = 0; i < test.size(); ++i) {
    right.nearest_1 += vote(found, i, 1, learnt, classes) == truth[i] ? 1 : 0;
    right.nearest_5 += vote(found, i, 5, learnt, classes) == truth[i] ? 1 : 0;
    right.logistic += guesses.const_data_ptr<std::int64_t>()[i] == truth[i] ? 1 : 0;
  }
  const auto n = static_cast<double>(test.size());
  return {right.nearest_1 / n, right.nearest_5 / n, right.logistic / n};
}

}  // namespace saddle::metric
