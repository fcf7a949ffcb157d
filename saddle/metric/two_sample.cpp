#include "saddle/metric/two_sample.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/metric/logistic_fit.h"
#include "saddle/metric/neighbours.h"
#include "saddle/metric/ranking.h"

namespace saddle::metric {

namespace {

at::Tensor every_other(const FeatureRows& rows, std::int64_t first) {
  return rows.rows().slice(0, first, rows.size(), 2).to(at::kDouble);
}

}  // namespace

NeighbourTest neighbour_test(const FeatureRows& real, const FeatureRows& fake) {
  require_one_width(real, fake, "c2st_1nn");
  const bool same = real.rows().scalar_type() == fake.rows().scalar_type();
  const at::Tensor pooled =
      same ? at::cat({real.rows(), fake.rows()})
           : at::cat({real.rows().to(at::kDouble), fake.rows().to(at::kDouble)});
  const Neighbours found = nearest_others(FeatureRows(pooled, "c2st_1nn", "rows"), 1);
  const std::int64_t n = real.size(), m = fake.size();
  std::int64_t right_real = 0, right_fake = 0;
  for (std::int64_t i = 0; i < n; ++i) right_real += found.index(i, 0) < n ? 1 : 0;
  for (std::int64_t i = n; i < n + m; ++i) right_fake += found.index(i, 0) >= n ? 1 : 0;
  const auto share = [](std::int64_t part, std::int64_t whole) {
    return static_cast<double>(part) / static_cast<double>(whole);
  };
  return {share(right_real + right_fake, n + m), share(right_real, n), share(right_fake, m)};
}

LogisticTest logistic_test(const FeatureRows& real, const FeatureRows& fake) {
  require_one_width(real, fake, "c2st_logistic");
  if (std::min(real.size(), fake.size()) < 2) {
    throw Error(ErrorCode::kInput, "c2st_logistic",
                "rows: got fewer than 2 in a set, expected at least one to fit and one to test");
  }
  const at::Tensor train_real = every_other(real, 0), train_fake = every_other(fake, 0);
  const at::Tensor test_real = every_other(real, 1), test_fake = every_other(fake, 1);
  const auto labels = [](const at::Tensor& none, const at::Tensor& all) {
    const auto options = at::TensorOptions().dtype(at::kLong);
    return at::cat({at::zeros({none.size(0)}, options), at::ones({all.size(0)}, options)});
  };
  const BinaryLogistic fit =
      fit_binary_logistic(at::cat({train_real, train_fake}), labels(train_real, train_fake));
  const at::Tensor truth = labels(test_real, test_fake);
  const at::Tensor logits = at::cat({test_real, test_fake}).mv(fit.weights) + fit.intercept;
  LogisticTest out;
  out.accuracy = logits.gt(0).eq(truth.eq(1)).to(at::kDouble).mean().item<double>();
  out.auroc = area_under_roc(logits, truth);
  out.weight_norm = fit.weights.norm().item<double>();
  out.intercept = fit.intercept;
  out.n_test = truth.size(0);
  return out;
}

double even_odds_p_value(std::int64_t right, std::int64_t n) {
  // Twice the smaller tail of the binomial distribution, by logarithms of its terms.
  const std::int64_t tail = std::min(right, n - right);
  double sum = 0;
  for (std::int64_t k = 0; k <= tail; ++k) {
    sum += std::exp(
        std::lgamma(static_cast<double>(n) + 1) - std::lgamma(static_cast<double>(k) + 1) -
        std::lgamma(static_cast<double>(n - k) + 1) - static_cast<double>(n) * std::log(2.0));
  }
  return std::min(1.0, 2 * sum);
}

}  // namespace saddle::metric
