#include "cli/verb_lab.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/json.h"
#include "saddle/base/text.h"
#include "saddle/lab/report.h"
#include "saddle/lab/result.h"
#include "saddle/lab/table.h"

namespace saddle::cli {
namespace {

namespace fs = std::filesystem;
using lab::Experiment;
using lab::Result;
using lab::Settings;

void print_text(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

/// How far `saddle lab` is, on standard error: lines that stay, and on a terminal what an
/// experiment says of itself on a line that is written over.
class LabProgress {
 public:
  explicit LabProgress(std::size_t total)
      : total_(total), terminal_(::isatty(STDERR_FILENO) == 1) {}

  void begin(const Experiment& experiment) {
    ++number_;
    if (terminal_) live(cat(experiment.id, "  ", experiment.title));
  }
  void tell(const Experiment& experiment, std::string_view what) {
    if (terminal_) {
      live(cat(experiment.id, "  ", what));
    } else {
      std::fprintf(stderr, "%s: %.*s\n", experiment.id.c_str(), static_cast<int>(what.size()),
                   what.data());
    }
  }
  void end(const Result& result) {
    const auto failed = std::ranges::count(result.outcome.checks, false, &lab::Check::pass);
    std::fprintf(stderr, "%s[%zu/%zu] %-4s %s  %zu checks%s, %.1f s\n", terminal_ ? "\r\033[K" : "",
                 number_, total_, result.experiment->id.c_str(), result.pass() ? "ok  " : "FAIL",
                 result.outcome.checks.size(),
                 failed == 0 ? "" : cat(", ", failed, " failed").c_str(), result.seconds);
  }

 private:
  void live(const std::string& text) const {
    std::fprintf(stderr, "\r\033[K[%zu/%zu] %s", number_, total_, text.c_str());
    std::fflush(stderr);
  }

  std::size_t total_;
  std::size_t number_ = 0;
  bool terminal_;
};

std::vector<const Experiment*> chosen(const std::vector<std::string>& ids,
                                      std::span<const Experiment> table) {
  std::vector<const Experiment*> out;
  for (const std::string& id : ids) out.push_back(&lab::find_experiment(table, id));
  return out;
}

std::vector<const Experiment*> all_of(std::span<const Experiment> table, bool also_long) {
  std::vector<const Experiment*> out;
  for (const Experiment& experiment : table) {
    if (also_long || experiment.kind != lab::Kind::kLong) out.push_back(&experiment);
  }
  return out;
}

bool lacks_runner(const std::vector<const Experiment*>& experiments) {
  return std::ranges::any_of(experiments, [](const auto* one) { return !one->run; });
}

/// The settings of each experiment. An assignment is for those that have the parameter; one that
/// none has is refused.
std::vector<Settings> settings_of(const std::vector<const Experiment*>& experiments,
                                  const std::vector<std::string>& assignments) {
  std::vector<Settings> out;
  for (const Experiment* experiment : experiments) {
    out.emplace_back(experiment->id, experiment->parameters);
  }
  for (const std::string& assignment : assignments) {
    const std::string_view name =
        trimmed(std::string_view(assignment).substr(0, assignment.find('=')));
    bool known = false;
    for (Settings& settings : out) {
      if (!settings.has(name)) continue;
      settings.assign(assignment);
      known = true;
    }
    if (!known) out.front().assign(assignment);  // throws, and says what there is
  }
  return out;
}

Result run_and_tell(const Experiment& experiment, Settings settings, LabProgress* progress) {
  if (progress == nullptr) return lab::run_experiment(experiment, std::move(settings));
  progress->begin(experiment);
  settings.listen([&](std::string_view what) { progress->tell(experiment, what); });
  Result result = lab::run_experiment(experiment, std::move(settings));
  progress->end(result);
  return result;
}

/// Makes the folder of the plots, so that one that cannot be made is known before the work.
void make_plot_folder(const std::string& directory) {
  if (directory.empty()) return;
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) throw_io_error("lab", "create", directory, error.value());
}

/// Writes the plots as DIR/E05-name.svg and returns where they lie.
std::vector<std::string> write_plots(const Result& result, const std::string& directory) {
  std::vector<std::string> paths;
  if (directory.empty()) return paths;
  for (const lab::Plot& plot : result.outcome.plots) {
    const fs::path path = fs::path(directory) / cat(result.experiment->id, "-", plot.name, ".svg");
    write_file_atomic(path, plot.svg);
    paths.push_back(path.string());
  }
  return paths;
}

void print_result(const Result& result, const std::vector<std::string>& plots) {
  print_text(lab::result_text(result));
  for (const std::string& path : plots) print_text(cat("  plot: ", path, "\n"));
  const std::size_t count = result.outcome.plots.size();
  if (plots.empty() && count > 0) {
    print_text(cat("  ", count, count == 1 ? " plot" : " plots", ": --plots DIR writes ",
                   count == 1 ? "it" : "them", "\n"));
  }
  print_text("\n");
}

}  // namespace

void require_svg(std::string_view flag, const std::string& file) {
  if (file.empty() || file.ends_with(".svg")) return;
  throw Error(ErrorCode::kUsage, "lab",
              cat(flag, ": got '", file, "', expected a name that ends in .svg, which plots are"));
}

void make_room_for(const std::string& file) {
  if (file.empty()) return;
  prepare_parent(file);
  const fs::path folder = directory_of(file);
  if (::access(folder.c_str(), W_OK) != 0) throw_io_error("lab", "write", file, errno);
}

bool needs_engine(const LabRunOptions& options, std::span<const Experiment> table) {
  return lacks_runner(chosen(options.ids, table));
}

bool needs_engine(const LabAllOptions& options, std::span<const Experiment> table) {
  return lacks_runner(all_of(table, options.also_long));
}

bool needs_engine(const LabSweepOptions& options, std::span<const Experiment> table) {
  const Experiment& experiment = lab::find_experiment(table, options.id);
  return !experiment.measure && !experiment.measured.empty();
}

int run_lab_list(const LabListOptions& options, std::span<const Experiment> table) {
  if (options.json) {
    Json list = Json::array();
    for (const Experiment& experiment : table) list.push_back(lab::experiment_json(experiment));
    print_text(json_text({{"experiments", list}}));
    return 0;
  }
  for (const Experiment& experiment : table) {
    const std::string kind = experiment.kind == lab::Kind::kClosedForm
                                 ? ""
                                 : cat(" (", lab::kind_name(experiment.kind), ")");
    print_text(
        cat(experiment.id, experiment.id.size() < 4 ? "   " : "  ", experiment.title, kind, "\n"));
    for (const lab::Parameter& parameter : experiment.parameters) {
      print_text(cat("       ", parameter.name, "=", lab::value_text(parameter, parameter.initial),
                     "  ", parameter.doc, " (", lab::range_text(parameter), ")\n"));
    }
  }
  return 0;
}

int run_lab_run(const LabRunOptions& options, std::span<const Experiment> table) {
  const auto experiments = chosen(options.ids, table);
  const auto settings = settings_of(experiments, options.assignments);
  make_plot_folder(options.plots);
  LabProgress progress(experiments.size());
  const bool tell = experiments.size() > 1 && options.json;
  Json all = Json::array();
  bool pass = true;
  for (std::size_t i = 0; i < experiments.size(); ++i) {
    const bool slow = experiments[i]->kind != lab::Kind::kClosedForm;
    const Result result =
        run_and_tell(*experiments[i], settings[i], tell || slow ? &progress : nullptr);
    const auto plots = write_plots(result, options.plots);
    pass = pass && result.pass();
    if (options.json) {
      all.push_back(lab::result_json(result));
    } else {
      print_result(result, plots);
      if (experiments.size() == 1) print_text(cat(experiments[i]->teaches, "\n"));
      std::fflush(stdout);
    }
  }
  if (options.json) print_text(json_text(all.size() == 1 ? all.front() : all));
  return pass ? 0 : 1;
}

int run_lab_all(const LabAllOptions& options, std::span<const Experiment> table) {
  const auto experiments = all_of(table, options.also_long);
  make_plot_folder(options.plots);
  make_room_for(options.report);
  LabProgress progress(experiments.size());
  std::vector<Result> results;
  for (const Experiment* experiment : experiments) {
    results.push_back(
        run_and_tell(*experiment, Settings(experiment->id, experiment->parameters), &progress));
    write_plots(results.back(), options.plots);
  }
  const bool pass = std::ranges::all_of(results, &Result::pass);
  if (options.json) {
    Json all = Json::array();
    for (const Result& result : results) all.push_back(lab::result_json(result));
    print_text(json_text(all));
  } else {
    for (const Result& result : results) print_text(lab::result_text(result) + "\n");
  }
  if (!options.report.empty()) {
    write_file_atomic(options.report, lab::report_html(table, results));
    if (!options.json) print_text(cat("The report: ", options.report, "\n"));
  }
  return pass ? 0 : 1;
}

int run_lab_sweep(const LabSweepOptions& options, std::span<const Experiment> table) {
  const Experiment& experiment = lab::find_experiment(table, options.id);
  require_svg("--out", options.out);
  make_room_for(options.out);
  Settings settings(experiment.id, experiment.parameters);
  for (const std::string& assignment : options.assignments) settings.assign(assignment);
  const lab::Sweep sweep = lab::run_sweep(experiment, std::move(settings),
                                          {.parameter = options.parameter,
                                           .from = options.from,
                                           .to = options.to,
                                           .steps = options.steps,
                                           .logarithmic = options.logarithmic});
  const std::string path =
      options.out.empty() ? cat(experiment.id, "-", options.parameter, ".svg") : options.out;
  write_file_atomic(path, lab::sweep_svg(sweep, options.logarithmic));
  if (options.json) {
    Json json = lab::sweep_json(sweep);
    json["plot"] = path;
    print_text(json_text(json));
  } else {
    print_text(lab::sweep_text(sweep));
    print_text(cat("\nThe curve: ", path, "\n"));
  }
  return 0;
}

}  // namespace saddle::cli
