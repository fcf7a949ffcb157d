#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "saddle/metric/result.h"
#include "saddle/monitor/signals.h"
#include "saddle/train/knobs.h"
#include "saddle/train/task.h"

namespace saddle {

/// What a run looks like at one point of the clock.
struct Tick {
  std::int64_t samples = 0;  ///< real samples consumed
  std::int64_t steps = 0;
  std::int64_t run_samples = 0;  ///< where the run ends
  double seconds = 0;            ///< trained so far, over all sittings
  double rate = 0;               ///< real samples a second since the last tick
  double seconds_left = 0;
  std::int64_t peak_memory = 0;  ///< bytes
  bool partial = false;          ///< the end of a sitting, between two regular ticks
  monitor::Reading reading;
  std::vector<std::pair<std::string, double>> knobs;
  std::string words;  ///< what the signals say
};

/// Looks at a run; changes nothing.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_tick(const Tick& tick) {}
  /// A sample sheet of the averaged generator at fixed latents.
  virtual void on_sheet(std::int64_t samples, const codec::Image8& sheet) {}
  /// The averaged generator was measured.
  virtual void on_metrics(std::int64_t samples, std::span<const metric::MetricValue> values) {}
  virtual void on_checkpoint(std::int64_t samples, const std::string& path) {}
};

/// May turn knobs between ticks, or ask for a roll-back to the last in-memory snapshot.
class Attendant {
 public:
  virtual ~Attendant() = default;
  /// Returns true to go back to the last snapshot.
  virtual bool on_tick(const Tick& tick, Stage& stage, Knobs& knobs) = 0;
};

}  // namespace saddle
