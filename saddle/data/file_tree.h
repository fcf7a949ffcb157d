#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace saddle::data {

/// One file of a folder or of a ZIP archive.
struct TreeFile {
  std::string name;        ///< from the root, parts divided by '/'; bytes, not always UTF-8
  std::uint64_t size = 0;  ///< bytes, unpacked
};

/// The files below a folder or in a ZIP archive, sorted by name. Hidden files and folders (".x",
/// "__MACOSX") are left out, and so are folders that are runs of Saddle, whose samples are no data;
/// links are followed. Any number of threads may read.
class FileTree {
 public:
  virtual ~FileTree() = default;
  virtual std::span<const TreeFile> files() const = 0;
  /// How many runs of Saddle were left out.
  virtual int runs_left_out() const = 0;
  /// The whole file. Throws Error(kInput) when it is gone, damaged or has more than `max_bytes`.
  virtual std::string read(std::size_t index, std::size_t max_bytes) const = 0;
  /// At most its first `count` bytes. Throws Error(kInput).
  virtual std::string read_prefix(std::size_t index, std::size_t count) const = 0;
  /// "folder 'x/y'" or "archive 'x.zip'", for messages.
  virtual std::string text() const = 0;
  /// "x/y/a.png" or "x.zip/a.png": a file for messages, without quotes.
  virtual std::string file_text(std::size_t index) const = 0;
  /// A hash over names and contents of these files: of an archive its checksums, of a folder the
  /// bytes of its files, or beyond 256 MiB in all their sizes alone. Throws Error(kInput).
  virtual std::string fingerprint(std::span<const std::size_t> files) const = 0;
};

/// Opens a folder or a ZIP archive. Throws Error(kInput) when the path is neither, cannot be read,
/// holds a link that leads back up, or is nested more than 64 folders deep.
std::unique_ptr<FileTree> open_file_tree(const std::string& path);

/// A file's name for people and JSON: bytes that are not UTF-8 and control characters as \xNN.
std::string printable(std::string_view name);

}  // namespace saddle::data
