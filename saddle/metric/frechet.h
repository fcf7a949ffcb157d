#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

namespace saddle::metric {

/// Mean and covariance of rows that arrive in pieces, in float64 (pairwise update of Chan, Golub
/// and LeVeque 1983); memory d^2 whatever n.
class Moments {
 public:
  explicit Moments(std::int64_t d);

  /// rows [n,d] of any real dtype and device. Throws Error(kInput) on another width,
  /// Error(kNumeric) on NaN or Inf.
  void add(const at::Tensor& rows);
  /// The rows that `other` has seen are added to these.
  void add(const Moments& other);

  std::int64_t count() const { return count_; }
  std::int64_t dimension() const;
  const at::Tensor& mean() const { return mean_; }  ///< [d] float64
  /// [d,d] float64 with the divisor n - 1. Throws Error(kInput) below two rows.
  at::Tensor covariance() const;

 private:
  void merge(std::int64_t count, const at::Tensor& mean, const at::Tensor& scatter);

  std::int64_t count_ = 0;
  at::Tensor mean_, scatter_;
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

/// |m1 - m2|^2 + tr S1 + tr S2 - 2 tr (S1 S2)^(1/2) (Dowson and Landau 1982), the last term from
/// the eigenvalues of S1^(1/2) S2 S1^(1/2), negative ones taken as 0. Tiny negative results are
/// reported as they are. Throws Error(kInput) below two rows or when the widths differ.
FrechetResult frechet_distance(const Moments& real, const Moments& fake);

/// The same for features in memory: real [n,d], fake [m,d].
FrechetResult frechet_distance(const at::Tensor& real, const at::Tensor& fake);

}  // namespace saddle::metric
