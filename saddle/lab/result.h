#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "saddle/base/json.h"
#include "saddle/lab/experiment.h"

namespace saddle::lab {

/// An experiment that was run.
struct Result {
  const Experiment* experiment = nullptr;
  Settings settings;
  Outcome outcome{};
  double seconds = 0;

  /// Whether there are checks and all of them pass.
  bool pass() const;
};

/// Runs an experiment. Throws Error(kUnsupported) for one that this program has no runner for,
/// Error(kInternal) when it returns no check.
Result run_experiment(const Experiment& experiment, Settings settings);

/// {"id","title","pass","checks":[{"name","value","expected","tolerance","pass"}]}. JSON has no NaN
/// and no infinity: they become null.
Json result_json(const Result& result);

/// What an experiment is: id, title, chapter, kind, parameters, what can be swept.
Json experiment_json(const Experiment& experiment);

/// A compact table for a terminal, a line a check, marked ok or FAIL.
std::string result_text(const Result& result);

/// "-0.0250630", "inf", "1.860e-09": as checks are shown to people, with seven significant digits
/// or, very large or small, with four.
std::string short_number(double value);

/// Named values over a range of one parameter.
struct Sweep {
  const Experiment* experiment = nullptr;
  Parameter parameter{};
  std::vector<double> at{};                   ///< values of the parameter
  std::vector<std::string> names{};           ///< of the curves
  std::vector<std::vector<double>> curves{};  ///< one a name, one value a point; NaN for none
};

struct SweepOptions {
  std::string parameter{};
  double from = 0;
  double to = 1;
  std::int64_t steps = 41;  ///< points, both ends counted; at least 2
  bool logarithmic = false;
};

/// Measures an experiment over a range of one parameter, the others as in `settings`. Throws
/// Error(kUsage) for an experiment with nothing to sweep, an unknown parameter or one that is a
/// word, ends that are equal or out of the parameter's range, and logarithmic steps from or to 0 or
/// less; kUnsupported as run_experiment does.
Sweep run_sweep(const Experiment& experiment, Settings settings, const SweepOptions& options);

/// {"id","title","parameter","at":[...],"curves":[{"name","values":[...]}]}; null for NaN.
Json sweep_json(const Sweep& sweep);
/// A table for a terminal, a line a point.
std::string sweep_text(const Sweep& sweep);
std::string sweep_svg(const Sweep& sweep, bool logarithmic);

}  // namespace saddle::lab
