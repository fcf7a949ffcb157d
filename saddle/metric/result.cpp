#include "saddle/metric/result.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "saddle/base/text.h"

namespace saddle::metric {

namespace {

nlohmann::json number_or_null(double value) {
  return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(nullptr);
}

/// Five significant digits, "-" where there is no number.
std::string cell(double value) {
  if (std::isnan(value)) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.5g", value);
  return text;
}

std::string padded(std::string text, std::size_t width, bool right) {
  const std::string space(width > text.size() ? width - text.size() : 0, ' ');
  return right ? space + text : text + space;
}

struct Row {
  std::string name, kind, value, spread, n_fake, n_real;
};

void append_row(std::string& out, const Row& row, std::size_t name_width) {
  std::string line = cat(padded(row.name, name_width, false), "  ", padded(row.kind, 8, false),
                         padded(row.value, 12, true), padded(row.spread, 12, true),
                         padded(row.n_fake, 10, true), padded(row.n_real, 10, true));
  line.erase(line.find_last_not_of(' ') + 1);
  out += line;
  out += '\n';
}

constexpr std::string_view kClause = "; ";

/// The longest run of whole clauses that ends every protocol, "" for fewer than two; printed once.
std::string common_ending(std::span<const MetricValue> metrics) {
  if (metrics.size() < 2) return "";
  const std::string& first = metrics[0].protocol;
  for (auto at = first.find(kClause); at != std::string::npos; at = first.find(kClause, at + 1)) {
    const std::string_view ending = std::string_view(first).substr(at);
    if (std::all_of(metrics.begin(), metrics.end(),
                    [&](const MetricValue& m) { return m.protocol.ends_with(ending); })) {
      return std::string(ending);
    }
  }
  return "";
}

}  // namespace

nlohmann::json metrics_json(std::span<const MetricValue> metrics) {
  nlohmann::json list = nlohmann::json::array();
  for (const MetricValue& m : metrics) {
    list.push_back({{"name", m.name},
                    {"value", number_or_null(m.value)},
                    {"spread", number_or_null(m.spread)},
                    {"n_real", m.n_real},
                    {"n_fake", m.n_fake},
                    {"floor", number_or_null(m.floor)},
                    {"baseline", number_or_null(m.baseline)},
                    {"protocol", m.protocol}});
  }
  return {{"metrics", std::move(list)}};
}

std::string metrics_table(std::span<const MetricValue> metrics) {
  std::size_t width = 6;
  for (const MetricValue& m : metrics) width = std::max(width, m.name.size());
  std::string out;
  append_row(out, {"metric", "row", "value", "spread", "n fake", "n real"}, width);
  for (const MetricValue& m : metrics) {
    append_row(out, {m.name, "floor", cell(m.floor), "", "", ""}, width);
    append_row(out, {"", "baseline", cell(m.baseline), "", "", ""}, width);
    append_row(out,
               {"", "model", cell(m.value), cell(m.spread), grouped(m.n_fake), grouped(m.n_real)},
               width);
  }
  const std::string shared = common_ending(metrics);
  for (const MetricValue& m : metrics) {
    if (m.protocol.empty()) continue;
    out += cat(m.name, ": ", m.protocol.substr(0, m.protocol.size() - shared.size()), "\n");
  }
  if (!shared.empty()) out += cat("all: ", shared.substr(kClause.size()), "\n");
  return out;
}

}  // namespace saddle::metric
