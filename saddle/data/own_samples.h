#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "saddle/config/visitor.h"

namespace saddle::data {

class Source;
enum class Split;

/// Samples that a program hands in: TaskContext::train_source holds them.
struct OwnSamples {
  static constexpr std::string_view kName = "own";
  static constexpr std::string_view kDoc =
      "samples that a program of its own hands in (docs/library.md)";
  static constexpr bool kReadsFiles = false;
  void fields(config::Visitor&) {}
  bool operator==(const OwnSamples&) const = default;
};

/// Throws Error(kUsage): only the program that has the samples can hand them in.
std::shared_ptr<Source> make_source(const OwnSamples&, Split split, const std::string& path);

}  // namespace saddle::data
