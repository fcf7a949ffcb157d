#pragma once

#include <vector>

namespace saddle {

/// Nodes and weights of a rule: the mean of f is sum_i weights[i] f(nodes[i]).
struct Quadrature {
  std::vector<double> nodes;
  std::vector<double> weights;  ///< sum to 1
};

/// The mean under the standard normal, exact for polynomials up to degree 2 n - 1
/// (Gauss and Hermite). 1 <= n <= 150. Throws Error(kInternal) for other n.
Quadrature gauss_hermite(int n);

}  // namespace saddle
