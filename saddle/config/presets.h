#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/config/reader.h"

namespace saddle::config {

/// A recipe: a TOML file whose first comment lines say what it is. Lines that start with `paper:`
/// and `expect:` name the source and the number to expect, the others describe it.
struct Preset {
  std::string name;  ///< the file's name without .toml
  std::filesystem::path path;
  std::string description;
  std::string paper;
  std::string expect;
};

/// Reads the comment lines at the head of a preset's text.
Preset parse_preset_head(std::string_view name, std::string_view text);

/// The presets of a folder by name. Throws Error(kInput) when the folder cannot be read.
std::vector<Preset> list_presets(const std::filesystem::path& directory);

/// The preset `name` as a source of rank kPresetRank named "preset <name>".
/// Throws Error(kUsage) with the nearest name when there is none.
Source preset_source(const std::filesystem::path& directory, std::string_view name);

/// The folder with the presets: the environment's SADDLE_PRESETS, else
/// `<executable_directory>/../share/saddle/presets`, else the source tree this was built from.
/// Throws Error(kInput) with the places looked at when none is a folder.
std::filesystem::path preset_directory(const std::filesystem::path& executable_directory);

}  // namespace saddle::config
