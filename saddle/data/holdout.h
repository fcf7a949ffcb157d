#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "saddle/config/visitor.h"
#include "saddle/data/split.h"

namespace saddle::data {

/// Which samples of a set without a test set of its own are held out for testing.
struct Holdout {
  std::int64_t test_every = 0;
  std::int64_t test_last = 0;

  void fields(config::Visitor& v) {
    v.field("test_every", test_every,
            "hold out each sample with index mod k = k - 1 for testing; 0 holds out none",
            {.low = 0, .high = 1e9});
    v.field("test_last", test_last, "hold out the last n samples for testing; 0 holds out none",
            config::kNotNegative);
  }
  bool operator==(const Holdout&) const = default;
};

/// The samples of one split, in order: indices into all `count` samples. `name` is what is split,
/// for messages. Throws Error(kUsage) when both rules are set, MissingSplit, with the keys that
/// would give it some, when there is no test set, Error(kInput) when nothing is left to train on.
std::vector<std::int64_t> held_indices(const Holdout& holdout, Split split, std::int64_t count,
                                       std::string_view component, std::string_view name);

}  // namespace saddle::data
