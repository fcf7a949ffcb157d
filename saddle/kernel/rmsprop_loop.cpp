// Compiled without errno in float math, which would stop vectorisation of the root.
#include "saddle/kernel/rmsprop_loop.h"

#include <cmath>

namespace saddle::kernel {

void rmsprop_loop(const RmspropNumbers& numbers, std::int64_t count, float* __restrict parameter,
                  const float* __restrict gradient, float* __restrict square,
                  float* __restrict buffer) {
  const auto [lr, alpha, eps, weight_decay, momentum] = numbers;
  const float rest = 1 - alpha;
  if (buffer == nullptr) {
    for (std::int64_t i = 0; i < count; ++i) {
      const float g = gradient[i] + weight_decay * parameter[i];
      square[i] = alpha * square[i] + rest * g * g;
      parameter[i] -= lr * (g / (std::sqrt(square[i]) + eps));
    }
    return;
  }
  for (std::int64_t i = 0; i < count; ++i) {
    const float g = gradient[i] + weight_decay * parameter[i];
    square[i] = alpha * square[i] + rest * g * g;
    buffer[i] = momentum * buffer[i] + g / (std::sqrt(square[i]) + eps);
    parameter[i] -= lr * buffer[i];
  }
}

}  // namespace saddle::kernel
