#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cli/command_tree.h"
#include "saddle/train/run_directory.h"

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
  std::int64_t checkpoint = kNewestCheckpoint;  ///< samples, or kBestCheckpoint
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
  std::string real, fake, train;                       ///< sets of samples; "": of the run
  std::string real_labels, fake_labels, train_labels;  ///< arrays of whole numbers
  std::string metrics;                                 ///< separated by commas
  std::string extractor;
  std::vector<std::string> assignments;
  std::string nearest;  ///< a PNG of fakes beside their nearest training images
  std::string data;
  std::int64_t checkpoint = kNewestCheckpoint;
  std::int64_t count = 0;  ///< 0: what the task's protocol says
  std::uint64_t seed = 0;
  std::string device = "auto";
  bool json = false;
};

struct ReportOptions {
  std::string run;
  std::string out;  ///< an HTML file; "": report.html in the run
  bool json = false;
};

struct CompareOptions {
  std::vector<std::string> runs;
  std::string out;     ///< an HTML file; "": write none
  bool force = false;  ///< numbers that are not comparable too, with the warning kept
  bool json = false;
};

/// `saddle data inspect`.
struct DataInspectOptions {
  std::string path;
  std::string other;  ///< a second set to compare with; "" for none
  std::string preset;
  std::vector<std::string> assignments;
  std::string sheet;  ///< the contact sheet; "": beside the data's name in the working directory
  bool no_sheet = false;
  bool verify = false;
  bool json = false;
};

/// `saddle data pack`.
struct DataPackOptions {
  std::string path;
  std::string preset;
  std::vector<std::string> assignments;
  std::string out;
  bool json = false;
};

/// `saddle data make`.
struct DataMakeOptions {
  std::string world;
  std::vector<std::string> assignments;
  std::int64_t train = 10000;
  std::int64_t test = 0;
  std::string out;
  bool json = false;
};

/// `saddle lab verify`.
struct LabVerifyOptions {
  std::string directory;
  bool json = false;
};

struct PresetsOptions {
  std::string show;  ///< empty: list all
  bool json = false;
};

/// `saddle lab list`.
struct LabListOptions {
  bool json = false;
};

/// `saddle lab run`.
struct LabRunOptions {
  std::vector<std::string> ids;
  std::vector<std::string> assignments;
  std::string plots;  ///< a folder; "": write none
  bool json = false;
};

/// `saddle lab all`.
struct LabAllOptions {
  std::string report;  ///< an HTML file; "": write none
  std::string plots;
  bool also_long = false;
  bool json = false;
};

/// `saddle lab sweep`.
struct LabSweepOptions {
  std::string id;
  std::string parameter;
  double from = 0;
  double to = 1;
  std::int64_t steps = 41;
  bool logarithmic = false;
  std::vector<std::string> assignments;
  std::string out;  ///< an SVG; "": named after experiment and parameter
  bool json = false;
};

/// `saddle lab play`.
struct LabPlayOptions {
  std::string game;  ///< a row of the toy games; "": the first, or what an assignment chooses
  std::vector<std::string> assignments;
  std::string plot;  ///< an SVG; "": none
  bool json = false;
};

/// `saddle docs config|metrics|man`.
struct DocsOptions {
  std::string page;  ///< "config", "metrics" or "man"
  bool json = false;
  Verb program;  ///< the command line that the manual is about
};

/// `saddle completion SHELL` prints a script; `saddle completion -- WORD...` is what the script
/// asks: how the last of these words may go on.
struct CompletionOptions {
  std::string shell;               ///< "" when there are words
  std::vector<std::string> words;  ///< the command line after the program's name
  Verb program;
};

struct VersionOptions {
  bool json = false;
};

/// Text to print and leave with exit code 0.
struct HelpText {
  std::string text;
};

using Command =
    std::variant<HelpText, TrainOptions, SampleOptions, EvalOptions, ReportOptions, CompareOptions,
                 DataInspectOptions, DataPackOptions, DataMakeOptions, LabListOptions,
                 LabRunOptions, LabAllOptions, LabSweepOptions, LabPlayOptions, LabVerifyOptions,
                 PresetsOptions, DocsOptions, CompletionOptions, VersionOptions>;

/// Reads the command line. Throws Error(kUsage) with the nearest known flag or verb.
Command parse_command_line(int argc, const char* const* argv);

}  // namespace saddle::cli
