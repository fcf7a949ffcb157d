#include <cmath>

#include "fuzz/target.h"
#include "saddle/base/error.h"
#include "saddle/base/schedule.h"

// A length, and the same text as a duration. A length that was read reads back from its own text.
void saddle::fuzz::fuzz_lengths(std::string_view bytes) {
  try {
    require(std::isfinite(parse_duration(bytes)));
  } catch (const Error& error) {
    require(error.code() == ErrorCode::kUsage);
  }
  const Length length = parse_length(bytes);
  require(is_length_count(length.count) && parse_length(to_text(length)) == length);
  Schedule schedule(1.0);
  schedule.to = 0.1;
  schedule.shape = static_cast<Schedule::Shape>(bytes.size() % 5);
  schedule.over = length;
  require(to_samples(length, 64) >= 0);
  require(std::isfinite(resolve(schedule, 1000, 64).at(500)));
}
