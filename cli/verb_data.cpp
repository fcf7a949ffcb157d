#include "cli/verb_data.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "cli/progress.h"
#include "cli/text_verbs.h"
#include "saddle/base/error.h"
#include "saddle/base/json.h"
#include "saddle/base/text.h"
#include "saddle/config/writer.h"
#include "saddle/data/detect.h"
#include "saddle/data/file_tree.h"
#include "saddle/data/source.h"
#include "saddle/data/write_set.h"
#include "saddle/task/experiment.h"

namespace saddle::cli {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse_use(const std::string& text) {
  throw Error(ErrorCode::kUsage, "data", text);
}

// The data part of a preset or of what was detected, with assignments on top.
data::SourceConfig configured(Experiment experiment, const std::string& preset,
                              const std::vector<std::string>& assignments) {
  for (const auto& one : assignments) {
    if (!one.starts_with("data.") && !one.starts_with("data=")) {
      refuse_use(cat("--set ", one, ": expected a key of the data, as data.fit=crop"));
    }
  }
  std::vector<config::Source> sources;
  if (!preset.empty()) {
    const auto directory = config::preset_directory(executable_directory());
    sources.push_back(config::preset_source(directory, preset));
  }
  if (!assignments.empty()) sources.push_back(config::set_source(assignments));
  config::load(experiment, sources);
  return experiment.data;
}

// "images resolution=64 fit=crop": what differs from the row's defaults.
std::string config_text(const data::SourceConfig& config) {
  return std::visit(
      [](const auto& row) {
        std::string text(row.kName);
        for (const auto& change : config::diff(std::decay_t<decltype(row)>{}, row)) {
          text += cat(" ", change.key, "=", change.b);
        }
        return text;
      },
      config);
}

// "photos" of "photos/", "photos.zip" of "../photos.zip"; "data" where a path has no name.
std::string base_name(const std::string& path) {
  fs::path name = fs::absolute(path).lexically_normal();
  if (!name.has_filename()) name = name.parent_path();
  return name.has_filename() ? name.filename().string() : "data";
}

// Refuses to put a packed set in the place of anything but a packed set.
void require_replaceable(const std::string& out) {
  std::error_code ignored;
  const fs::file_status status = fs::status(out, ignored);
  if (!fs::exists(status) || data::is_packed_set(out)) return;
  refuse_use(cat("'", data::printable(out),
                 "' is there and is no packed set: expected a new name; try another with --out"));
}

Json written_json(const std::string& path, std::span<const data::SetPart> parts, double seconds) {
  Json splits = Json::object();
  for (const data::SetPart& part : parts) splits[part.split] = part.count;
  std::error_code ignored;
  const auto bytes = fs::is_regular_file(path, ignored) ? fs::file_size(path, ignored) : 0;
  return {
      {"path", data::printable(path)}, {"splits", splits}, {"bytes", bytes}, {"seconds", seconds}};
}

// A folder holds samples and their classes alone.
bool is_left_out(const std::string& path, const data::FieldSpec& field) {
  std::error_code ignored;
  return fs::is_directory(path, ignored) && field.name != "x" && field.name != "label";
}

void print_written(const std::string& path, std::span<const data::SetPart> parts) {
  std::string counts;
  for (const data::SetPart& part : parts) {
    counts += cat(counts.empty() ? "" : " and ", grouped(part.count), " ", part.split);
  }
  std::printf("wrote %s: %s samples", data::printable(path).c_str(), counts.c_str());
  for (const data::FieldSpec& field : parts.front().source->fields()) {
    if (is_left_out(path, field)) continue;
    std::printf(", %s %s %s", field.name.c_str(), std::string(codec::to_text(field.dtype)).c_str(),
                shape_text(field.shape).c_str());
  }
  std::printf("\n");
}

// Writes, or removes what it began when a signal comes. Returns the exit code.
template <class Write>
int write_parts(const std::string& path, std::span<const data::SetPart> parts, const char* what,
                bool json, const Write& write) {
  const auto start = std::chrono::steady_clock::now();
  try {
    Progress progress(what, "samples");
    write([&progress](std::int64_t done, std::int64_t total) { progress(done, total); });
  } catch (const Interrupted& stop) {
    std::fprintf(stderr, "saddle: interrupted; nothing was written\n");
    return 128 + stop.signal;
  }
  for (const data::FieldSpec& field : parts.front().source->fields()) {
    if (!is_left_out(path, field)) continue;
    std::fprintf(stderr, "left out: %s; a packed set (.saddle) or .npy holds it too\n",
                 field.name.c_str());
  }
  if (json) {
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    std::fputs(json_text(written_json(path, parts, seconds.count())).c_str(), stdout);
  } else {
    print_written(path, parts);
  }
  return 0;
}

// The worlds there are.
std::vector<std::string> world_names() {
  std::vector<std::string> names;
  const auto add = [&names]<class Row>(const Row&) {
    // A program's own samples are no world that this one could draw.
    if (std::is_same_v<Row, data::OwnSamples>) return;
    if (!Row::kReadsFiles) names.emplace_back(Row::kName);
  };
  [&]<class... Rows>(const std::variant<Rows...>*) {
    (add(Rows{}), ...);
  }(static_cast<const data::SourceConfig*>(nullptr));
  return names;
}

data::SourceConfig world_of(const DataMakeOptions& options) {
  const auto names = world_names();
  if (std::ranges::find(names, options.world) == names.end()) {
    refuse_use(cat("unknown world '", options.world, "'", suggestion(options.world, names)));
  }
  std::vector<std::string> assignments{cat("data.name=", options.world)};
  assignments.insert(assignments.end(), options.assignments.begin(), options.assignments.end());
  const data::SourceConfig config = configured({}, "", assignments);
  if (data::needs_data_path(config)) refuse_use("--set data.name: name the world first instead");
  return config;
}

}  // namespace

