#include "saddle/data/inspect_copies.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <set>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::data {

namespace {

constexpr std::size_t kGroupsShown = 5;
constexpr std::size_t kNamesOfGroup = 8;

}  // namespace

KeyIndex::KeyIndex(std::span<const SampleKey> keys, Name name)
    : keys_(keys), name_(std::move(name)) {
  if (keys.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw Error(ErrorCode::kInput, "inspect",
                cat("got ", keys.size(), " samples, expected less than 2^32; inspect a part"));
  }
  order_.resize(keys.size());
  std::iota(order_.begin(), order_.end(), std::uint32_t{0});
  std::erase_if(order_, [&](std::uint32_t i) { return keys_[i] == SampleKey{}; });
  std::ranges::sort(order_, [&](std::uint32_t a, std::uint32_t b) {
    return keys_[a] != keys_[b] ? keys_[a] < keys_[b] : a < b;
  });
}

Copies KeyIndex::copies(std::span<const std::int32_t> labels, std::size_t names) const {
  struct Run {
    std::size_t first, count;
  };
  std::vector<Run> groups, conflicts;
  Copies out;
  for (std::size_t i = 0, end = 0; i < order_.size(); i = end) {
    while (end < order_.size() && keys_[order_[end]] == keys_[order_[i]]) ++end;
    if (end - i < 2) continue;
    groups.push_back({i, end - i});
    out.samples += static_cast<std::int64_t>(end - i - 1);
    if (labels.empty()) continue;
    const bool agree = std::all_of(order_.begin() + static_cast<std::ptrdiff_t>(i),
                                   order_.begin() + static_cast<std::ptrdiff_t>(end),
                                   [&](auto k) { return labels[k] == labels[order_[i]]; });
    if (agree) continue;
    conflicts.push_back({i, end - i});
    out.conflict_samples += static_cast<std::int64_t>(end - i);
  }
  out.groups = static_cast<std::int64_t>(groups.size());
  out.conflict_groups = static_cast<std::int64_t>(conflicts.size());

  const auto describe = [&](std::vector<Run>& runs, std::size_t most) {
    std::vector<CopyGroup> described;
    std::ranges::sort(runs, [&](const Run& a, const Run& b) {
      return a.count != b.count ? a.count > b.count : order_[a.first] < order_[b.first];
    });
    for (const Run& run : std::span(runs).first(std::min(most, runs.size()))) {
      CopyGroup group{.count = static_cast<std::int64_t>(run.count)};
      std::set<std::int64_t> seen;
      for (std::size_t k = run.first; k < run.first + run.count; ++k) {
        if (group.names.size() < kNamesOfGroup) group.names.push_back(name_(order_[k]));
        if (!labels.empty() && labels[order_[k]] >= 0) seen.insert(labels[order_[k]]);
      }
      group.labels.assign(seen.begin(), seen.end());
      described.push_back(std::move(group));
    }
    return described;
  };
  out.largest = describe(groups, std::min(kGroupsShown, names));
  out.conflicts = describe(conflicts, std::min(kGroupsShown, names));
  return out;
}

std::int64_t KeyIndex::find(const SampleKey& key) const {
  const auto at =
      std::ranges::lower_bound(order_, key, {}, [&](std::uint32_t i) { return keys_[i]; });
  return at != order_.end() && keys_[*at] == key ? std::int64_t{*at} : -1;
}

Overlap KeyIndex::copies_of_these(const KeyIndex& other, std::size_t names) const {
  Overlap out;
  out.total = static_cast<std::int64_t>(other.keys_.size());
  for (std::size_t i = 0; i < other.keys_.size(); ++i) {
    if (other.keys_[i] == SampleKey{}) continue;
    const std::int64_t original = find(other.keys_[i]);
    if (original < 0) continue;
    if (static_cast<std::size_t>(out.samples++) >= names) continue;
    out.first.emplace_back(other.name_(static_cast<std::int64_t>(i)), name_(original));
  }
  return out;
}

}  // namespace saddle::data
