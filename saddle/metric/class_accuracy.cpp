#include "saddle/metric/class_accuracy.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <vector>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/metric/logistic_fit.h"
#include "saddle/metric/neighbours.h"

namespace saddle::metric {

namespace {

constexpr std::int64_t kVoters = 5;

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

/// Of each label its rank among `classes`, -1 where it is none of them.
std::vector<std::int64_t> ranks_of(const std::vector<std::int64_t>& labels,
                                   const std::vector<std::int64_t>& classes) {
  std::vector<std::int64_t> ranks;
  for (const std::int64_t label : labels) {
    const auto place = std::ranges::lower_bound(classes, label);
    const bool known = place != classes.end() && *place == label;
    ranks.push_back(known ? place - classes.begin() : -1);
  }
  return ranks;
}

std::int64_t vote(const Neighbours& found, std::int64_t i, std::int64_t k,
                  const std::vector<std::int64_t>& labels, std::size_t classes) {
  std::vector<std::int64_t> votes(classes);
  for (std::int64_t rank = 0; rank < k; ++rank) ++votes[labels[found.index(i, rank)]];
  return std::ranges::max_element(votes) - votes.begin();  // the first, so the smallest label
}

}  // namespace

ClassAccuracy class_accuracy(const FeatureRows& train, const at::Tensor& train_labels,
                             const FeatureRows& test, const at::Tensor& test_labels) {
  require_one_width(train, test, "cas");
  const auto labels = checked_labels(train, train_labels, "training");
  std::vector<std::int64_t> classes = labels;
  std::ranges::sort(classes);
  classes.erase(std::ranges::unique(classes).begin(), classes.end());
  const auto learnt = ranks_of(labels, classes);
  const auto truth = ranks_of(checked_labels(test, test_labels, "test"), classes);
  const std::int64_t k = std::min(kVoters, train.size());
  const Neighbours found = nearest(test, train, k);
  const MultinomialLogistic fit = fit_multinomial_logistic(
      train.doubles(0, train.size()), at::tensor(learnt, at::kLong), std::ssize(classes));
  const at::Tensor guesses =
      (test.doubles(0, test.size()).mm(fit.weights.t()) + fit.intercepts).argmax(1).contiguous();
  ClassAccuracy right{.converged = fit.converged};
  for (std::int64_t i = 0; i < test.size(); ++i) {
    right.nearest_1 += vote(found, i, 1, learnt, classes.size()) == truth[i] ? 1 : 0;
    right.nearest_5 += vote(found, i, k, learnt, classes.size()) == truth[i] ? 1 : 0;
    right.logistic += guesses.const_data_ptr<std::int64_t>()[i] == truth[i] ? 1 : 0;
  }
  const auto n = static_cast<double>(test.size());
  right.nearest_1 /= n;
  right.nearest_5 = k == kVoters ? right.nearest_5 / n : std::numeric_limits<double>::quiet_NaN();
  right.logistic /= n;
  return right;
}

}  // namespace saddle::metric
