#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "saddle/config/visitor.h"

namespace saddle::config {

/// Visits the root of a config: `[&](Visitor& v) { root.fields(v); }`.
using Fields = std::function<void(Visitor&)>;

/// Ranks of sources in rising precedence. Several files take kFileRank, kFileRank + 1, ...
inline constexpr int kPresetRank = 1;
inline constexpr int kFileRank = 2;
inline constexpr int kSetRank = 1'000'000;

/// One text with settings in TOML. A source of higher rank wins over one of lower rank; sources
/// of the same rank act as one, in which the later key wins.
struct Source {
  enum class Kind {
    kFile,
    kPreset,
    kSet,  ///< one assignment a line, not TOML as a whole
  };
  std::string text;
  std::string name;  ///< a file's name, "preset mnist" or "--set", for messages
  int rank = kFileRank;
  Kind kind = Kind::kFile;
};

/// A setting of a lower source that a higher source made void by choosing another row of a table
/// or by switching its component off.
struct Dropped {
  std::string key;
  std::string value;   ///< as TOML
  std::string origin;  ///< where it came from
  std::string cause;   ///< `my.toml:3 chose generator.name = "mlp"`

  /// `generator.channels = 64 (preset mnist) does not apply: my.toml:3 chose ...`.
  std::string text() const;
};

/// What a load leaves beside the values.
struct Loaded {
  /// Where each key that some source gave came from: "preset mnist", "my.toml:3" or "--set".
  /// A component that was switched on or off by itself is there under its own key.
  std::map<std::string, std::string> origins;
  std::vector<Dropped> dropped;

  /// The origin of a dotted key; "default" when no source gave it.
  std::string origin(const std::string& key) const;
};

/// Reads `path` as a source. Throws Error(kInput) when it cannot be read.
Source file_source(const std::filesystem::path& path, int rank = kFileRank);

/// The source of `--set` arguments, each `a.b=v` with v in TOML; a bare word is a string, also in
/// a list, and `off` removes a component. Throws Error(kUsage) for an argument that is no
/// assignment.
Source set_source(std::span<const std::string> assignments);

/// Loads through type-erased fields; `reference` visits a scratch copy that may be overwritten.
/// On an error what `fields` visits is left half-read. Use `load`.
Loaded load_fields(const Fields& fields, const Fields& reference, std::span<const Source> sources);

/// Sets the fields of `root` from the sources in order of rank. What no source names keeps its
/// value. Throws one Error(kUsage) that lists every unknown key, wrong type, number out of range
/// and unknown word with file, line and column; `root` is then unchanged.
template <class Struct>
Loaded load(Struct& root, std::span<const Source> sources) {
  Struct result = root;
  Struct reference = root;
  Loaded loaded = load_fields([&](Visitor& v) { result.fields(v); },
                              [&](Visitor& v) { reference.fields(v); }, sources);
  root = std::move(result);
  return loaded;
}

}  // namespace saddle::config
