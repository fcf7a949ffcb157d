#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/base/json.h"
#include "saddle/nn/network.h"

namespace saddle {

/// What must be known of the data to rebuild networks and draw labels without it.
struct DataFacts {
  nn::Dimensions dimensions{};      ///< classes 0 where the networks take no labels
  std::vector<double> frequencies;  ///< share of each class; empty without labels
  std::int64_t samples = 0;         ///< of the training set; Source::kEndless for a world
  std::string fingerprint;          ///< equal for equal data
};

Json to_json(const DataFacts& facts);
/// `source` names the text in errors: "manifest.json". Throws Error(kInput) naming what is missing.
DataFacts data_facts_from(const Json& json, std::string_view source = "manifest.json");

}  // namespace saddle
