#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/progress.h"
#include "cli/verb_data.h"
#include "saddle/base/json.h"
#include "saddle/base/text.h"
#include "saddle/codec/png.h"
#include "saddle/data/file_tree.h"
#include "saddle/data/inspect.h"

namespace saddle::cli {
namespace {

namespace fs = std::filesystem;

// Where the contact sheet goes: NAME-sheet.png in the working directory unless the user says. Where
// that lies in the data, it goes beside the data: it would be one of its pictures.
fs::path sheet_path(const DataInspectOptions& options) {
  if (!options.sheet.empty()) return options.sheet;
  fs::path name = fs::absolute(options.path).lexically_normal();
  if (!name.has_filename()) name = name.parent_path();
  const std::string sheet = cat(data::printable(name.stem().string()), "-sheet.png");
  std::error_code error;
  const fs::path data = fs::weakly_canonical(name, error);
  const fs::path from_data =
      fs::weakly_canonical(fs::current_path(), error).lexically_relative(data);
  if (error || from_data.empty() || *from_data.begin() == "..") return sheet;
  return fs::proximate(data.parent_path() / sheet);
}

// Draws the sheet and returns where it lies; "" without one.
std::string write_sheet(const DataInspectOptions& options, const data::Inspection& inspection) {
  if (options.no_sheet) return "";
  const auto sheet = data::contact_sheet(inspection);
  if (!sheet) return "";
  const fs::path path = sheet_path(options);
  codec::write_png(path, *sheet);
  return path.string();
}

}  // namespace

int run_data_inspect(const DataInspectOptions& options) {
  data::InspectOptions how;
  how.verify = options.verify;
  if (!options.preset.empty() || !options.assignments.empty()) {
    how.source = data_source_at(options.path, options.preset, options.assignments);
  }
  data::Inspection inspection;
  try {
    Progress progress("looking", "samples");
    how.progress = [&progress](std::int64_t done, std::int64_t total) { progress(done, total); };
    std::optional<Progress> checking;  // its clock starts with the first block
    how.verify_progress = [&checking](std::int64_t done, std::int64_t total) {
      if (!checking) checking.emplace("checking", "bytes");
      (*checking)(done, total);
    };
    std::optional<std::string> other;
    if (!options.other.empty()) other = options.other;
    inspection = data::inspect(options.path, other, how);
  } catch (const Interrupted& stop) {
    std::fprintf(stderr, "saddle: interrupted\n");
    return 128 + stop.signal;
  }
  const std::string sheet = write_sheet(options, inspection);
  if (options.json) {
    Json json = data::inspection_json(inspection);
    json["sheet"] = sheet.empty() ? Json(nullptr) : Json(data::printable(sheet));
    std::fputs(json_text(json).c_str(), stdout);
  } else {
    std::fputs(data::inspection_text(inspection).c_str(), stdout);
    if (!sheet.empty()) std::printf("\nA sheet of samples: %s\n", sheet.c_str());
  }
  return inspection.usable() ? 0 : 1;
}

}  // namespace saddle::cli
