#include "saddle/report/metrics_part.h"

#include <algorithm>
#include <cmath>

#include "saddle/base/text.h"
#include "saddle/codec/svg.h"
#include "saddle/metric/catalogue.h"
#include "saddle/report/curves.h"
#include "saddle/report/parts.h"

namespace saddle::report {
namespace {

using codec::escape_xml;

/// Where a value lies on the way from the baseline, left, to the floor, right; "" without both.
std::string place_svg(const metric::MetricValue& m) {
  const double share = (m.baseline - m.value) / (m.baseline - m.floor);
  if (!std::isfinite(share)) return "";
  const double x = 10 + 124 * std::clamp(share, -0.05, 1.05);
  return cat("<svg class=\"place\" viewBox=\"0 0 144 24\" role=\"img\" aria-label=\"",
             percent_of(share), " of the way from the baseline to the floor\">",
             "<path class=\"way\" d=\"M10 12h124\"/><path class=\"end\" d=\"M10 5v14M134 5v14\"/>"
             "<circle cx=\"",
             short_text(x), "\" cy=\"12\" r=\"5\"/></svg>");
}

std::string protocols(std::span<const MetricSeries> all) {
  std::string out = "<dl>\n";
  for (const MetricSeries& series : all) {
    const metric::MetricValue& m = series.latest().value;
    out += cat("<dt><b>", escape_xml(metric::metric_label(m)), "</b></dt><dd>",
               escape_xml(m.protocol));
    for (const auto& [key, value] : m.conditions) {
      out += cat("<br>", escape_xml(key), ": ", code(value));
    }
    out += "</dd>\n";
  }
  return out + "</dl>\n";
}

/// What tells a series from others of the same metric and features, "" where there are none.
std::string told_apart(const MetricSeries& series, std::span<const MetricSeries> all) {
  const metric::MetricValue& m = series.latest().value;
  std::vector<std::string> words;
  const auto add = [&words](std::string word) {
    if (std::ranges::find(words, word) == words.end()) words.push_back(std::move(word));
  };
  for (const MetricSeries& other : all) {
    if (other.name != series.name || &other == &series) continue;
    const metric::MetricValue& o = other.latest().value;
    if (metric::features_word(o) != features_word(m)) continue;
    if (o.n_fake != m.n_fake && m.conditions.empty()) add(cat("n = ", grouped(m.n_fake)));
    for (const auto& condition : m.conditions) {
      const bool shared = std::ranges::find(o.conditions, condition) != o.conditions.end();
      if (!shared) add(cat(condition.first, ": ", condition.second));
    }
    if (words.empty()) add("another protocol");
  }
  return join(words, "; ");
}

std::string metric_name_html(const MetricSeries& series, std::span<const MetricSeries> all) {
  const metric::MetricDoc* doc = metric::find_metric_doc(series.name);
  const std::string apart = told_apart(series, all);
  const std::string features = metric::features_word(series.latest().value);
  std::vector<std::string> words;
  if (!features.empty() && apart.find("features: ") == std::string::npos) words.push_back(features);
  if (!apart.empty()) words.push_back(apart);
  return cat(escape_xml(series.name),
             words.empty() ? "" : cat(" (", escape_xml(join(words, "; ")), ")"),
             doc == nullptr ? "" : cat("<span class=\"doc\">", escape_xml(doc->doc), "</span>"));
}

std::string better_words(std::string_view name) {
  const int sign = better_sign(name);
  return sign > 0 ? "lower" : sign < 0 ? "higher" : "–";
}

}  // namespace

std::string metrics_part(const RunRecord& run) {
  std::string out = heading("metrics", "Metrics");
  const auto all = metric_series(run);
  if (all.empty() && run.checkpoints.empty()) {
    return out + "<p>Nothing was measured yet, which takes a checkpoint.</p>\n";
  }
  if (all.empty()) {
    return out + cat("<p>Nothing was measured yet. This does it:</p>\n<pre>saddle eval ",
                     escape_xml(shell_word(run.path.string())), "</pre>\n");
  }
  std::vector<std::vector<Cell>> rows;
  std::string warnings;
  for (const MetricSeries& series : all) {
    const metric::MetricValue& m = series.latest().value;
    rows.push_back({{metric_name_html(series, all)},
                    {cat("<b>", value_text(m), "</b>"), true},
                    {better_words(m.name)},
                    {place_svg(m)},
                    {short_text(m.baseline), true},
                    {spread_text(m.floor, m.floor_spread), true},
                    {cat(grouped(m.n_fake), " / ", grouped(m.n_real)), true},
                    {grouped(series.latest().samples), true}});
    if (!m.warning.empty()) {
      warnings += warning_html(
          cat("<b>", escape_xml(metric::metric_label(m)), "</b>: ", escape_xml(m.warning)));
    }
  }
  out += warnings;
  out += table_html("Metrics",
                    {{"Metric"},
                     {"value ± spread", true},
                     {"better"},
                     {"baseline to floor"},
                     {"baseline", true},
                     {"floor ± sd", true},
                     {"n fake / real", true},
                     {"at sample", true}},
                    rows);
  out +=
      "<p class=\"soft\">The latest measurement of each. Floor: real samples against the "
      "reference, as good as this metric can see. Baseline: a trivial generator. Behind ± stands a "
      "standard error, in brackets a spread that is none; the protocol says of what. Neither is "
      "the spread over training seeds.</p>\n";
  out += metric_plots(all);
  return out + details_html("Protocols and conditions", protocols(all));
}

}  // namespace saddle::report
