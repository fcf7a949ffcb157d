#pragma once

#include <string>

namespace saddle::lab {

/// One number held against what theory says of it.
struct Check {
  std::string name{};
  double value = 0;
  double expected = 0;
  double tolerance = 0;
  bool pass = false;
};

/// Passes when |value - expected| <= tolerance; equal infinities pass, NaN never does.
Check near(std::string name, double value, double expected, double tolerance);

/// Passes when value <= bound; the name gets ", at most", expected is the bound, the tolerance 0.
Check at_most(const std::string& name, double value, double bound);
/// Passes when value >= bound; the name gets ", at least".
Check at_least(const std::string& name, double value, double bound);

/// A statement that holds or not: value 1 or 0, expected 1.
Check holds(std::string name, bool truth);

}  // namespace saddle::lab
