#include "saddle/report/compare.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "saddle/base/clock.h"
#include "saddle/base/error.h"
#include "saddle/base/summary.h"
#include "saddle/base/text.h"
#include "saddle/data/file_tree.h"
#include "saddle/metric/catalogue.h"
#include "saddle/report/parts.h"

namespace saddle::report {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> labels_of(std::span<const RunRecord> runs) {
  std::map<std::string, int> count;
  for (const RunRecord& run : runs) ++count[run.name];
  std::vector<std::string> labels;
  for (const RunRecord& run : runs) {
    labels.push_back(data::printable(count[run.name] == 1 ? run.name : run.path.string()));
  }
  return labels;
}

void require_different_runs(std::span<const RunRecord> runs) {
  if (runs.size() < 2) {
    throw Error(ErrorCode::kUsage, "compare",
                cat("got ", counted(static_cast<std::int64_t>(runs.size()), "run"),
                    ", expected two or more; `saddle report RUN` tells of one"));
  }
  std::set<fs::path> seen;
  for (const RunRecord& run : runs) {
    if (seen.insert(fs::weakly_canonical(run.path)).second) continue;
    throw Error(ErrorCode::kUsage, "compare",
                cat("got ", run.path.string(), " twice, expected different runs; leave one out"));
  }
}

bool agree(const MetricSeries& a, const MetricSeries& b) {
  return metric::condition_differences(a.latest().value, b.latest().value).empty();
}

/// A run's series of one metric, the latest measured first.
std::vector<const MetricSeries*> series_of(const std::vector<MetricSeries>& run,
                                           const std::string& name) {
  std::vector<const MetricSeries*> out;
  for (const MetricSeries& series : run) {
    if (series.name == name) out.insert(out.begin(), &series);
  }
  std::ranges::stable_sort(out, std::ranges::greater(),
                           [](const MetricSeries* one) { return one->latest().samples; });
  return out;
}

const MetricSeries* agreeing(const std::vector<const MetricSeries*>& all,
                             const MetricSeries& with) {
  const auto found =
      std::ranges::find_if(all, [&](const MetricSeries* one) { return agree(*one, with); });
  return found == all.end() ? nullptr : *found;
}

/// The conditions under which the most runs were measured; of several the first run's latest.
const MetricSeries* most_shared(const std::vector<std::vector<const MetricSeries*>>& all) {
  const MetricSeries* best = nullptr;
  std::ptrdiff_t most = 0;
  for (const auto& run : all) {
    for (const MetricSeries* series : run) {
      const auto shared = std::ranges::count_if(
          all, [&](const auto& other) { return agreeing(other, *series) != nullptr; });
      if (shared > most) {
        most = shared;
        best = series;
      }
    }
  }
  return best;
}

/// Only a standard error says how far apart two values must be.
void judge(MetricRow& row) {
  const bool judges = metric::spread_of(row.name) == metric::Spread::kStandardError;
  std::vector<double> values, spreads;
  for (const MetricCell& cell : row.cells) {
    const bool counts = cell.point && cell.refused.empty();
    values.push_back(counts ? cell.point->value.value : metric::kNone);
    spreads.push_back(counts && judges ? cell.point->value.spread : metric::kNone);
  }
  const auto verdict = verdicts(values, spreads, better_sign(row.name));
  for (std::size_t i = 0; i < row.cells.size(); ++i) row.cells[i].verdict = verdict[i];
}

SeedCell over_seeds(const MetricRow& row, const SeedGroup& group) {
  std::vector<double> values;
  std::set<std::int64_t> clocks;
  for (const std::size_t run : group.runs) {
    const MetricCell& cell = row.cells[run];
    if (!cell.point || !cell.refused.empty() || !std::isfinite(cell.point->value.value)) continue;
    values.push_back(cell.point->value.value);
    clocks.insert(cell.point->samples);
  }
  if (values.size() < 2 || clocks.size() > 1) return {};
  const Summary seeds = summary_of(values);
  return {.n = values.size(), .mean = seeds.mean, .sd = seeds.sd};
}

void add_seeds(MetricRow& row, const std::vector<SeedGroup>& groups) {
  std::vector<double> means, sds;
  for (const SeedGroup& group : groups) {
    row.seeds.push_back(over_seeds(row, group));
    means.push_back(row.seeds.back().n > 1 ? row.seeds.back().mean : metric::kNone);
    sds.push_back(row.seeds.back().n > 1 ? row.seeds.back().sd : metric::kNone);
  }
  const auto verdict = verdicts(means, sds, better_sign(row.name));
  for (std::size_t i = 0; i < groups.size(); ++i) row.seeds[i].verdict = verdict[i];
}

/// Whether a spread stands there that is no standard error.
bool has_other_spread(const MetricRow& row) {
  return metric::spread_of(row.name) != metric::Spread::kStandardError &&
         std::ranges::any_of(row.cells, [](const MetricCell& cell) {
           return cell.point && std::isfinite(cell.point->value.spread);
         });
}

MetricRow metric_row(const std::string& name, const Comparison& comparison) {
  MetricRow row{.name = name};
  std::vector<std::vector<const MetricSeries*>> all;
  for (const auto& run : comparison.series) all.push_back(series_of(run, name));
  const MetricSeries* shared = most_shared(all);
  for (const auto& run : all) {
    MetricCell& cell = row.cells.emplace_back();
    if (run.empty()) continue;
    const MetricSeries* same = agreeing(run, *shared);
    cell.point = (same != nullptr ? same : run.front())->latest();
    if (same != nullptr) continue;
    cell.refused = metric::condition_differences(shared->latest().value, cell.point->value);
    for (const std::string& line : cell.refused) {
      if (std::ranges::find(row.refusals, line) == row.refusals.end()) row.refusals.push_back(line);
    }
  }
  const std::string word = metric::features_word(shared->latest().value);
  const bool one_word = std::ranges::all_of(row.cells, [&word](const MetricCell& cell) {
    return !cell.point || metric::features_word(cell.point->value) == word;
  });
  if (one_word || row.comparable()) row.features = word;
  if (row.comparable()) judge(row);
  add_seeds(row, comparison.groups);
  return row;
}

std::vector<SeedGroup> seed_groups(const Comparison& comparison) {
  std::map<std::string, std::vector<std::size_t>> same;
  std::vector<std::string> order;
  for (std::size_t i = 0; i < comparison.runs.size(); ++i) {
    std::string all = comparison.runs[i].fingerprint;
    for (const auto& [key, value] : comparison.runs[i].config) {
      if (key != "train.seed") all += cat("\n", key, "=", value);
    }
    if (!same.contains(all)) order.push_back(all);
    same[all].push_back(i);
  }
  std::vector<SeedGroup> groups;
  for (const std::string& all : order) {
    if (same[all].size() < 2) continue;
    const auto others = static_cast<std::int64_t>(same[all].size()) - 1;
    groups.push_back(
        {same[all], cat(comparison.labels[same[all].front()], " + ", counted(others, "seed"))});
  }
  return groups;
}

std::vector<KeyRow> differing_keys(std::span<const RunRecord> runs) {
  std::map<std::string, std::vector<std::string>> keys;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    for (const auto& [key, value] : runs[i].config) {
      auto& values = keys[key];
      values.resize(runs.size());
      values[i] = value;
    }
  }
  std::vector<KeyRow> rows;
  for (auto& [key, values] : keys) {
    if (std::ranges::adjacent_find(values, std::not_equal_to()) == values.end()) continue;
    rows.push_back({key, std::move(values)});
  }
  return rows;
}

}  // namespace

