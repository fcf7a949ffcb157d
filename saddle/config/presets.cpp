#include "saddle/config/presets.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <system_error>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/text.h"

namespace saddle::config {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> preset_files(const fs::path& directory) {
  std::error_code failure;
  std::vector<fs::path> files;
  for (fs::directory_iterator it(directory, failure), end; !failure && it != end;
       it.increment(failure)) {
    std::error_code ignored;
    if (it->path().extension() == ".toml" && it->is_regular_file(ignored)) {
      files.push_back(it->path());
    }
  }
  if (failure) {
    throw Error(ErrorCode::kInput, "config",
                fmt::format("cannot read the folder of presets {}: {}; try SADDLE_PRESETS=DIR",
                            directory.string(), failure.message()));
  }
  // By name without .toml, so that `mnist` stands before `mnist-wide`.
  std::sort(files.begin(), files.end(),
            [](const fs::path& a, const fs::path& b) { return a.stem() < b.stem(); });
  return files;
}

void append_words(std::string& text, std::string_view more) {
  if (!text.empty() && !more.empty()) text += ' ';
  text += more;
}

}  // namespace

Preset parse_preset_head(std::string_view name, std::string_view text) {
  Preset preset;
  preset.name = name;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::string* part = &preset.description;
  while (text.starts_with('#')) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(1, end == std::string_view::npos ? end : end - 1);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    constexpr std::string_view kBlank = "# \t\r";
    const auto trim = [&] {
      const std::size_t first = line.find_first_not_of(kBlank);
      line = first == std::string_view::npos ? std::string_view() : line.substr(first);
      line = line.substr(0, line.find_last_not_of(" \t\r") + 1);
    };
    trim();
    if (line.starts_with("paper:")) {
      part = &preset.paper;
      line.remove_prefix(6);
    } else if (line.starts_with("expect:")) {
      part = &preset.expect;
      line.remove_prefix(7);
    }
    trim();
    append_words(*part, line);
  }
  return preset;
}

std::vector<Preset> list_presets(const fs::path& directory) {
  std::vector<Preset> presets;
  for (const fs::path& file : preset_files(directory)) {
    presets.push_back(parse_preset_head(file.stem().string(), read_file(file)));
    presets.back().path = file;
  }
  return presets;
}

Source preset_source(const fs::path& directory, std::string_view name) {
  std::vector<std::string> names;
  for (const fs::path& file : preset_files(directory)) {
    names.push_back(file.stem().string());
    if (names.back() == name) {
      return {.text = read_file(file),
              .name = fmt::format("preset {}", name),
              .rank = kPresetRank,
              .kind = Source::Kind::kPreset};
    }
  }
  throw Error(ErrorCode::kUsage, "config",
              fmt::format("unknown preset '{}'{}", name,
                          names.empty() ? fmt::format("; {} has none", directory.string())
                                        : suggestion(name, names)));
}

fs::path preset_directory(const fs::path& executable_directory) {
  std::error_code ignored;
  if (const char* chosen = std::getenv("SADDLE_PRESETS"); chosen != nullptr && *chosen != '\0') {
    if (fs::is_directory(chosen, ignored)) return chosen;
    throw Error(ErrorCode::kInput, "config",
                fmt::format("SADDLE_PRESETS: got {}, expected a folder; try to unset it", chosen));
  }
  const fs::path installed =
      (executable_directory / ".." / "share" / "saddle" / "presets").lexically_normal();
  const fs::path source_tree = SADDLE_PRESET_DIR;
  for (const fs::path& candidate : {installed, source_tree}) {
    if (fs::is_directory(candidate, ignored)) return candidate;
  }
  throw Error(ErrorCode::kInput, "config",
              fmt::format("no folder of presets: looked at {} and {}; try SADDLE_PRESETS=DIR",
                          installed.string(), source_tree.string()));
}

}  // namespace saddle::config
