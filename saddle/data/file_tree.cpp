#include "saddle/data/file_tree.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <system_error>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/hash.h"
#include "saddle/base/text.h"
#include "saddle/codec/zip.h"

namespace saddle::data {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxDepth = 64;
/// Folders with more than this are told apart by names and sizes: reading them all would delay the
/// start by minutes.
constexpr std::uint64_t kMaxHashedFolder = std::uint64_t{256} << 20;

bool is_hidden(std::string_view part) {
  return part.starts_with('.') || part == "__MACOSX";
}

bool is_run_of_saddle(const fs::path& folder) {
  std::error_code error;
  return fs::exists(folder / "manifest.json", error) && fs::exists(folder / "config.toml", error);
}

[[noreturn]] void refuse_tree(const std::string& text) {
  throw Error(ErrorCode::kInput, "data", text);
}

class FolderTree final : public FileTree {
 public:
  explicit FolderTree(const fs::path& root) : root_(root) {
    walk(root, "");
    std::ranges::sort(files_, {}, &TreeFile::name);
  }

  std::span<const TreeFile> files() const override { return files_; }
  int runs_left_out() const override { return runs_left_out_; }

  std::string read(std::size_t index, std::size_t max_bytes) const override {
    const TreeFile& file = files_.at(index);
    if (file.size > max_bytes) {
      refuse_tree(
          cat("'", file_text(index), "': got ", file.size, " bytes, expected at most ", max_bytes));
    }
    return read_prefix(index, file.size);
  }

  std::string read_prefix(std::size_t index, std::size_t count) const override {
    const TreeFile& file = files_.at(index);
    std::ifstream in(root_ / file.name, std::ios::binary);
    std::string bytes(std::min<std::uint64_t>(count, file.size), '\0');
    if (!in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) {
      refuse_tree(cat("cannot read '", file_text(index),
                      "': it is gone, was cut or may not be read; expected it as it was listed"));
    }
    return bytes;
  }

  std::string text() const override { return cat("folder '", printable(root_.string()), "'"); }
  std::string file_text(std::size_t index) const override {
    return printable((root_ / files_.at(index).name).string());
  }

  std::string fingerprint(std::span<const std::size_t> chosen) const override {
    std::uint64_t bytes = 0;
    for (const std::size_t i : chosen) bytes += files_.at(i).size;
    Sha256 sha;
    for (const std::size_t i : chosen) {
      sha.update(cat(files_[i].name, '\0', files_[i].size, '\n'));
      if (bytes <= kMaxHashedFolder) sha.update(read(i, SIZE_MAX));
    }
    return cat(bytes <= kMaxHashedFolder ? "sha256:" : "names-and-sizes-sha256:", sha.hex());
  }

 private:
  /// A folder whatever path leads to it, to tell where links lead in a circle.
  struct Place {
    dev_t device = 0;
    ino_t file = 0;
    fs::path path;
  };

  Place place_of(const fs::path& folder) const {
    struct ::stat status = {};
    if (::stat(folder.c_str(), &status) != 0) {
      refuse_tree(cat("cannot read '", printable(folder.string()),
                      "': ", std::generic_category().message(errno)));
    }
    return {status.st_dev, status.st_ino, folder};
  }

  void enter(const fs::path& folder) {
    Place place = place_of(folder);
    for (const Place& above : above_) {
      if (above.device != place.device || above.file != place.file) continue;
      refuse_tree(cat("'", printable(folder.string()), "' is a link back up to '",
                      printable(above.path.string()),
                      "': expected folders that do not hold themselves; remove the link"));
    }
    if (above_.size() > kMaxDepth) {
      refuse_tree(cat("'", printable(folder.string()), "' lies more than ", kMaxDepth,
                      " folders deep: expected a folder of images and class folders"));
    }
    above_.push_back(std::move(place));
  }

