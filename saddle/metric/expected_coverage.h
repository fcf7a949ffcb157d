#pragma once

#include <cstdint>

namespace saddle::metric {

/// Coverage of equal distributions: 1 - product over i = 1..k of (N - i)/(N + M - i), N reals and M
/// fakes (Naeem et al. 2020, arXiv:2002.09797).
double expected_coverage(std::int64_t n_real, std::int64_t n_fake, std::int64_t k);

}  // namespace saddle::metric
