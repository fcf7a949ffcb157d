#include "saddle/base/quadrature.h"

#include <cmath>
#include <numbers>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle {
namespace {

constexpr int kLargestRule = 150;

// The Hermite polynomial of degree n, orthonormal under exp(-x^2), and the one below it.
struct HermitePair {
  double at, below;
};

HermitePair orthonormal_hermite(int n, double x) {
  double below = 0, at = std::pow(std::numbers::pi, -0.25);
  for (int k = 0; k < n; ++k) {
    const double next = x * std::sqrt(2.0 / (k + 1)) * at - std::sqrt(k / (k + 1.0)) * below;
    below = at;
    at = next;
  }
  return {at, below};
}

// A root of the polynomial of degree n in (low, high), where it changes sign.
double root_between(int n, double low, double high) {
  const bool rising = orthonormal_hermite(n, high).at > 0;
  double x = 0.5 * (low + high);
  for (int i = 0; i < 100; ++i) {
    const HermitePair p = orthonormal_hermite(n, x);
    ((p.at > 0) == rising ? high : low) = x;
    // Newton's step, or half the interval where it would leave it.
    double next = x - p.at / (std::sqrt(2.0 * n) * p.below);
    if (!(next > low && next < high)) next = 0.5 * (low + high);
    const bool done = std::abs(next - x) <= 1e-15 * std::abs(x);
    x = next;
    if (done) break;
  }
  return x;
}

}  // namespace

Quadrature gauss_hermite(int n) {
  if (n < 1 || n > kLargestRule) {
    throw Error(ErrorCode::kInternal, "quadrature",
                cat("a rule of ", n, " nodes: expected 1 to ", kLargestRule));
  }
  // Roots of degree k lie between those of degree k - 1: find them degree by degree.
  std::vector<double> roots;
  for (int k = 1; k <= n; ++k) {
    const double edge = std::sqrt(2.0 * k + 1.0) + 1.0;
    std::vector<double> ends{-edge};
    ends.insert(ends.end(), roots.begin(), roots.end());
    ends.push_back(edge);
    roots.clear();
    for (std::size_t i = 0; i + 1 < ends.size(); ++i) {
      roots.push_back(root_between(k, ends[i], ends[i + 1]));
    }
  }
  Quadrature rule;
  for (const double x : roots) {
    const double below = orthonormal_hermite(n, x).below;
    rule.nodes.push_back(x * std::numbers::sqrt2);
    rule.weights.push_back(1.0 / (n * below * below * std::sqrt(std::numbers::pi)));
  }
  return rule;
}

}  // namespace saddle
