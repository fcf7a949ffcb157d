#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "saddle/metric/feature_rows.h"
#include "saddle/tensor/random.h"

namespace saddle::metric {

/// Mean of a kernel distance over subsets, and its population standard deviation.
struct SubsetScore {
  double mean = 0;
  double sd = 0;
};

/// Unbiased MMD^2 with the kernel (x.y/d + 1)^3 on the given rows: real_index and fake_index
/// [subsets,size] int64, one pair of subsets a row (Bińkowski et al. 2018, arXiv:1801.01401). May
/// be negative. Float64. Throws Error(kInput) on shapes, an index out of range, size below 2.
SubsetScore kernel_distance(const FeatureRows& real, const FeatureRows& fake,
                            const at::Tensor& real_index, const at::Tensor& fake_index);

/// `subsets` rows of `size` different numbers in [0, n): int64 [subsets,size].
at::Tensor draw_subsets(const RandomKey& key, std::int64_t n, std::int64_t subsets,
                        std::int64_t size);

/// Throws Error(kInput) naming `component` when a set has fewer than two rows.
void require_two_rows(const FeatureRows& a, const FeatureRows& b, std::string_view component);

/// The same on all rows of both sets, in blocks. Throws Error(kInput) below two rows.
double polynomial_mmd(const FeatureRows& real, const FeatureRows& fake);

/// MMD^2 with the kernel exp(-|x-y|^2 / (2 s^2)).
struct GaussianMmd {
  double sigma = 0;
  double biased = 0;    ///< means with the diagonals
  double unbiased = 0;  ///< without them
  double mixture = 0;   ///< unbiased, summed over s times each of kMmdFactors
};
inline constexpr double kMmdFactors[] = {0.5, 1, 2, 4};

/// Float64 in blocks; time grows with the square of the rows. sigma 0: the median of all distances
/// of two different rows of the pooled sets, found exactly (an even number: the mean of the middle
/// two). Throws Error(kInput) below two rows a set, Error(kNumeric) when the median is 0.
GaussianMmd gaussian_mmd(const FeatureRows& real, const FeatureRows& fake, double sigma = 0);

/// The median of |x_i - x_j| over i < j of the rows of both sets together. Memory does not grow
/// with the square of the rows.
double median_distance(const FeatureRows& a, const FeatureRows& b);

/// 2 mean|x-y| - mean|x-x'| - mean|y-y'| with the diagonals (V-statistic; Székely and Rizzo 2013),
/// in the features' unit. Float64 in blocks.
double energy_distance(const FeatureRows& real, const FeatureRows& fake);

}  // namespace saddle::metric
