#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/report/run_record.h"

namespace saddle::report {

/// A metric measured at one clock.
struct MetricPoint {
  std::int64_t samples = 0;
  std::int64_t seed = 0;
  metric::MetricValue value{};
};

/// Measurements of one metric that may be compared with each other, by clock.
struct MetricSeries {
  std::string name{};
  std::vector<MetricPoint> points{};

  const MetricPoint& latest() const { return points.back(); }
  /// Whether there are two clocks or more.
  bool is_curve() const;
};

/// The measurements of a run, one series for each metric and each set of conditions, in the order
/// of the metrics' catalogue. Of several measurements at one clock with one seed the last counts.
std::vector<MetricSeries> metric_series(const RunRecord& run);

/// The names of all metrics in these, in the order of the catalogue; unknown ones come last.
std::vector<std::string> metric_names(std::span<const std::vector<MetricSeries>> runs);

/// 1 where lower is better, -1 where higher is, 0 where neither is.
int better_sign(std::string_view metric);

/// "3.142", "1.2e-05", "inf"; "–" where there is no number.
std::string short_text(double value);
/// "3.142 ± 0.01", or the number alone.
std::string spread_text(double value, double spread);
/// The value with ± its standard error; a spread that is none stands in brackets: "3.142 (sd 0.5)".
std::string value_text(const metric::MetricValue& m);

}  // namespace saddle::report
