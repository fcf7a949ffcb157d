#include "saddle/metric/frechet.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/metric/batches.h"
#include "saddle/metric/rows.h"

namespace saddle::metric {

namespace {

/// R with S = R R^T of a covariance of n rows. R^T S2 R has the eigenvalues of S S2 whichever root
/// it is: Cholesky's is the cheap one, and the symmetric one of a singular S needs no pivots.
at::Tensor root_of(const at::Tensor& covariance, std::int64_t n) {
  if (n > covariance.size(0)) {
    const auto [lower, failed] = at::linalg_cholesky_ex(covariance);
    if (failed.item<int>() == 0) return lower;
  }
  const auto [values, vectors] = at::linalg_eigh(covariance);
  return vectors * values.clamp_min(0).sqrt();
}

constexpr std::int64_t kRowsAtOnce = 1024;
constexpr std::int64_t kColumnsAtOnce = 256;
constexpr std::int64_t kFewestForLimit = 20;
constexpr int kLimitPoints = 12;

/// Least squares y = value + slope x.
FrechetLimit line_through(const std::vector<double>& x, const std::vector<double>& y) {
  const auto n = static_cast<double>(x.size());
  double mean_x = 0, mean_y = 0;
  for (std::size_t i = 0; i < x.size(); ++i) mean_x += x[i] / n, mean_y += y[i] / n;
  double xx = 0, xy = 0, rest = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  FrechetLimit line;
  line.slope = xy / xx;
  line.value = mean_y - line.slope * mean_x;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double gap = y[i] - line.value - line.slope * x[i];
    rest += gap * gap;
  }
  line.standard_error = std::sqrt(rest / (n - 2) * (1 / n + mean_x * mean_x / xx));
  return line;
}

std::string few_rows_warning(std::int64_t n_real, std::int64_t n_fake, std::int64_t d) {
  const std::int64_t n = std::min(n_real, n_fake);
  if (n > d) return "";
  return cat(
      n, " rows for ", d,
      " features: the covariance is singular and the distance biased upwards; take at least ",
      std::max<std::int64_t>(2048, 10 * d), " samples");
}

}  // namespace

Moments::Moments(std::int64_t d)
    : mean_(at::zeros({d}, at::kDouble)), scatter_(at::zeros({d, d}, at::kDouble)) {}

std::int64_t Moments::dimension() const {
  return mean_.size(0);
}

Moments::Moments(const Moments& other)
    : count_(other.count_), mean_(other.mean_.clone()), scatter_(other.scatter_.clone()) {}

Moments& Moments::operator=(const Moments& other) {
  *this = Moments(other);
  return *this;
}

void Moments::shift(std::int64_t count, const at::Tensor& mean) {
  const auto a = static_cast<double>(count_), b = static_cast<double>(count);
  const at::Tensor gap = mean - mean_;
  mean_ = mean_ + gap * (b / (a + b));
  scatter_.addr_(gap, gap, 1, a * b / (a + b));
  count_ += count;
}

void Moments::add(const at::Tensor& rows) {
  const at::Tensor x = double_rows(rows, "frechet", "features");
  if (x.size(1) != dimension()) {
    throw Error(ErrorCode::kInput, "frechet",
                cat("features: got ", x.size(1), " numbers a row, expected ", dimension()));
  }
  const at::Tensor mean = x.mean(0);
  const at::Tensor centred = x - mean;
  // Blocks on and above the diagonal: the rest is their mirror.
  for (std::int64_t i = 0; i < dimension(); i += kColumnsAtOnce) {
    const std::int64_t rows_here = std::min(kColumnsAtOnce, dimension() - i);
    scatter_.narrow(0, i, rows_here)
        .narrow(1, i, dimension() - i)
        .addmm_(centred.narrow(1, i, rows_here).t(), centred.narrow(1, i, dimension() - i));
  }
  shift(x.size(0), mean);
}

void Moments::add(const Moments& other) {
  if (other.dimension() != dimension()) {
    throw Error(ErrorCode::kInput, "frechet",
                cat("features: got ", other.dimension(), " numbers a row, expected ", dimension()));
  }
  if (other.count_ == 0) return;
  scatter_.add_(other.scatter_);
  shift(other.count_, other.mean_);
}

