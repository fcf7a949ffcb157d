#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "saddle/base/text.h"
#include "saddle/metric/catalogue.h"
#include "saddle/report/compare.h"
#include "saddle/report/run_page.h"

namespace saddle::report {
namespace {

/// A cell of a text table: what is seen is measured without the codes around it.
struct TextCell {
  std::string text{};
  bool bold = false;
};

std::size_t letters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string text_table(const std::vector<std::vector<TextCell>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      // What ends a shorter row may run on over the columns that it lacks.
      const bool runs_on = i + 1 == row.size() && row.size() < rows.front().size();
      if (!runs_on) widths[i] = std::max(widths[i], letters(row[i].text));
    }
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto& [text, bold] = row[i];
      line += bold ? cat("\033[1m", text, "\033[0m") : text;
      if (i + 1 < row.size()) line += std::string(widths[i] - letters(text) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string marked(const std::string& text, Verdict verdict) {
  const std::string_view mark = verdict_mark(verdict);
  return cat(text, mark.empty() ? "" : " ", mark);
}

std::vector<TextCell> metric_cells(const MetricRow& row, bool force, bool bold, bool means) {
  const int sign = better_sign(row.name);
  std::vector<TextCell> cells{{row.label()}, {sign > 0 ? "low" : sign < 0 ? "high" : ""}};
  if (!row.comparable() && !force) {
    cells.push_back({cat("not comparable: ", row.refusals.front())});
    return cells;
  }
  for (const MetricCell& cell : row.cells) {
    if (!cell.point) {
      cells.push_back({"–"});
    } else if (!cell.refused.empty() && !force) {
      cells.push_back({"not comparable"});
    } else {
      cells.push_back({cat(marked(value_text(cell.point->value), cell.verdict),
                           cell.refused.empty() && row.comparable() ? "" : " !"),
                       bold && cell.verdict == Verdict::kBest});
    }
  }
  for (const SeedCell& seeds : row.seeds) {
    if (!means) break;
    cells.push_back(seeds.n == 0
                        ? TextCell{"–"}
                        : TextCell{cat(marked(spread_text(seeds.mean, seeds.sd), seeds.verdict),
                                       " (n ", seeds.n, ")"),
                                   bold && seeds.verdict == Verdict::kBest});
  }
  return cells;
}

/// "a 4,000, b 5,000": where a metric was measured; "" at one clock.
std::string clocks_text(const MetricRow& row, const Comparison& comparison) {
  if (!row.other_clocks()) return "";
  std::vector<std::string> clocks;
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    if (!row.cells[i].point) continue;
    clocks.push_back(cat(comparison.labels[i], " ", grouped(row.cells[i].point->samples)));
  }
  return join(clocks, ", ");
}

/// What must be said of rows below the table; metrics of which the same is to be said, at once.
std::string metric_notes(const Comparison& comparison, bool force) {
  std::vector<std::pair<std::string, std::vector<std::string>>> notes;
  const auto note = [&notes](const std::string& what, const std::string& metric) {
    const auto found = std::ranges::find(notes, what, [](const auto& one) { return one.first; });
    if (found == notes.end()) {
      notes.push_back({what, {metric}});
    } else {
      found->second.push_back(metric);
    }
  };
  for (const MetricRow& row : comparison.metrics) {
    const std::size_t first = row.comparable() || force ? 0 : 1;  // the first stands in the table
    for (std::size_t i = first; i < row.refusals.size(); ++i) {
      note(cat("not comparable: ", row.refusals[i]), row.label());
    }
    const std::string clocks = clocks_text(row, comparison);
    if (!clocks.empty()) note("measured at different samples: " + clocks, row.label());
  }
  std::string out;
  for (const auto& [what, metrics] : notes) out += cat("  ", join(metrics, ", "), ": ", what, "\n");
  return out;
}

std::string metrics_text(const Comparison& comparison, bool force, bool bold) {
  if (comparison.metrics.empty()) {
    return "Nothing was measured in these runs; `saddle eval RUN` does it.\n";
  }
  std::vector<std::vector<TextCell>> rows{{{"metric"}, {"better"}}};
  for (const std::string& label : comparison.labels) rows[0].push_back({label, bold});
  const bool means = has_seed_means(comparison);
  for (const SeedGroup& group : comparison.groups) {
    if (!means) break;
    rows[0].push_back({cat("mean ± sd of ", group.name)});
  }
  for (const MetricRow& row : comparison.metrics)
    rows.push_back(metric_cells(row, force, bold, means));
  const std::string notes = metric_notes(comparison, force);
  const std::vector<std::string> legend = verdict_legend(comparison, force);
  return cat(text_table(rows), notes, "\n  ", join(legend, "\n  "), "\n");
}

/// Each value of a key once, with the runs that have it.
std::string keys_text(const Comparison& comparison) {
  if (comparison.keys.empty()) return "The configs are the same, key by key.\n";
  std::vector<std::vector<TextCell>> rows;
  for (const KeyRow& row : comparison.keys) {
    std::vector<std::string> seen;
    for (const std::string& value : row.values) {
      if (std::ranges::find(seen, value) != seen.end()) continue;
      std::vector<std::string> who;
      for (std::size_t i = 0; i < row.values.size(); ++i) {
        if (row.values[i] == value) who.push_back(comparison.labels[i]);
      }
      rows.push_back({{seen.empty() ? row.key : ""},
                      {value.empty() ? "(no such key)" : value},
                      {join(who, ", ")}});
      seen.push_back(value);
    }
  }
  return cat("Where the configs differ:\n", text_table(rows));
}

Json number_or_null(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json verdict_or_null(Verdict verdict) {
  return verdict == Verdict::kNone ? Json(nullptr) : Json(std::string(verdict_words(verdict)));
}

Json cell_json(const MetricCell& cell, bool shown) {
  Json json{{"not_comparable", cell.refused}, {"verdict", verdict_or_null(cell.verdict)}};
  if (!cell.point) return json;
  const auto& m = cell.point->value;
  json["value"] = shown ? number_or_null(m.value) : Json(nullptr);
  json["spread"] = shown ? number_or_null(m.spread) : Json(nullptr);
  json["floor"] = shown ? number_or_null(m.floor) : Json(nullptr);
  json["samples"] = cell.point->samples;
  json["n_fake"] = m.n_fake;
  return json;
}

}  // namespace

std::string comparison_text(const Comparison& comparison, bool force, bool bold) {
  std::string out;
  if (comparison.other_data) {
    out += "THE RUNS WERE TRAINED ON DIFFERENT DATA:\n";
    for (std::size_t i = 0; i < comparison.runs.size(); ++i) {
      out += cat("  ", comparison.labels[i], ": ", comparison.runs[i].fingerprint, "\n");
    }
    out += "\n";
  }
  out += metrics_text(comparison, force, bold) + "\n";
  std::vector<std::vector<TextCell>> rows{{{""}}};
  for (const std::string& label : comparison.labels) rows[0].push_back({label, bold});
  for (const KeyRow& fact : fact_rows(comparison)) {
    if (fact.key == "data") continue;  // said above
    std::vector<TextCell>& row = rows.emplace_back();
    row.push_back({fact.key});
    for (const std::string& value : fact.values) row.push_back({value});
  }
  return cat(out, text_table(rows), "\n", keys_text(comparison));
}

Json comparison_json(const Comparison& comparison, bool force) {
  Json runs = Json::array(), metrics = Json::array(), keys = Json::array();
  for (std::size_t i = 0; i < comparison.runs.size(); ++i) {
    Json facts = run_facts_json(comparison.runs[i]);
    facts["label"] = comparison.labels[i];
    runs.push_back(std::move(facts));
  }
  for (const MetricRow& row : comparison.metrics) {
    const int sign = better_sign(row.name);
    const std::string_view spread = metric::spread_words(metric::spread_of(row.name));
    Json cells = Json::array(), seeds = Json::array();
    for (const MetricCell& cell : row.cells) {
      cells.push_back(cell_json(cell, force || (row.comparable() && cell.refused.empty())));
    }
    for (const SeedCell& one : row.seeds) {
      seeds.push_back({{"n", one.n},
                       {"mean", one.n > 0 ? number_or_null(one.mean) : Json(nullptr)},
                       {"sd", one.n > 0 ? number_or_null(one.sd) : Json(nullptr)},
                       {"verdict", verdict_or_null(one.verdict)}});
    }
    metrics.push_back({{"name", row.name},
                       {"features", row.features.empty() ? Json(nullptr) : Json(row.features)},
                       {"better", sign > 0   ? Json("lower")
                                  : sign < 0 ? Json("higher")
                                             : Json(nullptr)},
                       {"spread_is", spread.empty() ? Json(nullptr) : Json(std::string(spread))},
                       {"comparable", row.comparable()},
                       {"not_comparable", row.refusals},
                       {"values", cells},
                       {"seeds", seeds}});
  }
  for (const KeyRow& row : comparison.keys) {
    keys.push_back({{"key", row.key}, {"values", row.values}});
  }
  Json groups = Json::array();
  for (const SeedGroup& group : comparison.groups) groups.push_back(group.runs);
  return {{"runs", runs},
          {"metrics", metrics},
          {"config", keys},
          {"seed_groups", groups},
          {"other_data", comparison.other_data}};
}

}  // namespace saddle::report
