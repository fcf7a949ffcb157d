#include <algorithm>
#include <cmath>

#include "saddle/base/text.h"
#include "saddle/codec/html.h"
#include "saddle/codec/svg.h"
#include "saddle/metric/catalogue.h"
#include "saddle/report/compare.h"
#include "saddle/report/curves.h"
#include "saddle/report/parts.h"

namespace saddle::report {
namespace {

using codec::escape_xml;

constexpr std::size_t kSheetClocks = 3;
constexpr int kComparedSide = 640;  // pixels

/// The label of a run behind a square of its colour in the plots.
std::string key_html(const Comparison& comparison, std::size_t run) {
  return colour_key(codec::svg_colour(run)) + escape_xml(comparison.labels[run]);
}

std::vector<Cell> run_heads(const Comparison& comparison, std::string_view first) {
  std::vector<Cell> head{{std::string(first)}};
  for (std::size_t i = 0; i < comparison.labels.size(); ++i) {
    head.push_back({key_html(comparison, i), true});
  }
  return head;
}

/// Rows of text, a column each run; keys: the rows are keys of the config.
std::string key_table(const Comparison& comparison, std::string_view name,
                      const std::vector<KeyRow>& rows, bool keys) {
  std::vector<std::vector<Cell>> table;
  for (const KeyRow& row : rows) {
    auto& cells = table.emplace_back();
    const auto shown = [keys](std::string_view text) {
      return keys ? code(text) : escape_xml(text);
    };
    cells.push_back({shown(row.key)});
    for (const std::string& value : row.values) {
      cells.push_back({value.empty() ? "–" : shown(value), true});
    }
  }
  return table_html(name, run_heads(comparison, ""), table);
}

/// `text` with the mark of the verdict.
std::string marked_html(std::string text, Verdict verdict) {
  if (const auto mark = verdict_mark(verdict); !mark.empty()) {
    text += cat(" <span class=\"mark\" title=\"", verdict_words(verdict), "\">", mark, "</span>");
  }
  return verdict == Verdict::kBest ? cat("<span class=\"best\">", text, "</span>") : text;
}

Cell metric_html(const MetricCell& cell, bool row_stands, bool force, bool clocks) {
  if (!cell.point) return {"–", true};
  const bool refused = !cell.refused.empty() || !row_stands;
  if (refused && !force) return {"<span class=\"soft\">not comparable</span>", true};
  std::string html = marked_html(value_text(cell.point->value), cell.verdict);
  if (refused) html += " <span class=\"refused\" title=\"not comparable\">!</span>";
  if (clocks) html += cat("<span class=\"doc\">at ", grouped(cell.point->samples), "</span>");
  return {std::move(html), true};
}

/// Name, what it is, and why some of its numbers may not be compared: beside a table that scrolls
/// this column stays.
std::string metric_head_html(const MetricRow& row) {
  const metric::MetricDoc* doc = metric::find_metric_doc(row.name);
  std::string out = escape_xml(row.label());
  if (doc != nullptr) out += cat("<span class=\"doc\">", escape_xml(doc->doc), "</span>");
  if (!row.refusals.empty()) {
    out += cat("<span class=\"why refused\">not comparable: ", escape_xml(join(row.refusals, "; ")),
               "</span>");
  }
  return out;
}

std::string metrics_table_html(const Comparison& comparison, bool force) {
  std::vector<Cell> head = run_heads(comparison, "Metric");
  head.insert(head.begin() + 1, {"better"});
  std::vector<std::vector<Cell>> rows;
  for (const MetricRow& row : comparison.metrics) {
    const int sign = better_sign(row.name);
    auto& cells = rows.emplace_back();
    cells.push_back({metric_head_html(row)});
    cells.push_back({sign > 0 ? "lower" : sign < 0 ? "higher" : "–"});
    for (const MetricCell& cell : row.cells) {
      cells.push_back(metric_html(cell, row.comparable(), force, row.other_clocks()));
    }
  }
  return table_html("Metrics", head, rows);
}

/// Mean and deviation over seeds, a column for each group of runs that differ in nothing else.
std::string seeds_table_html(const Comparison& comparison) {
  if (!has_seed_means(comparison)) return "";
  std::vector<Cell> head{{"Metric"}};
  for (const SeedGroup& group : comparison.groups) head.push_back({escape_xml(group.name), true});
  std::vector<std::vector<Cell>> rows;
  for (const MetricRow& row : comparison.metrics) {
    auto& cells = rows.emplace_back();
    cells.push_back({escape_xml(row.label())});
    for (const SeedCell& seeds : row.seeds) {
      cells.push_back(seeds.n == 0
                          ? Cell{"–", true}
                          : Cell{cat(marked_html(spread_text(seeds.mean, seeds.sd), seeds.verdict),
                                     ", n = ", seeds.n),
                                 true});
    }
  }
  return cat("<h3>Over seeds</h3>\n", table_html("Metrics over seeds", head, rows),
             "<p class=\"soft\">Mean ± sample standard deviation over runs that differ only in "
             "train.seed, with their number n; marked by that deviation.</p>\n");
}

/// Curves of a metric: only series that may be compared share a plot.
std::string metric_curves(const Comparison& comparison) {
  std::string plots;
  for (const MetricRow& row : comparison.metrics) {
    std::vector<const MetricSeries*> drawn;
    const auto is_drawn = [&](const MetricSeries& one) {
      return std::ranges::find(drawn, &one) != drawn.end();
    };
    for (const auto& run : comparison.series) {
      for (const MetricSeries& first : run) {
        if (first.name != row.name || is_drawn(first)) continue;
        std::vector<NamedSeries> lines(comparison.runs.size());
        for (std::size_t i = 0; i < comparison.runs.size(); ++i) {
          for (const MetricSeries& one : comparison.series[i]) {
            const bool fits =
                one.name == row.name && !is_drawn(one) &&
                metric::condition_differences(first.latest().value, one.latest().value).empty();
            if (!fits) continue;
            lines[i] = {comparison.labels[i], &one};
            drawn.push_back(&one);
          }
        }
        plots += metric_plot(lines);
      }
    }
  }
  return plots.empty() ? "" : cat("<div class=\"plots\">\n", plots, "</div>\n");
}

std::string signals_part_of(const Comparison& comparison) {
  std::vector<const RunRecord*> runs;
  for (const RunRecord& run : comparison.runs) runs.push_back(&run);
  std::string groups[4];
  for (const std::string& name : number_names(runs, &TickRecord::signals)) {
    std::vector<codec::SvgSeries> lines;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      lines.push_back(tick_curve(*runs[i], comparison.labels[i], [&](const TickRecord& tick) {
        return value_of(tick.signals, name);
      }));
      lines.back().colour = codec::svg_colour(i);
    }
    groups[static_cast<std::size_t>(signal_kind(name))] += auto_plot(std::move(lines), name, "");
  }
  std::string out;
  for (const SignalKind kind :
       {SignalKind::kLoss, SignalKind::kDiscriminator, SignalKind::kGradient, SignalKind::kOther}) {
    const std::string& plots = groups[static_cast<std::size_t>(kind)];
    if (plots.empty()) continue;
    const std::string grid = cat("<div class=\"plots\">\n", plots, "</div>\n");
    out += kind == SignalKind::kOther ? details_html(kind_title(kind), grid)
                                      : cat("<h3>", kind_title(kind), "</h3>\n", grid);
  }
  return out.empty() ? "<p>No run has logged a tick yet.</p>\n" : out;
}

const Sheet& nearest_sheet(const RunRecord& run, std::int64_t clock) {
  return *std::ranges::min_element(
      run.sheets, {}, [clock](const Sheet& sheet) { return std::abs(sheet.samples - clock); });
}

/// Clocks at which to look: sheets of the run that ended first, without the untrained one.
std::vector<std::int64_t> sheet_clocks(const Comparison& comparison) {
  const RunRecord* shortest = nullptr;
  for (const RunRecord& run : comparison.runs) {
    if (run.sheets.empty()) continue;
    if (shortest == nullptr || run.sheets.back().samples < shortest->sheets.back().samples) {
      shortest = &run;
    }
  }
  std::vector<std::int64_t> clocks;
  if (shortest == nullptr) return clocks;
  const std::size_t skip = shortest->sheets.size() > 1 ? 1 : 0;
  for (const std::size_t i : spread_places(shortest->sheets.size() - skip, kSheetClocks)) {
    clocks.push_back(shortest->sheets[i + skip].samples);
  }
  std::ranges::reverse(clocks);
  return clocks;
}

std::string sheets_side_by_side(const Comparison& comparison) {
  std::string out;
  for (const std::int64_t clock : sheet_clocks(comparison)) {
    out += cat("<h3>At ", counted(clock, "sample"), "</h3>\n<div class=\"sheets beside\">\n");
    for (std::size_t i = 0; i < comparison.runs.size(); ++i) {
      const RunRecord& run = comparison.runs[i];
      if (run.sheets.empty()) {
        out += cat("<figure><figcaption>", key_html(comparison, i),
                   ": no sheet</figcaption>"
                   "</figure>\n");
        continue;
      }
      const Sheet& sheet = nearest_sheet(run, clock);
      out += cat("<figure>", sheet_html(sheet, comparison.labels[i], kComparedSide), "<figcaption>",
                 key_html(comparison, i),
                 sheet.samples == clock ? "" : cat(", at ", grouped(sheet.samples)),
                 "</figcaption></figure>\n");
    }
    out += "</div>\n";
  }
  return out.empty() ? "<p>No run has drawn a sheet yet.</p>\n" : out;
}

std::string data_warning(const Comparison& comparison) {
  if (!comparison.other_data) return "";
  std::string lines;
  for (std::size_t i = 0; i < comparison.runs.size(); ++i) {
    lines += cat("<br>", key_html(comparison, i), ": <code>",
                 escape_xml(comparison.runs[i].fingerprint), "</code>");
  }
  return warning_html(cat("<b>The runs were trained on different data.</b>", lines));
}

constexpr std::string_view kCompareStyle =
    ".sheets.beside{grid-template-columns:repeat(auto-fill,minmax(min(47%,11rem),1fr))}"
    "td.n .doc{min-width:0;text-align:right}"
    "@media(max-width:34rem){th .doc{display:none}}";

}  // namespace