at::Tensor Moments::covariance() const {
  if (count_ < 2) {
    throw Error(ErrorCode::kInput, "frechet",
                cat("rows: got ", count_,
                    ", expected at least 2; a covariance needs two samples, try a larger n"));
  }
  const at::Tensor upper = scatter_.triu();
  return (upper + upper.triu(1).t()) / static_cast<double>(count_ - 1);
}

FrechetReference::FrechetReference(const Moments& real) : count_(real.count()), mean_(real.mean()) {
  const at::Tensor covariance = real.covariance();
  trace_ = covariance.trace().item<double>();
  // A power of two changes no digit, and products of covariances stay in the range of doubles.
  if (trace_ > 0) scale_ = std::exp2(std::floor(std::log2(trace_)));
  root_ = root_of(covariance / scale_, count_);
}

FrechetResult FrechetReference::distance(const Moments& fake) const {
  if (mean_.size(0) != fake.dimension()) {
    throw Error(ErrorCode::kInput, "frechet",
                cat("features: got ", mean_.size(0), " numbers a row for real and ",
                    fake.dimension(), " for fake, expected the same"));
  }
  const at::Tensor covariance = fake.covariance();
  const at::Tensor product = root_.t().mm(covariance / scale_).mm(root_);
  const at::Tensor eigenvalues = at::linalg_eigvalsh((product + product.t()) * 0.5);
  FrechetResult result;
  result.mean_term = (mean_ - fake.mean()).square().sum().item<double>();
  result.trace_real = trace_;
  result.trace_fake = covariance.trace().item<double>();
  result.trace_sqrt = scale_ * eigenvalues.clamp_min(0).sqrt().sum().item<double>();
  result.value = result.mean_term + result.trace_real + result.trace_fake - 2 * result.trace_sqrt;
  result.warning = few_rows_warning(count_, fake.count(), mean_.size(0));
  return result;
}

FrechetResult frechet_distance(const Moments& real, const Moments& fake) {
  return FrechetReference(real).distance(fake);
}

FrechetResult frechet_distance(const at::Tensor& real, const at::Tensor& fake) {
  return frechet_distance(FeatureRows(real, "frechet", "features"),
                          FeatureRows(fake, "frechet", "features"));
}

FrechetResult frechet_distance(const FeatureRows& real, const FeatureRows& fake) {
  require_one_width(real, fake, "frechet");
  return frechet_distance(moments_of(real), moments_of(fake));
}

Moments moments_of(const FeatureRows& rows) {
  Moments moments(rows.dimension());
  for (std::int64_t first = 0; first < rows.size(); first += kRowsAtOnce) {
    moments.add(rows.doubles(first, std::min(kRowsAtOnce, rows.size() - first)));
  }
  return moments;
}

Moments moments_with_float32_mean(const FeatureRows& rows) {
  Moments moments = moments_of(rows);
  at::Tensor sum = at::zeros({rows.dimension()}, at::kFloat);
  for (std::int64_t i = 0; i < rows.size(); ++i) sum += rows.rows()[i].to(at::kFloat);
  moments.replace_mean((sum / static_cast<float>(rows.size())).to(at::kDouble));
  return moments;
}

FrechetLimit frechet_limit(const FrechetReference& real, const FeatureRows& fake,
                           const RandomKey& key) {
  const std::int64_t n = fake.size();
  if (n < kFewestForLimit) {
    throw Error(ErrorCode::kInput, "fid_inf",
                cat("rows: got ", n, " fakes, expected at least ", kFewestForLimit,
                    " to see how the distance falls with n"));
  }
  const at::Tensor order = random_order(key, n);
  std::vector<double> x, y;
  Moments moments(fake.dimension());
  for (int point = 0; point < kLimitPoints; ++point) {
    // 1/n falls from 10/N to 1/N.
    const double inverse = (10 - 9.0 * point / (kLimitPoints - 1)) / static_cast<double>(n);
    const auto count = std::min(n, static_cast<std::int64_t>(std::llround(1 / inverse)));
    const std::int64_t had = moments.count();
    if (count == had) continue;  // of few samples, neighbouring sizes are the same
    moments.add(fake.rows().index_select(0, order.narrow(0, had, count - had)));
    x.push_back(1 / static_cast<double>(count));
    y.push_back(real.distance(moments).value);
  }
  return line_through(x, y);
}

}  // namespace saddle::metric
