#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "saddle/data/file_tree.h"

namespace saddle::data {

/// What a file is, judged by its first bytes.
struct FileContent {
  std::string one;     ///< "WAV recording"
  std::string many;    ///< "WAV recordings"
  std::string advice;  ///< what to do with it; "" where nobody knows
};

/// Judges a file by its first bytes (some KiB of them) and, for kinds without a mark, its name.
FileContent file_content(std::string_view first_bytes, std::string_view name, std::uint64_t size);

/// What lies at a path that is no data set.
struct PathContent {
  std::string title;   ///< "a folder with 3,000 WAV recordings ..."
  std::string advice;  ///< what to do with most of it
};

/// Looks at the file, or at the files of the folder. Throws Error(kInput) when it cannot be read.
PathContent path_content(const std::string& path);

/// "Training reads ...": the sources in one sentence.
std::string what_is_read();

}  // namespace saddle::data
