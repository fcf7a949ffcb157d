#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "saddle/config/visitor.h"

namespace saddle::data {

class Source;
enum class Split;

/// A packed data set made by `saddle data pack` or `saddle data make`.
struct PackedSet {
  static constexpr std::string_view kName = "packed";
  static constexpr std::string_view kDoc = "a packed data set (.saddle), mapped into memory";
  static constexpr bool kReadsFiles = true;
  void fields(config::Visitor&) {}
  bool operator==(const PackedSet&) const = default;
};

/// One split of a packed set as a source with the set's fields; "label" of any whole type becomes
/// i64. Only what is read is loaded, and each MiB is checked when it is touched first. Throws
/// Error(kInput) as PackedFile, and when the set lacks the split, naming those it has.
std::shared_ptr<Source> make_source(const PackedSet& set, Split split, const std::string& path);

}  // namespace saddle::data
