#pragma once

#include <span>
#include <string_view>

namespace saddle::metric {

/// Which values of a metric are good.
enum class Better { kLower, kHigher, kNeither };

/// A metric's name and what it says, without what measures it.
struct MetricDoc {
  std::string_view name;
  Better better = Better::kNeither;
  std::string_view doc;  ///< one line: what it is, its unit, what a good value is
};

/// Every metric there is, in the order of the documentation.
std::span<const MetricDoc> metric_catalogue();

/// The row of this name, or nothing.
const MetricDoc* find_metric_doc(std::string_view name);

}  // namespace saddle::metric
