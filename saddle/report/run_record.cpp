#include "saddle/report/run_record.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/jsonl.h"
#include "saddle/base/schedule.h"
#include "saddle/base/text.h"
#include "saddle/task/run_config.h"

namespace saddle::report {
namespace {

namespace fs = std::filesystem;

double number_or_nan(const JsonReader& json) {
  if (!json.value().is_null()) return json.number();
  return std::numeric_limits<double>::quiet_NaN();
}

double optional_number(const JsonReader& line, std::string_view key) {
  return line.has(key) ? number_or_nan(line.at(key)) : 0;
}

std::string word_of(const JsonReader& json, std::string_view key) {
  return json.has(key) ? json.text(key) : "";
}

std::int64_t whole_of(const JsonReader& json, std::string_view key) {
  return json.has(key) ? json.integer(key) : 0;
}

Numbers numbers_of(const JsonReader& line, std::string_view key) {
  Numbers out;
  if (!line.has(key)) return out;
  const JsonReader object = line.at(key);
  if (!object.value().is_object()) object.fail("must be an object of numbers");
  for (const auto& [name, unused] : object.value().items()) {
    out.emplace_back(name, number_or_nan(object.at(name)));
  }
  return out;
}

TickRecord tick_of(const JsonReader& line) {
  TickRecord tick{.samples = line.integer("samples"),
                  .steps = whole_of(line, "steps"),
                  .seconds = optional_number(line, "seconds"),
                  .rate = optional_number(line, "rate"),
                  .memory = optional_number(line, "memory"),
                  .words = word_of(line, "words"),
                  .signals = numbers_of(line, "signals"),
                  .knobs = numbers_of(line, "knobs")};
  if (line.has("first_bad")) {
    const JsonReader bad = line.at("first_bad");
    tick.first_bad = cat(bad.text("tensor"), " at step ", bad.integer("step"));
  }
  return tick;
}

/// Calls `use(reader)` for each line of a file that may be missing.
template <class Use>
void each_line(const fs::path& path, const Use& use) {
  if (!fs::exists(path)) return;
  std::int64_t number = 0;
  for (const Json& line : read_jsonl(path)) {
    use(line, JsonReader(line, "report", cat(path.string(), " line ", ++number)));
  }
}

std::vector<TickRecord> ticks_of(const fs::path& run) {
  std::vector<TickRecord> ticks;
  each_line(run / "ticks.jsonl",
            [&](const Json&, const JsonReader& line) { ticks.push_back(tick_of(line)); });
  return ticks;
}

std::vector<Measurement> measurements_of(const fs::path& run) {
  std::vector<Measurement> out;
  const fs::path path = run / "metrics.jsonl";
  each_line(path, [&](const Json& json, const JsonReader& line) {
    out.push_back(
        {.samples = line.integer("samples"),
         .seed = whole_of(line, "seed"),
         .time = word_of(line, "time"),
         .metrics = metric::metrics_from_json(json, cat(path.string(), " line ", out.size() + 1))});
  });
  // The clock decides; of one clock the later measurement stands last.
  std::ranges::stable_sort(out, {}, &Measurement::samples);
  return out;
}

std::vector<Sheet> sheets_of(const fs::path& run) {
  std::vector<Sheet> sheets;
  std::error_code error;
  for (fs::directory_iterator it(run / "samples", error), end; !error && it != end;
       it.increment(error)) {
    const std::string stem = it->path().stem().string();
    const bool clock = !stem.empty() && stem.size() <= 18 &&
                       stem.find_first_not_of("0123456789") == std::string::npos;
    if (clock && it->path().extension() == ".png") {
      sheets.push_back({std::stoll(stem), it->path()});
    }
  }
  std::ranges::sort(sheets, {}, &Sheet::samples);
  return sheets;
}

/// "2024-05-01T12:00:00Z info: text"; what has another form belongs to the line before.
std::vector<LogLine> log_of(const fs::path& run) {
  std::vector<LogLine> lines;
  const fs::path path = run / "log.txt";
  if (!fs::exists(path)) return lines;
  const std::string content = read_file(path);
  for (std::string_view rest = content; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t blank = line.find(' ');
    const std::size_t colon = line.find(": ");
    if (blank != std::string_view::npos && colon != std::string_view::npos && blank < colon &&
        line.find("Z ") + 1 == blank) {
      lines.push_back({std::string(line.substr(0, blank)),
                       std::string(line.substr(blank + 1, colon - blank - 1)),
                       std::string(line.substr(colon + 2))});
    } else if (!lines.empty() && !line.empty()) {
      lines.back().text += cat("\n", line);
    }
  }
  return lines;
}

void read_manifest_into(RunRecord& run) {
  const Json manifest = read_manifest(run.path);
  const JsonReader reader(manifest, "report", (run.path / "manifest.json").string());
  run.preset = word_of(reader, "preset");
  run.version = word_of(reader, "saddle");
  if (reader.has("data")) run.fingerprint = word_of(reader.at("data"), "fingerprint");
  if (reader.has("config")) {
    const JsonReader keys = reader.at("config");
    if (!keys.value().is_object()) keys.fail("must be an object of keys");
    for (const auto& [key, unused] : keys.value().items()) {
      run.config.emplace_back(key, keys.text(key));
    }
  }
  if (!reader.has("sittings")) return;
  const JsonReader sittings = reader.at("sittings");
  for (std::size_t i = 0; i < sittings.array_size(); ++i) {
    const JsonReader one = sittings.at(i);
    run.sittings.push_back({.started = word_of(one, "started"),
                            .command = word_of(one, "command"),
                            .device = word_of(one, "device"),
                            .precision = word_of(one, "precision"),
                            .libtorch = word_of(one, "libtorch"),
                            .threads = whole_of(one, "threads"),
                            .samples = whole_of(one, "samples")});
  }
}

/// What the run's config is held against: its preset where that is still there, else the defaults.
void find_reference(RunRecord& run, const fs::path& presets) {
  Experiment experiment;
  if (!run.preset.empty()) {
    try {
      experiment = resolve_experiment({.preset = run.preset}, presets).experiment;
      run.reference_is_preset = true;
    } catch (const Error&) {
      // A preset of another version or of one's own folder: the defaults do.
    }
  }
  run.reference = config::flatten(experiment);
}

}  // namespace

std::string RunRecord::config_value(std::string_view key) const {
  const auto found = std::ranges::find(config, key, &config::FlatValue::first);
  if (found == config.end()) return "";
  std::string_view value = found->second;
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
    value = value.substr(1, value.size() - 2);
  }
  return std::string(value);
}