std::string comparison_page(const Comparison& comparison, bool force) {
  std::string body = cat("<h1>", counted(static_cast<std::int64_t>(comparison.runs.size()), "run"),
                         " compared</h1>\n", data_warning(comparison),
                         key_table(comparison, "Runs", fact_rows(comparison), false));
  body += heading("metrics", "Metrics");
  if (comparison.metrics.empty()) {
    body += "<p>Nothing was measured in these runs; <code>saddle eval RUN</code> does it.</p>\n";
  } else {
    body += metrics_table_html(comparison, force);
    body += cat("<p class=\"soft\">The latest measurement of each run. ",
                join(verdict_legend(comparison, force), "; "), ".</p>\n",
                seeds_table_html(comparison), metric_curves(comparison));
  }
  body += heading("samples", "Samples") + sheets_side_by_side(comparison);
  body += heading("config", "Where the configs differ");
  body += comparison.keys.empty() ? "<p>Nowhere: they are the same, key by key.</p>\n"
                                  : key_table(comparison, "Config", comparison.keys, true);
  body += heading("signals", "Signals") + signals_part_of(comparison);
  return codec::html_page({.title = cat(join(comparison.labels, ", "), " – Saddle"),
                           .style = cat(parts_style(), kCompareStyle),
                           .body = std::move(body)});
}

}  // namespace saddle::report
