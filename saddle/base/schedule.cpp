#include "saddle/base/schedule.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>
#include <optional>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle {
namespace {

constexpr double kLargestLength = 9e15;

/// A number at the start of `text`, which then holds what follows it.
std::optional<double> take_number(std::string_view& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || !std::isfinite(value) || value < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

double fraction(double done, double whole) {
  return whole > 0 ? std::clamp(done / whole, 0.0, 1.0) : 1.0;
}

}  // namespace

bool is_length_count(double count) {
  return count >= 0 && count <= kLargestLength && std::trunc(count) == count;
}

Length parse_length(std::string_view text) {
  const auto fail = [text] {
    throw Error(
        ErrorCode::kUsage, "length",
        cat("cannot read a length: got '", text,
            "', expected a whole number of samples or steps; try 200k, 1.5M or '20k steps'"));
  };
  std::string_view rest = trimmed(text);
  Length length;
  const auto count = take_number(rest);
  if (!count) fail();
  length.count = *count;
  if (!rest.empty() && (rest[0] == 'k' || rest[0] == 'K' || rest[0] == 'M')) {
    length.count *= rest[0] == 'M' ? 1e6 : 1e3;
    rest.remove_prefix(1);
  }
  rest = trimmed(rest);
  if (rest == "steps" || rest == "step") {
    length.unit = Length::Unit::kSteps;
  } else if (!rest.empty() && rest != "samples" && rest != "sample") {
    fail();
  }
  // 2.3k is 2299.9999999999995 in binary: the nearest whole number is what was meant.
  const double whole = std::round(length.count);
  if (std::abs(whole - length.count) > std::max(1e-6, 1e-15 * whole) || !is_length_count(whole))
    fail();
  length.count = whole;
  return length;
}

std::string to_text(const Length& length) {
  std::string out;
  // Beyond this the digits after the point of "1.2k" would no longer read back as they were.
  const bool brief = length.count <= 1e12;
  if (brief && length.count >= 1e6 && std::fmod(length.count, 1e4) == 0) {
    out = number(length.count / 1e6) + "M";
  } else if (brief && length.count >= 1e3 && std::fmod(length.count, 10) == 0) {
    out = number(length.count / 1e3) + "k";
  } else {
    out = number(static_cast<std::int64_t>(length.count));
  }
  return length.unit == Length::Unit::kSteps ? out + " steps" : out;
}

std::int64_t to_samples(const Length& length, std::int64_t samples_per_step) {
  const double scale =
      length.unit == Length::Unit::kSteps ? static_cast<double>(samples_per_step) : 1.0;
  const double samples = length.count * scale;
  if (!(samples >= 0 && samples <= kLargestLength)) {
    throw Error(ErrorCode::kUsage, "length",
                cat("'", to_text(length), "' of ", samples_per_step, " samples each: got ", samples,
                    " samples, expected at most 9e15; try a shorter one"));
  }
  return std::llround(samples);
}

double parse_duration(std::string_view text) {
  std::string_view rest = trimmed(text);
  const auto count = take_number(rest);
  rest = trimmed(rest);
  const double unit = rest == "s"   ? 1
                      : rest == "m" ? 60
                      : rest == "h" ? 3600
                      : rest == "d" ? 86400
                                    : 0;
  if (!count || unit == 0) {
    throw Error(ErrorCode::kUsage, "duration",
                cat("cannot read a duration: got '", text,
                    "', expected a number and a unit s, m, h or d; try 90s, 10m or 2.5h"));
  }
  return *count * unit;
}

double ResolvedSchedule::at(double samples) const {
  const double from = schedule.from;
  const double to = schedule.to;
  if (samples < warmup_samples) return from * fraction(samples, warmup_samples);
  const double t = fraction(samples - warmup_samples, over_samples);
  switch (schedule.shape) {
    case Schedule::Shape::kConstant:
      return from;
    case Schedule::Shape::kLinear:
      return t < 1 ? from + (to - from) * t : to;
    case Schedule::Shape::kCosine:
      return t < 1 ? to + (from - to) * (1 + std::cos(std::numbers::pi * t)) / 2 : to;
    case Schedule::Shape::kExponential:
      return t < 1 ? from * std::pow(to / from, t) : to;
    case Schedule::Shape::kStep:
      return t < 1 ? from : to;
  }
  return from;
}

bool ResolvedSchedule::is_constant() const {
  return warmup_samples <= 0 &&
         (schedule.shape == Schedule::Shape::kConstant || schedule.from == schedule.to);
}

ResolvedSchedule resolve(const Schedule& schedule, std::int64_t run_samples,
                         std::int64_t samples_per_step) {
  if (schedule.shape == Schedule::Shape::kExponential &&
      !(schedule.from * schedule.to > 0 && std::isfinite(schedule.from * schedule.to))) {
    throw Error(
        ErrorCode::kUsage, "schedule",
        cat("an exponential schedule needs two numbers of the same sign: got from ", schedule.from,
            " to ", schedule.to, ", expected neither 0; try linear or cosine"));
  }
  ResolvedSchedule out;
  out.schedule = schedule;
  out.warmup_samples = static_cast<double>(to_samples(schedule.warmup, samples_per_step));
  out.over_samples = schedule.over.count > 0
                         ? static_cast<double>(to_samples(schedule.over, samples_per_step))
                         : static_cast<double>(run_samples) - out.warmup_samples;
  out.over_samples = std::max(out.over_samples, 1.0);
  return out;
}

std::string_view to_text(Schedule::Shape shape) {
  switch (shape) {
    case Schedule::Shape::kConstant:
      return "constant";
    case Schedule::Shape::kLinear:
      return "linear";
    case Schedule::Shape::kCosine:
      return "cosine";
    case Schedule::Shape::kExponential:
      return "exponential";
    case Schedule::Shape::kStep:
      return "step";
  }
  return "constant";
}

}  // namespace saddle
