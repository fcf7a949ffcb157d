#pragma once

#include <cstdint>
#include <vector>

#include "saddle/dynamics/ema.h"
#include "saddle/nn/network.h"
#include "saddle/tensor/state.h"

namespace saddle {

/// Keeps `average` near the running mean of `source`: parameters averaged, buffers copied. Both
/// have the same structure. The first update copies.
class GeneratorAverage {
 public:
  GeneratorAverage(nn::Generator& average, nn::Generator& source, const EmaConfig& config,
                   std::int64_t samples_per_update);

  /// After an update of the source; `samples` is the clock.
  void update(std::int64_t samples);
  /// Starts again from the source as it is now.
  void restart();
  void state(StateVisitor& visitor);

 private:
  void copy_source();

  double half_life_;
  double ramp_;
  double samples_per_update_;
  std::int64_t updates_ = 0;
  std::vector<at::Tensor> averages_, values_;          ///< parameters
  std::vector<at::Tensor> average_buffers_, buffers_;  ///< copied
  NamedTensors named_;
};

}  // namespace saddle
