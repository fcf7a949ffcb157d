#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "saddle/metric/feature_rows.h"
#include "saddle/tensor/random.h"

namespace saddle::metric {

/// Mean and covariance of rows that arrive in pieces, in float64 (pairwise update of Chan, Golub
/// and LeVeque 1983); memory d^2 whatever n.
class Moments {
 public:
  explicit Moments(std::int64_t d);
  Moments(const Moments& other);
  Moments& operator=(const Moments& other);
  Moments(Moments&&) = default;
  Moments& operator=(Moments&&) = default;

  /// rows [n,d] of any real dtype and device. Throws Error(kInput) on another width,
  /// Error(kNumeric) on NaN or Inf.
  void add(const at::Tensor& rows);
  /// The rows that `other` has seen are added to these.
  void add(const Moments& other);

  std::int64_t count() const { return count_; }
  std::int64_t dimension() const;
  const at::Tensor& mean() const { return mean_; }  ///< [d] float64
  /// Takes another mean and leaves the covariance.
  void replace_mean(const at::Tensor& mean) { mean_ = mean; }
  /// [d,d] float64 with the divisor n - 1. Throws Error(kInput) below two rows.
  at::Tensor covariance() const;

 private:
  /// Takes `count` rows of this mean, whose own scatter was added before.
  void shift(std::int64_t count, const at::Tensor& mean);

  std::int64_t count_ = 0;
  at::Tensor mean_;
  at::Tensor scatter_;  ///< sums of products of deviations; only its upper triangle counts
};

/// The Fréchet distance between Gaussians with the moments of two sets, and its parts.
struct FrechetResult {
  double value = 0;
  double mean_term = 0;   ///< |m1 - m2|^2
  double trace_real = 0;  ///< tr S1
  double trace_fake = 0;  ///< tr S2
  double trace_sqrt = 0;  ///< tr (S1 S2)^(1/2)
  std::string warning;    ///< not empty when a set has too few rows for its width
};

/// The real side of the distance, worked out once for several sets of fakes.
class FrechetReference {
 public:
  /// Throws Error(kInput) below two rows.
  explicit FrechetReference(const Moments& real);

  /// |m1 - m2|^2 + tr S1 + tr S2 - 2 tr (S1 S2)^(1/2) (Dowson and Landau 1982), the last term from
  /// the eigenvalues of R^T S2 R with S1 = R R^T, negative ones taken as 0. Tiny negative results
  /// are reported as they are. Throws Error(kInput) below two rows or when the widths differ.
  FrechetResult distance(const Moments& fake) const;

 private:
  std::int64_t count_ = 0;
  at::Tensor mean_, root_;  ///< [d], and R with S1 = scale R R^T [d,d]
  double trace_ = 0, scale_ = 1;
};

/// The same for two sets: real [n,d], fake [m,d]; memory d^2 beside the features.
FrechetResult frechet_distance(const Moments& real, const Moments& fake);
FrechetResult frechet_distance(const at::Tensor& real, const at::Tensor& fake);
FrechetResult frechet_distance(const FeatureRows& real, const FeatureRows& fake);

/// Moments of rows, a piece at a time.
Moments moments_of(const FeatureRows& rows);
/// The same with the mean summed and kept in float32, as programs do that average float32 features.
Moments moments_with_float32_mean(const FeatureRows& rows);

/// The distance for infinitely many fakes: the intercept of a line in 1/n through the distances of
/// the first n fakes of a random order, for 12 values of n from a tenth of them to all, at equal
/// steps of 1/n (Chong and Forsyth 2020, arXiv:1911.07023). The real set stays as it is.
struct FrechetLimit {
  double value = 0;
  double standard_error = 0;  ///< of the intercept of the fit
  double slope = 0;           ///< distance(n) = value + slope / n
};
/// Throws Error(kInput) below 20 fakes.
FrechetLimit frechet_limit(const FrechetReference& real, const FeatureRows& fake,
                           const RandomKey& key);

}  // namespace saddle::metric
