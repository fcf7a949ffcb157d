// Prints a learning rate that falls along a cosine while a run of 200,000 samples goes on. Needs no
// LibTorch.
//
//   cmake -S examples -B build -DCMAKE_PREFIX_PATH=<where Saddle was installed>
//   cmake --build build
//   build/schedule
#include "saddle/base/schedule.h"

#include <cstdio>

int main() {
  saddle::Schedule rate;
  rate.from = 1e-3;
  rate.shape = saddle::Schedule::Shape::kCosine;
  const auto run = saddle::to_samples(saddle::parse_length("200k"), 64);
  const auto resolved = saddle::resolve(rate, run, 64);
  for (int quarter = 0; quarter <= 4; ++quarter) {
    std::printf("%d%% %.6f\n", 25 * quarter, resolved.at(static_cast<double>(run) * quarter / 4));
  }
}
