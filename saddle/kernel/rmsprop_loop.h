#pragma once

#include <cstdint>

namespace saddle::kernel {

struct RmspropNumbers {
  float lr, alpha, eps, weight_decay, momentum;
};

/// One RMSprop step on `count` float32 numbers in one pass over memory; `buffer` is null without
/// momentum. The arrays do not overlap.
void rmsprop_loop(const RmspropNumbers& numbers, std::int64_t count, float* parameter,
                  const float* gradient, float* square, float* buffer);

}  // namespace saddle::kernel