data::SourceConfig data_source_at(const std::string& path, const std::string& preset,
                                  const std::vector<std::string>& assignments) {
  Experiment experiment;
  const auto found = data::detect_source(path);
  if (found) {
    experiment.data = *found;
  } else if (preset.empty() && assignments.empty()) {
    std::error_code ignored;
    const bool empty = fs::is_empty(path, ignored);
    throw Error(
        ErrorCode::kInput, "data",
        cat("'", data::printable(path), empty ? "' is empty" : "' is no data that is read here",
            ": expected pictures in a folder or ZIP archive, "
            "IDX, CIFAR, .npy, .npz or a packed set; `saddle data inspect` says more"));
  }
  data::SourceConfig config = configured(experiment, preset, assignments);
  if (!data::needs_data_path(config)) refuse_use("worlds have no files; see `saddle data make`");
  return config;
}

int run_data_pack(const DataPackOptions& options) {
  const data::SourceConfig config =
      data_source_at(options.path, options.preset, options.assignments);
  const auto train = data::open_source(config, data::Split::kTrain, options.path);
  const auto test = data::open_test_source(config, options.path);
  for (const auto& note : train->notes()) std::fprintf(stderr, "%s\n", note.c_str());
  std::error_code ignored;
  const bool folder = fs::is_directory(options.path, ignored);
  const fs::path name = base_name(options.path);
  const std::string out =
      options.out.empty() ? cat((folder ? name : name.stem()).string(), ".saddle") : options.out;
  if (fs::equivalent(out, options.path, ignored)) {
    refuse_use(
        cat("'", data::printable(out), "' is what is read: expected another name; try --out"));
  }
  require_replaceable(out);
  std::vector<data::SetPart> parts{{train.get(), "train", train->size()}};
  if (test) parts.push_back({test.get(), "test", test->size()});
  const std::string origin =
      cat(data::printable(base_name(options.path)), " as ", config_text(config));
  return write_parts(out, parts, "packing", options.json, [&](const data::WriteProgress& progress) {
    data::write_packed(out, parts, origin, progress);
  });
}

int run_data_make(const DataMakeOptions& options) {
  const data::SourceConfig config = world_of(options);
  const auto train = data::open_source(config, data::Split::kTrain, "");
  const auto test = data::open_source(config, data::Split::kTest, "");
  std::vector<data::SetPart> parts{{train.get(), "train", options.train}};
  if (options.test > 0) parts.push_back({test.get(), "test", options.test});
  const fs::path out = options.out;
  const std::string ending = out.extension().string();
  if (ending == ".npy" && parts.size() > 1) {
    refuse_use("a .npy file holds one split: leave --test out, or write a folder or .saddle");
  }
  if (ending != ".npy" && ending != ".saddle" && !ending.empty() && ending.size() <= 5) {
    refuse_use(cat("--out '", options.out, "': got the ending ", ending,
                   ", expected .saddle, .npy, or none for a folder"));
  }
  return write_parts(
      options.out, parts, "making", options.json, [&](const data::WriteProgress& progress) {
        if (ending == ".saddle") {
          require_replaceable(options.out);
          data::write_packed(out, parts, cat("world ", config_text(config)), progress);
        } else if (ending == ".npy") {
          data::write_npy_set(out, parts.front(), progress);
        } else {
          data::write_folder_set(out, parts, progress);
        }
      });
}

}  // namespace saddle::cli
