#include "saddle/report/metric_series.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "saddle/base/text.h"
#include "saddle/metric/catalogue.h"

namespace saddle::report {
namespace {

/// The place in the catalogue; unknown metrics come after all others.
std::size_t catalogue_rank(std::string_view name) {
  const auto rows = metric::metric_catalogue();
  const auto found = std::ranges::find(rows, name, &metric::MetricDoc::name);
  return static_cast<std::size_t>(found - rows.begin());
}

void add_point(std::vector<MetricSeries>& all, const MetricPoint& point) {
  for (MetricSeries& series : all) {
    if (series.name != point.value.name ||
        !metric::condition_differences(series.points.front().value, point.value).empty()) {
      continue;
    }
    const auto same = std::ranges::find_if(series.points, [&](const MetricPoint& one) {
      return one.samples == point.samples && one.seed == point.seed;
    });
    if (same != series.points.end()) series.points.erase(same);
    series.points.push_back(point);
    return;
  }
  all.push_back({point.value.name, {point}});
}

std::string two_digits(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2g", value);
  return text;
}

}  // namespace

bool MetricSeries::is_curve() const {
  return std::ranges::any_of(
      points, [this](const MetricPoint& point) { return point.samples != points.front().samples; });
}

std::vector<MetricSeries> metric_series(const RunRecord& run) {
  std::vector<MetricSeries> all;
  for (const Measurement& one : run.measurements) {
    for (const metric::MetricValue& value : one.metrics) {
      add_point(all, {one.samples, one.seed, value});
    }
  }
  std::ranges::stable_sort(all, {},
                           [](const MetricSeries& one) { return catalogue_rank(one.name); });
  return all;
}

std::vector<std::string> metric_names(std::span<const std::vector<MetricSeries>> runs) {
  std::vector<std::string> names;
  for (const auto& run : runs) {
    for (const MetricSeries& series : run) {
      if (std::ranges::find(names, series.name) == names.end()) names.push_back(series.name);
    }
  }
  std::ranges::stable_sort(names, {}, catalogue_rank);
  return names;
}

int better_sign(std::string_view metric) {
  const metric::MetricDoc* doc = metric::find_metric_doc(metric);
  if (doc == nullptr || doc->better == metric::Better::kNeither) return 0;
  return doc->better == metric::Better::kLower ? 1 : -1;
}

std::string short_text(double value) {
  if (std::isnan(value)) return "–";
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

std::string spread_text(double value, double spread) {
  if (std::isnan(spread) || std::isnan(value)) return short_text(value);
  return cat(short_text(value), " ± ", two_digits(spread));
}

std::string value_text(const metric::MetricValue& m) {
  const metric::Spread kind = metric::spread_of(m.name);
  if (kind == metric::Spread::kStandardError) return spread_text(m.value, m.spread);
  if (std::isnan(m.spread) || std::isnan(m.value)) return short_text(m.value);
  const bool sd = kind == metric::Spread::kDeviation;
  return cat(short_text(m.value), sd ? " (sd " : " (spread ", two_digits(m.spread), ")");
}

}  // namespace saddle::report
