#include "saddle/lab/check.h"

#include <cmath>
#include <utility>

namespace saddle::lab {

Check near(std::string name, double value, double expected, double tolerance) {
  const bool pass = value == expected || std::abs(value - expected) <= tolerance;
  return {std::move(name), value, expected, tolerance, pass};
}

Check at_most(const std::string& name, double value, double bound) {
  return {name + ", at most", value, bound, 0, value <= bound};
}

Check at_least(const std::string& name, double value, double bound) {
  return {name + ", at least", value, bound, 0, value >= bound};
}

Check holds(std::string name, bool truth) {
  return {std::move(name), truth ? 1.0 : 0.0, 1, 0, truth};
}

}  // namespace saddle::lab
