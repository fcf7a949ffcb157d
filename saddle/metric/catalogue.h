#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace saddle::metric {

/// Which values of a metric are good.
enum class Better { kLower, kHigher, kNeither };

/// What the spread beside a value is. Only a standard error tells how far another measurement of
/// the same generator may be.
enum class Spread {
  kNone,           ///< there is none
  kStandardError,  ///< of the value, from the samples
  kDeviation,      ///< population sd of what the value is the mean of: subsets, splits, steps
  kPartialError,   ///< of the computation alone, which does not hold the error of the samples
};

/// A metric's name and what it says, without what measures it.
struct MetricDoc {
  std::string_view name;
  Better better = Better::kNeither;
  Spread spread = Spread::kNone;  ///< of those values that have one
  std::string_view doc;           ///< one line: what it is, its unit, what a good value is
  /// Whether it can be asked for by name; others belong to the protocol of a kind of data.
  bool by_name = true;
  /// Whether two sets of samples are all that it needs, so that a run can measure it as it trains.
  bool while_training = true;
};

/// Every metric there is, in the order of the documentation.
std::span<const MetricDoc> metric_catalogue();

/// Names that can be asked for, in the same order.
std::vector<std::string> metric_names();

/// Throws Error(kUsage) for an empty list and for a name that cannot be asked for, with the nearest
/// that can.
void check_metric_names(std::span<const std::string> names);

/// The row of this name, or nothing.
const MetricDoc* find_metric_doc(std::string_view name);

/// Of the row of this name; kNone where there is no such row.
Spread spread_of(std::string_view metric);
/// "", "standard error", "sd", "partial error".
std::string_view spread_words(Spread spread);

}  // namespace saddle::metric
