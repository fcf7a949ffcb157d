#include "saddle/data/holdout.h"

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::data {

std::vector<std::int64_t> held_indices(const Holdout& holdout, Split split, std::int64_t count,
                                       std::string_view component, std::string_view name) {
  const auto [every, last] = holdout;
  if (every > 0 && last > 0) {
    throw Error(ErrorCode::kUsage, component,
                cat("data.test_every = ", every, " and data.test_last = ", last,
                    " are both set: expected one way to hold out a test set; set the other to 0"));
  }
  const bool test = split == Split::kTest;
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 0; i < count; ++i) {
    const bool held = (every > 0 && i % every == every - 1) || i >= count - last;
    if (held == test) indices.push_back(i);
  }
  if (!indices.empty()) return indices;
  const std::string rule =
      every > 0 ? cat("data.test_every = ", every) : cat("data.test_last = ", last);
  if (test && every > 0) {
    throw MissingSplit(component, cat(name, " has no test set: got ", count, " samples with ", rule,
                                      ", expected at least ", every));
  }
  if (test) {
    throw MissingSplit(component,
                       cat(name,
                           " has no test set: hold out a part of it with data.test_every = 5 "
                           "(every fifth sample) or data.test_last = n, the same when training"));
  }
  throw Error(ErrorCode::kInput, component,
              cat(name, " has no training samples left: got ", count, " samples with ", rule,
                  ", expected some that are not held out"));
}

}  // namespace saddle::data