  void walk(const fs::path& folder, const std::string& prefix) {
    enter(folder);
    std::error_code error;
    for (fs::directory_iterator i(folder, error), end; !error && i != end; i.increment(error)) {
      const std::string name = i->path().filename().string();
      if (is_hidden(name)) continue;
      std::error_code ignored;
      const fs::file_status status = i->status(ignored);
      if (fs::is_directory(status)) {
        if (is_run_of_saddle(i->path())) {
          ++runs_left_out_;
          continue;
        }
        walk(i->path(), cat(prefix, name, "/"));
      } else if (fs::is_regular_file(status) || !fs::exists(status)) {
        // A link to nothing is a file that cannot be read: to leave it out would be silent.
        const auto size = i->file_size(ignored);
        files_.push_back({cat(prefix, name), ignored ? 0 : size});
      }
    }
    if (error) {
      refuse_tree(cat("cannot read '", printable(folder.string()), "': ", error.message()));
    }
    above_.pop_back();
  }

  fs::path root_;
  std::vector<Place> above_;  // the folders that are being listed, the root first
  std::vector<TreeFile> files_;
  int runs_left_out_ = 0;
};

class ZipTree final : public FileTree {
 public:
  explicit ZipTree(const fs::path& path) : path_(path), zip_(path) {
    const auto entries = zip_.entries();
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (is_shown(entries[i].name)) places_.push_back(i);
    }
    std::ranges::sort(places_, {},
                      [&](std::size_t i) { return std::string_view(entries[i].name); });
    for (const std::size_t i : places_) files_.push_back({entries[i].name, entries[i].size});
  }

  std::span<const TreeFile> files() const override { return files_; }
  int runs_left_out() const override { return 0; }

  std::string read(std::size_t index, std::size_t max_bytes) const override {
    return zip_.read(places_.at(index), max_bytes);
  }
  std::string read_prefix(std::size_t index, std::size_t count) const override {
    return zip_.read_prefix(places_.at(index), count);
  }

  std::string text() const override { return cat("archive '", printable(path_.string()), "'"); }
  std::string file_text(std::size_t index) const override {
    return printable((path_ / files_.at(index).name).string());
  }

  std::string fingerprint(std::span<const std::size_t> chosen) const override {
    Sha256 sha;
    for (const std::size_t i : chosen) {
      const codec::ZipEntry& entry = zip_.entries()[places_.at(i)];
      sha.update(cat(entry.name, '\0', entry.size, ' ', entry.crc32, '\n'));
    }
    return cat("zip-sha256:", sha.hex());
  }

 private:
  static bool is_shown(std::string_view name) {
    while (!name.empty()) {
      const auto end = name.find('/');
      if (is_hidden(name.substr(0, end))) return false;
      if (end == std::string_view::npos) break;
      name.remove_prefix(end + 1);
    }
    return true;
  }

  fs::path path_;
  codec::ZipReader zip_;
  std::vector<std::size_t> places_;  // of files_ in the archive
  std::vector<TreeFile> files_;
};

/// Length of the UTF-8 sequence at the start of `text`, 0 where there is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  // Overlong forms, surrogates and what lies beyond U+10FFFF.
  const unsigned second = byte(1);
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
      (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) {
    return 0;
  }
  return length;
}

}  // namespace

std::unique_ptr<FileTree> open_file_tree(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) {
    refuse_tree(cat("'", printable(path), "' is not there: expected a folder or a ZIP archive"));
  }
  if (fs::is_directory(status)) return std::make_unique<FolderTree>(path);
  if (!fs::is_regular_file(status)) {
    refuse_tree(cat("'", printable(path), "' is neither folder nor file",
                    error ? cat(": ", error.message()) : std::string(),
                    "; expected a folder or a ZIP archive"));
  }
  return std::make_unique<ZipTree>(path);
}

std::string printable(std::string_view name) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  while (!name.empty()) {
    const std::size_t length = utf8_length(name);
    const auto first = static_cast<unsigned char>(name[0]);
    if (length == 0 || first < 0x20 || first == 0x7f) {
      out += {'\\', 'x', kHex[first >> 4], kHex[first & 15]};
      name.remove_prefix(1);
    } else {
      out += name.substr(0, length);
      name.remove_prefix(length);
    }
  }
  return out;
}

}  // namespace saddle::data
