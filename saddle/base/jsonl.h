#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "saddle/base/descriptor.h"
#include "saddle/base/json.h"

namespace saddle {

/// Appends one JSON object a line to a file; each line is one write, so a reader sees whole lines.
/// JSON has no NaN and no infinity: such numbers are written as null.
class JsonlWriter {
 public:
  /// Opens or makes the file. A last line without its end, left by a crash, is cut off.
  /// Throws Error(kIo).
  explicit JsonlWriter(const std::filesystem::path& path);
  /// Throws Error(kIo) when the disk is full.
  void append(const Json& object);
  /// Forces the lines to disk. Throws Error(kIo).
  void sync();

 private:
  std::filesystem::path path_;
  Descriptor file_;
};

/// All lines of a file, in order. A broken last line, left by a crash, is skipped; a line elsewhere
/// that is not a JSON object throws Error(kInput) with its number.
std::vector<Json> read_jsonl(const std::filesystem::path& path);

/// Keeps, atomically, only the lines for which `keep` is true, byte for byte; a broken last line
/// goes too. Returns how many lines went. A missing file has none.
std::int64_t truncate_jsonl(const std::filesystem::path& path,
                            const std::function<bool(const Json&)>& keep);

}  // namespace saddle
