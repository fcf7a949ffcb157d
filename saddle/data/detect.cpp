#include "saddle/data/detect.h"

#include <algorithm>
#include <filesystem>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/text.h"
#include "saddle/codec/cifar.h"
#include "saddle/codec/gzip.h"
#include "saddle/codec/packed.h"
#include "saddle/codec/zip.h"
#include "saddle/data/file_tree.h"
#include "saddle/data/image_index.h"

namespace saddle::data {

namespace {

namespace fs = std::filesystem;

/// The first bytes of a file, unpacked where it is gzipped; "" where that fails.
std::string unpacked_prefix(const fs::path& path, std::size_t count) {
  try {
    const std::string bytes = read_file_prefix(path, 4096);
    if (!codec::is_gzip(bytes)) return bytes.substr(0, count);
    return codec::gunzip_prefix(MappedFile(path).text(), count, path.string());
  } catch (const Error&) {
    return {};
  }
}

/// u8 or float IDX of rank 3 or 4, as images are.
bool is_idx_images(const fs::path& path) {
  const std::string magic = unpacked_prefix(path, 4);
  return magic.size() == 4 && magic[0] == 0 && magic[1] == 0 &&
         (magic[2] == 8 || magic[2] == 0xd || magic[2] == 0xe) && (magic[3] == 3 || magic[3] == 4);
}

bool has_cifar_name(const fs::path& path) {
  std::string name = path.filename().string();
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  return name.ends_with(".bin") &&
         (name.find("batch") != std::string::npos || name.find("cifar") != std::string::npos ||
          name == "train.bin" || name == "test.bin");
}

/// CIFAR records: the name says so and all can be read. Sizes alone may fit both kinds.
std::optional<CifarFiles> cifar_file(const fs::path& path) {
  if (!has_cifar_name(path)) return std::nullopt;
  for (const auto& [set, kind] : {std::pair{CifarSet::k10, codec::CifarKind::k10},
                                  std::pair{CifarSet::k100, codec::CifarKind::k100}}) {
    try {
      codec::read_cifar(path, kind);
      return CifarFiles{.set = set, .holdout = {}};
    } catch (const Error&) {
    }
  }
  return std::nullopt;
}

std::optional<SourceConfig> detect_file(const fs::path& path) {
  const std::string first = read_file_prefix(path, 4096);
  if (codec::is_packed(first)) return PackedSet{};
  if (first.starts_with("\x93NUMPY")) return ArrayFiles{};
  if (codec::is_zip(first)) {
    if (path.extension() == ".npz") return ArrayFiles{};
    return ImageFiles{};
  }
  if (is_idx_images(path)) return IdxFiles{};
  if (const auto cifar = cifar_file(path)) return *cifar;
  return std::nullopt;
}

std::optional<SourceConfig> detect_folder(const fs::path& folder) {
  const IdxFiles idx;
  std::error_code ignored;
  for (const std::string& name : {idx.images, idx.images + ".gz"}) {
    if (fs::is_regular_file(folder / name, ignored)) return idx;
  }
  const auto tree = open_file_tree(folder.string());
  std::optional<CifarFiles> cifar;
  for (const TreeFile& file : tree->files()) {
    if (is_picture_name(file.name)) return ImageFiles{};
    if (!cifar && file.name.find('/') == std::string::npos) {
      cifar = cifar_file(folder / file.name);
    }
  }
  if (cifar) return *cifar;
  return std::nullopt;
}

}  // namespace

bool is_packed_set(const std::string& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && codec::is_packed(read_file_prefix(path, 16));
}

std::optional<SourceConfig> detect_source(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) {
    throw Error(ErrorCode::kInput, "data",
                cat("'", printable(path), "' is not there: expected a folder or file of data"));
  }
  if (fs::is_directory(status)) return detect_folder(path);
  // Opening a pipe would wait for who writes it.
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    throw Error(ErrorCode::kInput, "data",
                cat("'", printable(path), "' is neither folder nor file"));
  }
  return detect_file(path);
}

}  // namespace saddle::data
