#pragma once

#include <vector>

namespace saddle::lab {

/// A distribution on points of the line; weights sum to 1.
struct Points1d {
  std::vector<double> at{};
  std::vector<double> weight{};
};

// Distances by their definitions on finite sets of points; points at the same place are one.

double jensen_shannon(const Points1d& p, const Points1d& q);
double total_variation(const Points1d& p, const Points1d& q);
/// KL(p, q); infinite where p has weight and q has none.
double kullback_leibler(const Points1d& p, const Points1d& q);
/// 1-Wasserstein distance.
double wasserstein_1(const Points1d& p, const Points1d& q);
/// Squared maximum mean discrepancy with the kernel exp(-(a-b)^2/2).
double mmd_squared(const Points1d& p, const Points1d& q);

}  // namespace saddle::lab
