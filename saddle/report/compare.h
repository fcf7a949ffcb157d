#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "saddle/base/json.h"
#include "saddle/report/metric_series.h"
#include "saddle/report/run_record.h"

namespace saddle::report {

/// How a value stands among those it may be compared with.
enum class Verdict {
  kNone,     ///< nothing to compare, or neither direction is better
  kBest,     ///< better than each other one by more than the combined spread
  kSame,     ///< the gap to the best does not exceed the combined spread, or another is as good
  kWorse,    ///< behind the best by more than the combined spread
  kUnknown,  ///< no standard error to judge by
};

/// One run's number in a row.
struct MetricCell {
  std::optional<MetricPoint> point{};  ///< the latest; nothing where it was not measured
  std::vector<std::string> refused{};  ///< why it may not be compared with the others of the row
  Verdict verdict = Verdict::kNone;
};

/// Runs that differ only in train.seed.
struct SeedGroup {
  std::vector<std::size_t> runs{};
  std::string name{};  ///< "a + 2 seeds"
};

/// A metric over the seeds of a group.
struct SeedCell {
  std::size_t n = 0;  ///< 0: fewer than two that may be compared, or measured at other clocks
  double mean = 0;
  double sd = 0;  ///< sample standard deviation
  Verdict verdict = Verdict::kNone;
};

/// A metric in all runs.
struct MetricRow {
  std::string name{};
  std::string features{};               ///< features_word of what may be compared
  std::vector<MetricCell> cells{};      ///< one a run
  std::vector<SeedCell> seeds{};        ///< one a group
  std::vector<std::string> refusals{};  ///< what differs, each line once
  /// "fid (random-conv/1)", or the name alone.
  std::string label() const;
  /// Whether numbers may stand in one row: none is refused, or two or more agree.
  bool comparable() const;
  /// Whether the values were measured at different clocks.
  bool other_clocks() const;
};

/// A config key that is not the same in all runs; "" for a run without it.
struct KeyRow {
  std::string key{};
  std::vector<std::string> values{};
};

/// What several runs have in common and what not. Refers to the runs, which must outlive it.
struct Comparison {
  std::span<const RunRecord> runs{};
  std::vector<std::string> labels{};  ///< short and different
  std::vector<std::vector<MetricSeries>> series{};
  std::vector<MetricRow> metrics{};
  std::vector<SeedGroup> groups{};
  std::vector<KeyRow> keys{};
  bool other_data = false;  ///< fingerprints differ
};

/// Compares the latest measurements. Throws Error(kUsage) for fewer than two runs, or one twice.
Comparison compare_runs(std::span<const RunRecord> runs);

/// How the values stand when each has this spread; NaN for a value or spread that is not there.
/// `sign`: 1 lower is better, -1 higher, 0 neither.
std::vector<Verdict> verdicts(std::span<const double> values, std::span<const double> spreads,
                              int sign);
/// "best", "same within spread", "worse", "no standard error to judge by", "".
std::string_view verdict_words(Verdict verdict);
/// "*", "~", "?" or "".
std::string_view verdict_mark(Verdict verdict);
/// What the marks mean, a clause each.
std::vector<std::string> verdict_legend(const Comparison& comparison, bool force);

/// Whether some metric has a mean over seeds.
bool has_seed_means(const Comparison& comparison);

/// Facts of the runs in rows: a word, then a value for each run.
std::vector<KeyRow> fact_rows(const Comparison& comparison);

/// Tables for a terminal. `force`: also numbers that are not comparable; `bold`: the best are bold.
std::string comparison_text(const Comparison& comparison, bool force, bool bold);
/// Everything in the table: {"runs","metrics","config","seed_groups","other_data"}.
Json comparison_json(const Comparison& comparison, bool force);
/// One self-contained HTML page: the table, curves over each other, sheets side by side.
std::string comparison_page(const Comparison& comparison, bool force);

}  // namespace saddle::report
