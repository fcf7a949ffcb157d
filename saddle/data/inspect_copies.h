#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "saddle/data/inspect.h"
#include "saddle/data/inspect_tally.h"

namespace saddle::data {

/// The keys of a split in order, with the name of each sample.
class KeyIndex {
 public:
  using Name = std::function<std::string(std::int64_t)>;
  /// Refers to `keys`, which must outlive it; keys of zero are broken samples and equal nothing.
  KeyIndex(std::span<const SampleKey> keys, Name name);

  /// Samples that repeat each other. `labels` is empty or one a sample; -1 is no label.
  Copies copies(std::span<const std::int32_t> labels, std::size_t names) const;
  /// Samples of `other` that occur here; at most `names` of them by name.
  Overlap copies_of_these(const KeyIndex& other, std::size_t names) const;

 private:
  std::int64_t find(const SampleKey& key) const;

  std::span<const SampleKey> keys_;
  std::vector<std::uint32_t> order_;  // by key, then index
  Name name_;
};

}  // namespace saddle::data
