#include "saddle/metric/result.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "saddle/base/text.h"

namespace saddle::metric {

namespace {

Json number_json(double value) {
  if (std::isnan(value)) return nullptr;
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

double number_of(const JsonReader& json) {
  if (json.value().is_null()) return kNone;
  if (!json.value().is_string()) return json.number();
  const double infinity = std::numeric_limits<double>::infinity();
  if (json.text() == "inf") return infinity;
  if (json.text() == "-inf") return -infinity;
  json.fail(
      cat("got the text \"", json.text(), "\", expected a number, null, \"inf\" or \"-inf\""));
}

double number_of(const JsonReader& json, std::string_view key) {
  return json.has(key) ? number_of(json.at(key)) : kNone;
}

MetricValue metric_of(const JsonReader& json) {
  MetricValue m{.name = json.text("name"),
                .value = number_of(json.at("value")),
                .spread = number_of(json, "spread"),
                .n_real = json.integer("n_real"),
                .n_fake = json.integer("n_fake"),
                .floor = number_of(json, "floor"),
                .baseline = number_of(json, "baseline"),
                .protocol = json.text("protocol"),
                .floor_spread = number_of(json, "floor_spread")};
  if (json.has("warning")) m.warning = json.text("warning");
  if (json.has("parts")) {
    const JsonReader parts = json.at("parts");
    for (std::size_t i = 0; i < parts.array_size(); ++i) m.parts.push_back(number_of(parts.at(i)));
  }
  if (json.has("conditions")) {
    const JsonReader list = json.at("conditions");
    for (std::size_t i = 0; i < list.array_size(); ++i) {
      m.conditions.emplace_back(list.at(i).at(std::size_t{0}).text(), list.at(i).at(1).text());
    }
  }
  return m;
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

Json metrics_json(std::span<const MetricValue> metrics) {
  Json list = Json::array();
  for (const MetricValue& m : metrics) {
    Json one{{"name", m.name},
             {"value", number_json(m.value)},
             {"spread", number_json(m.spread)},
             {"n_real", m.n_real},
             {"n_fake", m.n_fake},
             {"floor", number_json(m.floor)},
             {"baseline", number_json(m.baseline)},
             {"protocol", m.protocol}};
    if (!std::isnan(m.floor_spread)) one["floor_spread"] = number_json(m.floor_spread);
    for (const double part : m.parts) one["parts"].push_back(number_json(part));
    for (const auto& [key, value] : m.conditions) {
      one["conditions"].push_back(Json::array({key, value}));
    }
    if (!m.warning.empty()) one["warning"] = m.warning;
    list.push_back(std::move(one));
  }
  return {{"metrics", std::move(list)}};
}

std::vector<MetricValue> metrics_from_json(const Json& json, std::string_view source) {
  const JsonReader list = JsonReader(json, "metrics", std::string(source)).at("metrics");
  std::vector<MetricValue> metrics;
  for (std::size_t i = 0; i < list.array_size(); ++i) metrics.push_back(metric_of(list.at(i)));
  return metrics;
}

std::vector<std::string> condition_differences(const MetricValue& a, const MetricValue& b) {
  if (a.conditions.empty() && b.conditions.empty()) {
    if (a.protocol == b.protocol) return {};
    return {"protocol: the two texts differ"};
  }
  const auto find = [](const Conditions& list, const std::string& key) -> const std::string* {
    const auto found = std::ranges::find(list, key, &Conditions::value_type::first);
    return found == list.end() ? nullptr : &found->second;
  };
  std::vector<std::string> out;
  for (const auto& [key, value] : a.conditions) {
    const std::string* other = find(b.conditions, key);
    if (other == nullptr || *other != value) {
      out.push_back(cat(key, ": ", value, " against ", other == nullptr ? "nothing" : *other));
    }
  }
  for (const auto& [key, value] : b.conditions) {
    if (find(a.conditions, key) == nullptr) out.push_back(cat(key, ": nothing against ", value));
  }
  return out;
}

std::string metrics_table(std::span<const MetricValue> metrics) {
  std::size_t width = 6;
  for (const MetricValue& m : metrics) width = std::max(width, m.name.size());
  std::string out;
  append_row(out, {"metric", "row", "value", "spread", "n fake", "n real"}, width);
  for (const MetricValue& m : metrics) {
    const std::string spread = std::isnan(m.floor_spread) ? "" : cell(m.floor_spread);
    append_row(out, {m.name, "floor", cell(m.floor), spread, "", ""}, width);
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
  for (const MetricValue& m : metrics) {
    if (!m.warning.empty()) out += cat("warning: ", m.name, ": ", m.warning, "\n");
  }
  return out;
}

std::string features_word(const MetricValue& m) {
  const auto found = std::ranges::find(m.conditions, "features", &Conditions::value_type::first);
  if (found == m.conditions.end() || found->second == "as given") return "";
  return found->second.substr(0, found->second.find_first_of(" ,"));
}

std::string metric_label(const MetricValue& m) {
  const std::string features = features_word(m);
  return features.empty() ? m.name : cat(m.name, " (", features, ")");
}

}  // namespace saddle::metric
