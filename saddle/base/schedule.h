#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace saddle {

/// A span of training, counted in real samples or in steps of the trainer.
struct Length {
  enum class Unit { kSamples, kSteps };
  double count = 0;
  Unit unit = Unit::kSamples;
  bool operator==(const Length&) const = default;
};

/// Whether `count` can be that of a length: whole, from 0 to 9e15, so that doubles count exactly.
bool is_length_count(double count);

/// Reads "200k", "1.5M", "20k steps", "3000". Throws Error(kUsage) on anything else.
Length parse_length(std::string_view text);
std::string to_text(const Length& length);
/// The span in real samples; `samples_per_step` is how many real samples one step consumes.
/// Throws Error(kUsage) when these are more than 9e15.
std::int64_t to_samples(const Length& length, std::int64_t samples_per_step);

/// Reads "90s", "10m", "2.5h" into seconds. Throws Error(kUsage) on anything else.
double parse_duration(std::string_view text);

/// How a number moves from `from` to `to` as the clock runs. A constant has from == to.
struct Schedule {
  enum class Shape { kConstant, kLinear, kCosine, kExponential, kStep };
  double from = 0;
  double to = 0;
  Shape shape = Shape::kConstant;
  /// The span over which it moves; count 0 means the whole run.
  Length over{};
  /// Linear rise from 0 to `from` at the start; count 0 means none.
  Length warmup{};
  bool operator==(const Schedule&) const = default;

  Schedule() = default;
  /*implicit*/ Schedule(double constant) : from(constant), to(constant) {}
};

/// Lengths of a schedule resolved to samples; a pure function of the clock.
struct ResolvedSchedule {
  Schedule schedule;
  double over_samples = 1;
  double warmup_samples = 0;
  /// The value when `samples` real samples were consumed.
  double at(double samples) const;
  bool is_constant() const;
};

/// Resolves `over` and `warmup` against the run's length and the samples one step consumes.
/// Throws Error(kUsage) for an exponential schedule between numbers of different signs or 0, and
/// as to_samples.
ResolvedSchedule resolve(const Schedule& schedule, std::int64_t run_samples,
                         std::int64_t samples_per_step);

std::string_view to_text(Schedule::Shape shape);

}  // namespace saddle
