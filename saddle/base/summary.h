#pragma once

#include <span>

namespace saddle {

/// Where numbers lie and how far they scatter.
struct Summary {
  double mean = 0;   ///< NaN of no numbers
  double sd = 0;     ///< sample standard deviation, of n - 1; NaN below two numbers
  double error = 0;  ///< standard error of the mean, sd / sqrt(n)
};

/// In two passes: the mean first, then the deviations from it.
Summary summary_of(std::span<const double> values);

}  // namespace saddle
