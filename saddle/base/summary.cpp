#include "saddle/base/summary.h"

#include <cmath>
#include <limits>
#include <numeric>

namespace saddle {

Summary summary_of(std::span<const double> values) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  if (values.empty()) return {kNan, kNan, kNan};
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  if (values.size() < 2) return {mean, kNan, kNan};
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double sd = std::sqrt(squares / (n - 1));
  return {mean, sd, sd / std::sqrt(n)};
}

}  // namespace saddle
