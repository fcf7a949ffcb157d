#include "saddle/metric/expected_coverage.h"

namespace saddle::metric {

double expected_coverage(std::int64_t n_real, std::int64_t n_fake, std::int64_t k) {
  double missed = 1;
  for (std::int64_t i = 1; i <= k; ++i) {
    missed *= static_cast<double>(n_real - i) / static_cast<double>(n_real + n_fake - i);
  }
  return 1 - missed;
}

}  // namespace saddle::metric
