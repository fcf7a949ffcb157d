#include "saddle/metric/frechet.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/metric/rows.h"

namespace saddle::metric {

namespace {

at::Tensor square_root(const at::Tensor& covariance) {
  const auto [values, vectors] = at::linalg_eigh(covariance);
  return (vectors * values.clamp_min(0).sqrt()).mm(vectors.t());
}

std::string few_rows_warning(std::int64_t n_real, std::int64_t n_fake, std::int64_t d) {
  const std::int64_t n = std::min(n_real, n_fake);
  if (n > d) return "";
  return cat(
      "warning: ", n, " rows for ", d,
      " features: the covariance is singular and the distance biased upwards; take at least ",
      std::max<std::int64_t>(2048, 10 * d), " samples");
}

}  // namespace

Moments::Moments(std::int64_t d)
    : mean_(at::zeros({d}, at::kDouble)), scatter_(at::zeros({d, d}, at::kDouble)) {}

std::int64_t Moments::dimension() const {
  return mean_.size(0);
}

void Moments::merge(std::int64_t count, const at::Tensor& mean, const at::Tensor& scatter) {
  const auto a = static_cast<double>(count_), b = static_cast<double>(count);
  const at::Tensor shift = mean - mean_;
  mean_ = mean_ + shift * (b / (a + b));
  scatter_ = scatter_ + scatter + at::outer(shift, shift) * (a * b / (a + b));
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
  merge(x.size(0), mean, centred.t().mm(centred));
}

void Moments::add(const Moments& other) {
  if (other.dimension() != dimension()) {
    throw Error(ErrorCode::kInput, "frechet",
                cat("features: got ", other.dimension(), " numbers a row, expected ", dimension()));
  }
  if (other.count_ > 0) merge(other.count_, other.mean_, other.scatter_);
}

at::Tensor Moments::covariance() const {
  if (count_ < 2) {
    throw Error(ErrorCode::kInput, "frechet",
                cat("rows: got ", count_,
                    ", expected at least 2; a covariance needs two samples, try a larger n"));
  }
  return scatter_ / static_cast<double>(count_ - 1);
}

FrechetResult frechet_distance(const Moments& real, const Moments& fake) {
  if (real.dimension() != fake.dimension()) {
    throw Error(ErrorCode::kInput, "frechet",
                cat("features: got ", real.dimension(), " numbers a row for real and ",
                    fake.dimension(), " for fake, expected the same"));
  }
  const at::Tensor real_covariance = real.covariance(), fake_covariance = fake.covariance();
  const at::Tensor root = square_root(real_covariance);
  const at::Tensor product = root.mm(fake_covariance).mm(root);
  const at::Tensor eigenvalues = at::linalg_eigvalsh((product + product.t()) * 0.5);
  FrechetResult result;
  result.mean_term = (real.mean() - fake.mean()).square().sum().item<double>();
  result.trace_real = real_covariance.trace().item<double>();
  result.trace_fake = fake_covariance.trace().item<double>();
  result.trace_sqrt = eigenvalues.clamp_min(0).sqrt().sum().item<double>();
  result.value = result.mean_term + result.trace_real + result.trace_fake - 2 * result.trace_sqrt;
  result.warning = few_rows_warning(real.count(), fake.count(), real.dimension());
  return result;
}

FrechetResult frechet_distance(const at::Tensor& real, const at::Tensor& fake) {
  Moments a(real.dim() == 2 ? real.size(1) : 0), b(fake.dim() == 2 ? fake.size(1) : 0);
  a.add(real);
  b.add(fake);
  return frechet_distance(a, b);
}

}  // namespace saddle::metric