std::int64_t RunRecord::samples() const {
  std::int64_t most = ticks.empty() ? 0 : ticks.back().samples;
  if (!checkpoints.empty()) most = std::max(most, checkpoints.back().samples);
  return most;
}

std::optional<std::int64_t> RunRecord::run_samples() const {
  try {
    const Length length = parse_length(config_value("train.length"));
    if (length.unit == Length::Unit::kSamples) return to_samples(length, 1);
    if (ticks.empty() || ticks.back().steps < 1) return std::nullopt;
    return to_samples(length, ticks.back().samples / ticks.back().steps);
  } catch (const Error&) {
    return std::nullopt;
  }
}

Status RunRecord::status() const {
  const auto length = run_samples();
  if (length && samples() >= *length && samples() > 0) return Status::kFinished;
  const auto last = std::find_if(log.rbegin(), log.rend(), [](const LogLine& line) {
    return !line.text.starts_with("go on with");
  });
  if (last != log.rend()) {
    if (last->text.starts_with("interrupted at ")) return Status::kInterrupted;
    if (last->text.starts_with("out of time at ")) return Status::kOutOfTime;
    if (last->level == "error") return Status::kFailed;
  }
  return samples() > 0 ? Status::kOpen : Status::kNothingYet;
}

std::string RunRecord::status_words() const {
  switch (status()) {
    case Status::kNothingYet:
      return "nothing trained yet";
    case Status::kFinished:
      return "finished";
    case Status::kInterrupted:
      return "interrupted";
    case Status::kOutOfTime:
      return "out of time";
    case Status::kFailed:
      return "ended by an error";
    case Status::kOpen:
      break;
  }
  return "still training, or ended without a word";
}

double RunRecord::seconds() const {
  return ticks.empty() ? 0 : ticks.back().seconds;
}

double RunRecord::rate() const {
  return seconds() > 0 ? static_cast<double>(ticks.back().samples) / seconds() : 0;
}

RunRecord read_run_record(const fs::path& path, const fs::path& presets) {
  require_run(path);
  RunRecord run{.path = path};
  const fs::path whole = fs::absolute(path).lexically_normal();
  run.name = (whole.has_filename() ? whole : whole.parent_path()).filename().string();
  read_manifest_into(run);
  run.ticks = ticks_of(path);
  run.measurements = measurements_of(path);
  run.sheets = sheets_of(path);
  run.log = log_of(path);
  run.checkpoints = list_checkpoints(path);
  find_reference(run, presets);
  return run;
}

}  // namespace saddle::report
