#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "saddle/lab/check.h"
#include "saddle/lab/settings.h"

namespace saddle::lab {

/// A picture that an experiment draws.
struct Plot {
  std::string name{};     ///< part of the file's name: "spectrum"
  std::string caption{};  ///< what to see in it
  std::string svg{};      ///< self-contained, readable in light and dark
};

/// What a run of an experiment found.
struct Outcome {
  std::vector<Check> checks{};
  std::vector<Plot> plots{};
};

/// A command worth trying after the experiment, without the leading "saddle lab".
struct Try {
  std::string command{};
  std::string what{};  ///< what one sees then
};

enum class Kind {
  kClosedForm,  ///< seconds, no LibTorch
  kTrained,     ///< trains small networks: minutes
  kLong,        ///< hours; only asked for
};

using Run = std::function<Outcome(const Settings&)>;
/// The numbers named in `Experiment::measured`, in that order.
using Measure = std::function<std::vector<double>(const Settings&)>;

/// One experiment of the lab: a fact of the theory, told and checked. Runs are deterministic.
struct Experiment {
  std::string id{};  ///< "E05"
  std::string title{};
  int chapter = 1;  ///< 1 to 8, of the report
  Kind kind = Kind::kClosedForm;
  std::string teaches{};                ///< for a student; paragraphs apart by an empty line
  std::vector<std::string> formulas{};  ///< Unicode text, one line each
  std::vector<Try> next{};
  std::vector<Parameter> parameters{};
  /// Empty where the program that trains supplies it. Checks with numbers that hold only at the
  /// initial settings are left out at others.
  Run run{};
  std::vector<std::string> measured{};  ///< what a sweep over a parameter can draw
  Measure measure{};
};

/// What another program supplies for a row that has no runner here.
struct Runner {
  std::string id{};
  Run run{};
  Measure measure{};  ///< empty: the row's own, if it has one
};

/// "closed form", "trained", "long".
std::string kind_name(Kind kind);

}  // namespace saddle::lab
