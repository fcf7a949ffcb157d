#pragma once

#include <cstdint>

#include "saddle/base/schedule.h"
#include "saddle/config/visitor.h"

namespace saddle {

/// Exponential moving average of the generator, from which samples come.
struct EmaConfig {
  Length half_life{.count = 44'000};
  double ramp = 0.05;

  void fields(config::Visitor& v) {
    v.field("half_life", half_life, "real samples after which a weight counts half; 0: no average");
    v.field("ramp", ramp, "half-life at most this share of the samples seen; 0: no ramp",
            {.low = 0, .high = 1});
  }
  bool operator==(const EmaConfig&) const = default;
};

/// The share of the old average that stays in one update: 0.5^(samples_per_update / h) with
/// h = min(half_life, ramp * samples_seen) where ramp > 0 (Karras 2020, arXiv:2006.06676).
double ema_decay(double half_life, double ramp, double samples_seen, double samples_per_update);

}  // namespace saddle
