#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/base/log.h"
#include "saddle/base/schedule.h"
#include "saddle/tensor/state.h"

namespace saddle {

/// A number that may change while training; `value` lives where the step reads it.
struct Knob {
  std::string path;  ///< equal to its config key, for example "optimizer.generator.lr"
  at::Tensor value;  ///< 0-dim, on the device
  double low = 0;    ///< smallest value allowed
  double high = 0;   ///< largest value allowed
};

/// All knobs of a stage, the schedules that move them, and the one function that writes them.
class Knobs {
 public:
  explicit Knobs(Log log = {}) : log_(std::move(log)) {}

  /// Adds a knob moved by a schedule. A constant schedule is written once, here.
  void add(Knob knob, const ResolvedSchedule& schedule);
  /// Moves every scheduled knob to its value at `samples`.
  void follow_schedules(std::int64_t samples);
  /// Writes a knob from outside its schedule, which then no longer moves it, and logs who and why.
  /// Throws Error(kUsage) for an unknown path, Error(kNumeric) outside its range.
  void set(std::string_view path, double value, std::string_view reason);
  double get(std::string_view path) const;
  const std::vector<Knob>& all() const { return knobs_; }
  /// Values, and which knobs no longer follow their schedule.
  void state(StateVisitor& visitor);

 private:
  std::size_t find(std::string_view path) const;
  void write(std::size_t index, double value);

  Log log_;
  std::vector<Knob> knobs_;
  std::vector<ResolvedSchedule> schedules_;
  std::vector<std::int64_t> follows_;  ///< 1: moved by its schedule
};

}  // namespace saddle
