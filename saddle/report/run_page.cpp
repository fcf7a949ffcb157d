#include "saddle/report/run_page.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "saddle/base/clock.h"
#include "saddle/base/file.h"
#include "saddle/base/text.h"
#include "saddle/codec/html.h"
#include "saddle/codec/svg.h"
#include "saddle/report/curves.h"
#include "saddle/report/metric_series.h"
#include "saddle/report/metrics_part.h"
#include "saddle/report/parts.h"

namespace saddle::report {
namespace {

namespace fs = std::filesystem;
using codec::escape_xml;

constexpr std::size_t kStripSheets = 8;
constexpr int kStripSide = 480;  // pixels
constexpr int kLargeSide = 1600;

std::string how_far(const RunRecord& run) {
  const auto length = run.run_samples();
  if (!length || *length < 1) return counted(run.samples(), "real sample");
  const double share = static_cast<double>(run.samples()) / static_cast<double>(*length);
  return cat(grouped(run.samples()), " of ", counted(*length, "real sample"),
             share < 1 ? cat(" (", percent_of(share), ")") : "");
}

/// The text after "data: " and the like in the log, "" where training said nothing of it.
std::string said_in_log(const RunRecord& run, std::string_view head) {
  const auto found = std::ranges::find_if(
      run.log, [&](const LogLine& line) { return line.text.starts_with(head); });
  return found == run.log.end() ? "" : found->text;
}

std::string summary(const RunRecord& run) {
  std::vector<std::pair<std::string, std::string>> tiles{{"How far", how_far(run)},
                                                         {"State", run.status_words()}};
  if (!run.ticks.empty()) {
    tiles.emplace_back("Trained for", duration_text(run.seconds()));
    tiles.emplace_back("Rate", cat(grouped(std::llround(run.rate())), " samples/s"));
    if (!run.ticks.back().words.empty()) {
      tiles.emplace_back("The signals say", run.ticks.back().words);
    }
  }
  if (!run.sittings.empty()) {
    const Sitting& last = run.sittings.back();
    tiles.emplace_back(
        "On", cat(last.device, ", ", counted(last.threads, "thread"), ", ", last.precision));
  }
  tiles.emplace_back("Saddle", run.version);
  std::string out =
      cat("<h1>", escape_xml(run.name), "</h1>\n<p class=\"lead\">",
          run.preset.empty() ? "A config of its own" : cat("Preset ", code(run.preset)), " on ",
          code(run.config_value("data.name")), ", ", escape_xml(run.config_value("objective.name")),
          " objective, ", escape_xml(run.config_value("dynamics.name")), " dynamics.</p>\n",
          tiles_html(tiles));
  for (const char* head : {"data: ", "generator: "}) {
    const std::string line = said_in_log(run, head);
    if (!line.empty()) out += cat("<p>", escape_xml(line), "</p>\n");
  }
  out += cat("<p class=\"soft\">fingerprint of the data: ", code(run.fingerprint), "</p>\n");
  const auto warnings = run_warnings(run);
  if (!warnings.empty()) {
    out += warning_html(cat("<a href=\"#warnings\">",
                            counted(static_cast<std::int64_t>(warnings.size()), "warning"),
                            "</a>: ", escape_xml(warnings.back().text)));
  }
  return out;
}

/// What the last tick says, in words and in the numbers behind them.
std::string in_words(const RunRecord& run) {
  if (run.ticks.empty()) return "<p>No tick was logged yet.</p>\n";
  const TickRecord& last = run.ticks.back();
  std::vector<std::pair<std::string, std::size_t>> counts;
  for (const TickRecord& tick : run.ticks) {
    if (tick.words.empty()) continue;
    const auto found =
        std::ranges::find(counts, tick.words, &std::pair<std::string, std::size_t>::first);
    if (found == counts.end()) {
      counts.emplace_back(tick.words, 1);
    } else {
      ++found->second;
    }
  }
  std::string out = cat("<p>At the last tick, ", counted(last.samples, "sample"), ": <b>",
                        escape_xml(last.words.empty() ? "nothing is said" : last.words), "</b>.");
  const double ordered = value_of(last.signals, "pairs_ordered");
  if (std::isfinite(ordered)) {
    out += cat(" The discriminator puts ", percent_of(ordered),
               " of pairs of a real and a fake in the right order (chance: 50 %).");
  }
  if (run.ticks.size() > 1) {
    std::vector<std::string> words;
    for (const auto& [word, count] : counts) words.push_back(cat(escape_xml(word), " ", count));
    out += cat(" Over ", run.ticks.size(), " ticks: ", join(words, ", "), ".");
  }
  return out + "</p>\n";
}

std::string sheets_part(const RunRecord& run) {
  std::string out = heading("samples", "Samples");
  if (run.sheets.empty()) return out + "<p>No sheet was drawn yet.</p>\n";
  const auto caption = [](const Sheet& sheet) {
    return cat("<figcaption>", counted(sheet.samples, "sample"), "</figcaption></figure>\n");
  };
  const Sheet& last = run.sheets.back();
  out += cat("<div class=\"progress\"><div class=\"large\"><figure>",
             sheet_html(last, run.name, kLargeSide), caption(last), "</div>\n");
  if (run.sheets.size() < 2) return out + "</div>\n";
  out += "<div><h3>How they came about</h3>\n<div class=\"sheets\">\n";
  for (const std::size_t i : spread_places(run.sheets.size(), kStripSheets)) {
    out += cat("<figure>", sheet_html(run.sheets[i], run.name, kStripSide), caption(run.sheets[i]));
  }
  return out + "</div>\n<p class=\"soft\">The same latents on each sheet.</p></div></div>\n";
}

std::string curves_part(const RunRecord& run) {
  std::string out = heading("signals", "Signals") + in_words(run);
  const SignalPlots plots = signal_plots(run);
  out += plots.main + details_html("Weights, speed and the rest", plots.rest);
  const std::string knobs = knob_plots(run);
  if (!knobs.empty()) out += heading("knobs", "Knobs") + knobs;
  return out;
}

/// A side that lacks the key, as a run of another version may, has no value.
std::string config_value_html(const std::string& value) {
  return value.empty() ? "–" : code(value);
}

std::string config_part(const RunRecord& run) {
  std::string out = heading("config", "Config");
  const std::string what =
      run.reference_is_preset ? "the preset " + run.preset : std::string("the defaults");
  std::vector<std::vector<Cell>> rows;
  for (const auto& change : config_changes(run)) {
    rows.push_back(
        {{code(change.key)}, {config_value_html(change.b)}, {config_value_html(change.a)}});
  }
  if (rows.empty()) {
    out += cat("<p>Every key is that of ", escape_xml(what), ".</p>\n");
  } else {
    out += cat("<p>Other than ", escape_xml(what), ":</p>\n",
               table_html("Changed keys", {{"Key"}, {"here"}, {"there"}}, rows));
  }
  std::vector<std::string> lines;
  for (const auto& [key, value] : run.config) lines.push_back(cat(key, " = ", value));
  return out + details_html("Every key", cat("<pre>", escape_xml(join(lines, "\n")), "</pre>\n"));
}

std::string sittings_part(const RunRecord& run) {
  if (run.sittings.empty()) return "";
  std::vector<std::vector<Cell>> rows;
  for (const Sitting& one : run.sittings) {
    rows.push_back({{code(one.started)},
                    {grouped(one.samples), true},
                    {code(one.command)},
                    {escape_xml(one.device)},
                    {escape_xml(one.libtorch)}});
  }
  return heading("sittings", "Sittings") +
         table_html("Sittings",
                    {{"Started"}, {"at sample", true}, {"command"}, {"device"}, {"LibTorch"}},
                    rows);
}

std::string warnings_part(const RunRecord& run) {
  const auto warnings = run_warnings(run);
  if (warnings.empty()) return "";
  std::string out = heading("warnings", "Warnings");
  for (const LogLine& line : warnings) {
    out += warning_html(cat("<span class=\"soft\">", escape_xml(line.time), " ", line.level,
                            "</span> ", escape_xml(line.text)));
  }
  return out;
}

std::string checkpoints_part(const RunRecord& run) {
  std::string out = heading("checkpoints", "Checkpoints");
  if (run.checkpoints.empty()) return out + "<p>None was written yet.</p>\n";
  std::vector<std::vector<Cell>> rows;
  for (const CheckpointEntry& entry : run.checkpoints) {
    std::error_code error;
    std::int64_t bytes = 0;
    for (fs::directory_iterator it(entry.path, error), end; !error && it != end;
         it.increment(error)) {
      std::error_code none;
      const auto size = fs::file_size(it->path(), none);
      if (!none) bytes += static_cast<std::int64_t>(size);
    }
    rows.push_back({{code(entry.path.lexically_relative(run.path).string())},
                    {grouped(entry.samples), true},
                    {bytes_text(bytes), true}});
  }
  return out + table_html("Checkpoints", {{"Place"}, {"samples", true}, {"size", true}}, rows);
}

std::string commands_part(const RunRecord& run) {
  const std::string path = shell_word(run.path.string());
  std::string resume = cat("saddle train --resume ", path);
  if (run.status() == Status::kFinished) {
    resume += cat(" --set train.length=", 2 * run.run_samples().value_or(run.samples()));
  }
  std::string out = heading("next", "How to go on");
  const auto command = [&out](std::string_view what, std::string_view line) {
    out += cat("<p class=\"soft\">", what, "</p>\n<pre>", escape_xml(line), "</pre>\n");
  };
  command(run.status() == Status::kFinished ? "Train twice as long" : "Train on", resume);
  if (!run.checkpoints.empty()) {
    command("A sheet of new samples", cat("saddle sample ", path, " -n 64 --seed 1"));
    command("Measure the newest checkpoint", cat("saddle eval ", path));
  }
  command("The same config with another seed",
          cat("saddle train --config ", shell_word((run.path / "config.toml").string()),
              " --set train.seed=", std::atoll(run.config_value("train.seed").c_str()) + 1));
  command("Side by side with another run",
          cat("saddle compare ", path, " OTHER --out compare.html"));
  return out;
}

}  // namespace

std::vector<LogLine> run_warnings(const RunRecord& run) {
  std::vector<LogLine> out;
  std::ranges::copy_if(run.log, std::back_inserter(out), [](const LogLine& line) {
    return line.level == "warning" || line.level == "error";
  });
  for (const TickRecord& tick : run.ticks) {
    if (tick.first_bad.empty()) continue;
    out.push_back({"", "not a number",
                   cat(tick.first_bad, ", in the tick at ", counted(tick.samples, "sample"))});
  }
  return out;
}

std::vector<config::Difference> config_changes(const RunRecord& run) {
  return run.config.empty() ? std::vector<config::Difference>()
                            : config::diff_flat(run.reference, run.config);
}

std::string run_page(const RunRecord& run) {
  std::string body = summary(run);
  body += sheets_part(run) + metrics_part(run) + curves_part(run) + config_part(run);
  body += sittings_part(run) + warnings_part(run) + checkpoints_part(run) + commands_part(run);
  return codec::html_page({.title = cat(run.name, " – Saddle"),
                           .style = std::string(parts_style()),
                           .body = std::move(body)});
}

Json run_facts_json(const RunRecord& run) {
  std::vector<metric::MetricValue> latest;
  for (const MetricSeries& series : metric_series(run)) latest.push_back(series.latest().value);
  Json changed = Json::object();
  for (const auto& change : config_changes(run)) changed[change.key] = change.b;
  Json warnings = Json::array();
  for (const LogLine& line : run_warnings(run)) warnings.push_back(line.text);
  const auto length = run.run_samples();
  return {{"run", run.path.string()},
          {"name", run.name},
          {"preset", run.preset},
          {"data", run.fingerprint},
          {"device", run.sittings.empty() ? "" : run.sittings.back().device},
          {"status", run.status_words()},
          {"samples", run.samples()},
          {"run_samples", length ? Json(*length) : Json(nullptr)},
          {"seconds", run.seconds()},
          {"rate", run.rate()},
          {"words", run.ticks.empty() ? "" : run.ticks.back().words},
          {"metrics", metric::metrics_json(latest)["metrics"]},
          {"changed", changed},
          {"warnings", warnings},
          {"checkpoints", run.checkpoints.size()},
          {"sheets", run.sheets.size()}};
}

}  // namespace saddle::report
