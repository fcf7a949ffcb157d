#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace saddle::cli {

struct TrainOptions {
  std::string preset;
  std::string data;
  std::vector<std::string> config_files;
  std::vector<std::string> assignments;  ///< of --set
  std::string out;
  std::string device = "auto";
  std::string resume;
  std::string init;
  bool deterministic = false;
  bool dry_run = false;
  bool json = false;
};

struct SampleOptions {
  std::string run;
  std::string data;
  std::int64_t checkpoint = -1;  ///< samples of the checkpoint; -1: the newest
  std::int64_t count = 100;
  std::uint64_t seed = 0;
  std::optional<std::int64_t> label;
  std::string format;  ///< sheet, png, npy, csv, svg; empty: by the ending of `out`
  std::int64_t columns = 0;
  bool interpolate = false;
  std::string out;
  std::string device = "auto";
  bool json = false;
};

struct EvalOptions {
  std::string run;
  std::string data;
  std::int64_t checkpoint = -1;
  std::int64_t count = 0;  ///< 0: what the task's protocol says
  std::uint64_t seed = 0;
  std::string device = "auto";
  bool json = false;
};

struct PresetsOptions {
  std::string show;  ///< empty: list all
  bool json = false;
};

struct VersionOptions {
  bool json = false;
};

/// Text to print and leave with exit code 0.
struct HelpText {
  std::string text;
};

using Command = std::variant<HelpText, TrainOptions, SampleOptions, EvalOptions, PresetsOptions,
                             VersionOptions>;

/// Reads the command line. Throws Error(kUsage) with the nearest known flag or verb.
Command parse_command_line(int argc, const char* const* argv);

}  // namespace saddle::cli
