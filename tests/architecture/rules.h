#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace saddle::architecture {

/// One file of the repository.
struct SourceFile {
  std::string path;  ///< from the repository's root, with '/': "saddle/base/text.h"
  std::string text;
};

/// The folders of saddle/ in dependency order, and those that must not see LibTorch.
struct Order {
  std::vector<std::string> folders;
  std::vector<std::string> torch_free;
};

/// Each rule returns one line for every breach: "saddle/nn/mlp.h:7: ...". Empty: the rule holds.
using Breaches = std::vector<std::string>;

/// A file of saddle/<folder> includes only its own folder and folders before it, all as
/// "saddle/<folder>/<file>"; a file of cli/ includes saddle/ and cli/. Quoted includes only.
Breaches include_order(const SourceFile& file, const Order& order);

/// No header includes torch/torch.h, and no file of a torch-free folder or of the launcher anything
/// of torch, ATen or c10.
Breaches torch_includes(const SourceFile& file, const Order& order);

/// Files that see LibTorch do not include fmt: the wheel ships headers of another version.
Breaches fmt_includes(const SourceFile& file, const Order& order);

/// The library does not print, exit or abort (comments and strings do not count).
Breaches library_output(const SourceFile& file);

/// A header that is installed, every one of saddle/ but those `internal`, includes only such
/// headers, the standard library, LibTorch's ATen/ and c10/, and nlohmann/json_fwd.hpp; an example
/// includes no internal header.
Breaches public_includes(const SourceFile& file, const std::vector<std::string>& internal);

/// An installed header has a use: an installed header, another folder, a program, a test or an
/// example includes it. What only its own folder's sources include is a detail and is `internal`.
Breaches details(const std::vector<SourceFile>& files, const std::vector<std::string>& internal);

/// At most `limit` lines.
Breaches length(const SourceFile& file, int limit);

/// No path of one machine, and no word that says the work is unfinished.
Breaches foreign_text(const SourceFile& file);

/// ARCHITECTURE.md lists each of `folders` once as "`saddle/<folder>/`", in this order, and none
/// beside them.
Breaches folder_list(std::string_view architecture, const std::vector<std::string>& folders);

/// Source and build files, scripts, recipes and pages below `root`, sorted by path.
std::vector<SourceFile> repository_files(const std::filesystem::path& root);

/// "a,b" as {"a", "b"}.
std::vector<std::string> split(std::string_view text, char separator);

}  // namespace saddle::architecture