std::string MetricRow::label() const {
  return features.empty() ? name : cat(name, " (", features, ")");
}

bool MetricRow::comparable() const {
  const auto agreeing_cells = std::ranges::count_if(
      cells, [](const MetricCell& cell) { return cell.point && cell.refused.empty(); });
  return refusals.empty() || agreeing_cells > 1;
}

bool MetricRow::other_clocks() const {
  std::set<std::int64_t> clocks;
  for (const MetricCell& cell : cells) {
    if (cell.point) clocks.insert(cell.point->samples);
  }
  return clocks.size() > 1;
}

Comparison compare_runs(std::span<const RunRecord> runs) {
  require_different_runs(runs);
  Comparison out{.runs = runs, .labels = labels_of(runs)};
  for (const RunRecord& run : runs) {
    out.series.push_back(metric_series(run));
    out.other_data = out.other_data || run.fingerprint != runs.front().fingerprint;
  }
  out.groups = seed_groups(out);
  out.keys = differing_keys(runs);
  for (const std::string& name : metric_names(out.series)) {
    out.metrics.push_back(metric_row(name, out));
  }
  return out;
}

std::vector<Verdict> verdicts(std::span<const double> values, std::span<const double> spreads,
                              int sign) {
  std::vector<Verdict> out(values.size(), Verdict::kNone);
  const auto finite = std::ranges::count_if(values, [](double v) { return std::isfinite(v); });
  if (sign == 0 || finite < 2) return out;
  std::size_t best = values.size();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) continue;
    if (best == values.size() || sign * values[i] < sign * values[best]) best = i;
  }
  bool same = false, unknown = false;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i == best || !std::isfinite(values[i])) continue;
    const double gap = std::abs(values[i] - values[best]);
    const double spread = std::hypot(spreads[i], spreads[best]);
    out[i] = gap == 0                 ? Verdict::kSame
             : !std::isfinite(spread) ? Verdict::kUnknown
             : gap > spread           ? Verdict::kWorse
                                      : Verdict::kSame;
    same = same || out[i] == Verdict::kSame;
    unknown = unknown || out[i] == Verdict::kUnknown;
  }
  out[best] = same ? Verdict::kSame : unknown ? Verdict::kUnknown : Verdict::kBest;
  return out;
}

