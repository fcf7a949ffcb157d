#include "saddle/lab/points_1d.h"

#include <cmath>
#include <iterator>
#include <limits>
#include <map>

namespace saddle::lab {
namespace {

/// Weights of p and q at every place that either holds.
struct PlaceWeights {
  double p = 0;
  double q = 0;
};

std::map<double, PlaceWeights> merged_places(const Points1d& p, const Points1d& q) {
  std::map<double, PlaceWeights> out;
  for (std::size_t i = 0; i < p.at.size(); ++i) out[p.at[i]].p += p.weight[i];
  for (std::size_t i = 0; i < q.at.size(); ++i) out[q.at[i]].q += q.weight[i];
  return out;
}

double relative_entropy(double a, double b) {
  if (a == 0) return 0;
  return b == 0 ? std::numeric_limits<double>::infinity() : a * std::log(a / b);
}

double kernel_sum(const Points1d& a, const Points1d& b) {
  double out = 0;
  for (std::size_t i = 0; i < a.at.size(); ++i) {
    for (std::size_t j = 0; j < b.at.size(); ++j) {
      const double gap = a.at[i] - b.at[j];
      out += a.weight[i] * b.weight[j] * std::exp(-0.5 * gap * gap);
    }
  }
  return out;
}

}  // namespace

double jensen_shannon(const Points1d& p, const Points1d& q) {
  double out = 0;
  for (const auto& [at, weight] : merged_places(p, q)) {
    const double middle = 0.5 * (weight.p + weight.q);
    out += 0.5 * (relative_entropy(weight.p, middle) + relative_entropy(weight.q, middle));
  }
  return out;
}

double total_variation(const Points1d& p, const Points1d& q) {
  double out = 0;
  for (const auto& [at, weight] : merged_places(p, q)) out += 0.5 * std::abs(weight.p - weight.q);
  return out;
}

double kullback_leibler(const Points1d& p, const Points1d& q) {
  double out = 0;
  for (const auto& [at, weight] : merged_places(p, q)) out += relative_entropy(weight.p, weight.q);
  return out;
}

double wasserstein_1(const Points1d& p, const Points1d& q) {
  const auto places = merged_places(p, q);
  double out = 0;
  double ahead = 0;  // P - Q between this place and the next
  for (auto place = places.begin(); place != places.end(); ++place) {
    ahead += place->second.p - place->second.q;
    const auto next = std::next(place);
    if (next != places.end()) out += std::abs(ahead) * (next->first - place->first);
  }
  return out;
}

double mmd_squared(const Points1d& p, const Points1d& q) {
  return kernel_sum(p, p) + kernel_sum(q, q) - 2 * kernel_sum(p, q);
}

}  // namespace saddle::lab
