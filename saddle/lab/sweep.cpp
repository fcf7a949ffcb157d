#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/codec/svg.h"
#include "saddle/lab/result.h"

namespace saddle::lab {
namespace {

void require_sweepable(const Experiment& experiment, const Settings& settings,
                       const SweepOptions& options) {
  const auto refuse = [](ErrorCode code, const std::string& message) {
    throw Error(code, "lab", message);
  };
  if (experiment.measured.empty()) {
    refuse(ErrorCode::kUsage, cat(experiment.id,
                                  " has nothing to sweep; `saddle lab list --json` names under "
                                  "\"measured\" what each experiment can draw"));
  }
  if (!experiment.measure) {
    refuse(ErrorCode::kUnsupported,
           cat(experiment.id, " trains networks, which this program cannot"));
  }
  const Parameter& parameter = settings.parameter(options.parameter);
  if (!parameter.words.empty()) {
    refuse(ErrorCode::kUsage,
           cat(experiment.id, ": ", parameter.name, " is ", range_text(parameter),
               ", expected a number to sweep; choose one by --set ", parameter.name, "=",
               parameter.words.back()));
  }
  if (options.steps < 2) {
    refuse(ErrorCode::kUsage, cat("--steps: got ", options.steps, ", expected 2 or more"));
  }
  if (options.from == options.to) {
    refuse(ErrorCode::kUsage, cat("--from and --to are both ", options.from, ": expected a range"));
  }
  if (options.logarithmic && (options.from <= 0 || options.to <= 0)) {
    refuse(ErrorCode::kUsage,
           cat("--log: got ", options.from, " to ", options.to, ", expected ends above 0"));
  }
}

double place(const SweepOptions& options, const Parameter& parameter, std::int64_t i) {
  // The ends exactly: rounding must not push them out of the parameter's range.
  if (i == 0) return options.from;
  if (i == options.steps - 1) return options.to;
  const double t = static_cast<double>(i) / static_cast<double>(options.steps - 1);
  const double value = options.logarithmic ? options.from * std::pow(options.to / options.from, t)
                                           : options.from + t * (options.to - options.from);
  return parameter.whole ? std::round(value) : value;
}

Json nulls_for_nan(const std::vector<double>& values) {
  Json out = Json::array();
  for (const double value : values) out.push_back(std::isfinite(value) ? Json(value) : Json());
  return out;
}

}  // namespace

Sweep run_sweep(const Experiment& experiment, Settings settings, const SweepOptions& options) {
  require_sweepable(experiment, settings, options);
  Sweep sweep{.experiment = &experiment,
              .parameter = settings.parameter(options.parameter),
              .names = experiment.measured,
              .curves = std::vector<std::vector<double>>(experiment.measured.size())};
  // Both ends are looked at first, so that a wrong one is said before the work.
  settings.set(options.parameter, options.to);
  for (std::int64_t i = 0; i < options.steps; ++i) {
    const double value = place(options, sweep.parameter, i);
    if (!sweep.at.empty() && sweep.at.back() == value) continue;  // whole parameters repeat
    settings.set(options.parameter, value);
    const std::vector<double> measured = experiment.measure(settings);
    if (measured.size() != sweep.names.size()) {
      throw Error(ErrorCode::kInternal, "lab",
                  cat(experiment.id, " measured ", measured.size(), " values, expected ",
                      sweep.names.size()));
    }
    sweep.at.push_back(value);
    for (std::size_t k = 0; k < measured.size(); ++k) sweep.curves[k].push_back(measured[k]);
  }
  return sweep;
}

Json sweep_json(const Sweep& sweep) {
  Json curves = Json::array();
  for (std::size_t k = 0; k < sweep.names.size(); ++k) {
    curves.push_back({{"name", sweep.names[k]}, {"values", nulls_for_nan(sweep.curves[k])}});
  }
  return {{"id", sweep.experiment->id},
          {"title", sweep.experiment->title},
          {"parameter", sweep.parameter.name},
          {"at", sweep.at},
          {"curves", curves}};
}

std::string sweep_text(const Sweep& sweep) {
  const auto cell = [](const std::string& text, std::size_t width) {
    return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
  };
  std::vector<std::size_t> widths;
  std::string out = cat(sweep.experiment->id, "  ", sweep.experiment->title, "\n",
                        cell(sweep.parameter.name, 12));
  for (const std::string& name : sweep.names) {
    widths.push_back(std::max<std::size_t>(12, name.size()));
    out += "  " + cell(name, widths.back());
  }
  out += '\n';
  for (std::size_t i = 0; i < sweep.at.size(); ++i) {
    out += cell(short_number(sweep.at[i]), 12);
    for (std::size_t k = 0; k < widths.size(); ++k) {
      out += "  " + cell(short_number(sweep.curves[k][i]), widths[k]);
    }
    out += '\n';
  }
  return out;
}

std::string sweep_svg(const Sweep& sweep, bool logarithmic) {
  std::vector<codec::SvgSeries> series;
  for (std::size_t k = 0; k < sweep.names.size(); ++k) {
    series.push_back({.name = sweep.names[k], .x = sweep.at, .y = sweep.curves[k]});
  }
  return codec::line_svg(series, {.title = cat(sweep.experiment->id, "  ", sweep.experiment->title),
                                  .x_label = sweep.parameter.name,
                                  .legend_above = true,
                                  .log_x = logarithmic});
}

}  // namespace saddle::lab