std::string_view verdict_words(Verdict verdict) {
  constexpr std::string_view kWords[] = {"", "best", "same within spread", "worse",
                                         "no standard error to judge by"};
  return kWords[static_cast<std::size_t>(verdict)];
}

std::string_view verdict_mark(Verdict verdict) {
  constexpr std::string_view kMarks[] = {"", "*", "~", "", "?"};
  return kMarks[static_cast<std::size_t>(verdict)];
}

std::vector<std::string> verdict_legend(const Comparison& comparison, bool force) {
  std::vector<std::string> clauses{
      "* better than every other by more than the combined spread, sqrt(a² + b²)",
      "~ the gap to the best is within that spread", "? no standard error to judge by",
      "± is the standard error of a measurement; what training adds only the means over seeds see"};
  if (std::ranges::any_of(comparison.metrics, has_other_spread)) {
    clauses.emplace_back("in brackets: a spread that is no standard error, which judges nothing");
  }
  const bool refused = std::ranges::any_of(
      comparison.metrics, [](const MetricRow& row) { return !row.refusals.empty(); });
  if (force && refused) clauses.emplace_back("! must not be compared; --force shows it");
  return clauses;
}

bool has_seed_means(const Comparison& comparison) {
  return std::ranges::any_of(comparison.metrics, [](const MetricRow& row) {
    return std::ranges::any_of(row.seeds, [](const SeedCell& seeds) { return seeds.n > 0; });
  });
}

std::vector<KeyRow> fact_rows(const Comparison& comparison) {
  std::vector<KeyRow> rows;
  const auto add = [&](std::string_view word, const auto& value) {
    KeyRow& row = rows.emplace_back(KeyRow{std::string(word), {}});
    for (const RunRecord& run : comparison.runs) row.values.push_back(value(run));
  };
  add("state", [](const RunRecord& run) { return run.status_words(); });
  add("samples", [](const RunRecord& run) { return grouped(run.samples()); });
  add("time", [](const RunRecord& run) { return duration_text(run.seconds()); });
  add("rate", [](const RunRecord& run) { return cat(grouped(std::llround(run.rate())), "/s"); });
  add("says", [](const RunRecord& run) {
    return run.ticks.empty() || run.ticks.back().words.empty() ? "–" : run.ticks.back().words;
  });
  add("preset", [](const RunRecord& run) { return run.preset.empty() ? "–" : run.preset; });
  add("device",
      [](const RunRecord& run) { return run.sittings.empty() ? "–" : run.sittings.back().device; });
  if (comparison.other_data) {
    add("data", [](const RunRecord& run) { return run.fingerprint; });
  }
  return rows;
}

}  // namespace saddle::report
