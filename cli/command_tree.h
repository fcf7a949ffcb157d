#pragma once

#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
class FormatterBase;
}  // namespace CLI

namespace saddle::cli {

// What a value is: CLI11's name for the type of an option, shown in help and manual, and how
// completion finds values.
inline constexpr const char* kPathValue = "PATH";  ///< a file or a directory
inline constexpr const char* kFileValue = "FILE";
inline constexpr const char* kDirectoryValue = "DIR";
inline constexpr const char* kRunValue = "RUN";  ///< a run's directory
inline constexpr const char* kPresetValue = "PRESET";
inline constexpr const char* kAssignmentValue = "KEY=VALUE";
inline constexpr const char* kExperimentValue = "ID";             ///< of the lab
inline constexpr const char* kParameterValue = "NAME=VALUE";      ///< of an experiment
inline constexpr const char* kParameterNameValue = "NAME";        ///< of one that is a number
inline constexpr const char* kGameValue = "GAME";                 ///< a toy game
inline constexpr const char* kSettingValue = "SETTING=VALUE";     ///< of a toy game
inline constexpr const char* kMeasureValue = "METRIC.KEY=VALUE";  ///< of `saddle eval`
inline constexpr const char* kMetricsValue = "A,B,C";             ///< names of metrics
inline constexpr const char* kNumberValue = "N";

/// A flag or a positional word of a verb.
struct Argument {
  std::string name;        ///< "--seed", or the name of a positional
  std::string short_name;  ///< "-n", or ""
  std::string value;       ///< what the value is, one of the above; "" for a flag without one
  std::vector<std::string> words;  ///< the values there are, where they are listed
  std::string doc;
  bool required = false;
  bool repeats = false;
};

/// A verb of the program, or the program itself, as data: help, manual and completion come from it.
struct Verb {
  std::string name;
  std::string doc;
  std::string footer;  ///< notes, then "Examples:" and a line for each
  std::vector<Argument> positionals;
  std::vector<Argument> flags;
  std::vector<Verb> verbs;
  bool needs_verb = false;  ///< means nothing without one of `verbs`
};

/// The verbs, flags and positionals that `app` accepts, all the way down; without what is hidden.
Verb command_tree(const CLI::App& app);

/// Writes help with the same words for values as the manual: `--device {auto,cpu,cuda}`.
std::shared_ptr<CLI::FormatterBase> help_formatter();

/// What stands after the name of an argument in help and manual: "FILE", "{auto,cpu,cuda}" or "".
std::string value_text(const Argument& argument);

}  // namespace saddle::cli
