#pragma once

#include <optional>
#include <string>

#include "saddle/data/sources.h"

namespace saddle::data {

/// The row of the table that reads what lies at `path`, judged by names and first bytes: a packed
/// set, a .npy or .npz file, a ZIP archive or folder of pictures, IDX or CIFAR files; nothing where
/// none fits. Throws Error(kInput) when the path is not there or cannot be read.
std::optional<SourceConfig> detect_source(const std::string& path);

/// Whether `path` is a packed set, which every source that reads files accepts in place of its own
/// files.
bool is_packed_set(const std::string& path);

}  // namespace saddle::data
