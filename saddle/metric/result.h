#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "saddle/base/json.h"

namespace saddle::metric {

inline constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// What two measurements must share for their numbers to be comparable, in the order in which it
/// is told: {"features", "random-conv/1 seed 0"}, {"n of the fakes", "10000"}.
using Conditions = std::vector<std::pair<std::string, std::string>>;

/// A number with everything that is needed to judge it. NaN means "there is none".
struct MetricValue {
  std::string name{};       ///< a row of the catalogue: "fid", "reverse_kl"
  double value = kNone;     ///< of the model
  double spread = kNone;    ///< what it is (standard error, sd over splits) stands in the protocol
  std::int64_t n_real = 0;  ///< reference samples
  std::int64_t n_fake = 0;  ///< generated samples
  double floor = kNone;     ///< the same metric of real samples against the reference
  double baseline = kNone;  ///< the same metric of a trivial generator
  std::string protocol{};   ///< how it was measured, in clauses ended by "; "
  Conditions conditions{};  ///< the part of the protocol that another measurement must share
  double floor_spread = kNone;  ///< sd of the floor over its splits
  /// What the value is made of, where it has parts: one number a pair of images, a class, ...
  std::vector<double> parts{};
  std::string warning{};  ///< why the number should be read with care; "" for nothing
};

/// {"metrics":[{"name","value","spread","n_real","n_fake","floor","baseline","protocol"}]};
/// besides, where there are any: "floor_spread", "parts", "conditions" (a list of pairs),
/// "warning". NaN becomes null, infinities the texts "inf" and "-inf", which JSON has no numbers
/// for.
Json metrics_json(std::span<const MetricValue> metrics);

/// Reads what metrics_json wrote. `source` names the text in errors. Throws Error(kInput) naming
/// what is missing or of another type.
std::vector<MetricValue> metrics_from_json(const Json& json, std::string_view source);

/// Plain text: three rows a metric (floor, baseline, model) with n and spread, then the protocols;
/// what ends all of them is printed once.
std::string metrics_table(std::span<const MetricValue> metrics);

/// "random-conv/1": what turned images into features, without its settings; "" of rows as given.
std::string features_word(const MetricValue& m);
/// "fid (random-conv/1)", or the name alone.
std::string metric_label(const MetricValue& m);

/// What keeps two measurements of one metric from being compared, a line each: "features: pixels
/// against random-conv/1". Empty when they are comparable. Measurements without conditions are
/// compared by their protocols as a whole.
std::vector<std::string> condition_differences(const MetricValue& a, const MetricValue& b);

}  // namespace saddle::metric
