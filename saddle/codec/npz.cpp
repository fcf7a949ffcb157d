#include "saddle/codec/npz.h"

#include <utility>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/text.h"

namespace saddle::codec {
namespace {

constexpr std::string_view kNpyEnding = ".npy";
// What numpy writes before the data; longer headers are those of types that are refused anyway.
constexpr std::size_t kNpzHeaderBytes = 64 << 10;

std::size_t find_array(const ZipReader& archive, std::string_view name) {
  if (const auto found = archive.find(cat(name, kNpyEnding))) return *found;
  const std::vector<std::string> names = npz_names(archive);
  throw Error(ErrorCode::kInput, "npz",
              cat("'", archive.name(), "' has no array '", name, "'", suggestion(name, names)));
}

std::string member_name(const ZipReader& archive, std::size_t index) {
  return cat(archive.name(), ":", archive.entries()[index].name);
}

NpyArray read_array(const ZipReader& archive, std::size_t index, std::size_t max_bytes) {
  return parse_npy(archive.read(index, max_bytes), member_name(archive, index));
}

}  // namespace

std::vector<std::string> npz_names(const ZipReader& archive) {
  std::vector<std::string> names;
  for (const ZipEntry& entry : archive.entries()) {
    if (!entry.name.ends_with(kNpyEnding)) {
      throw Error(ErrorCode::kInput, "npz",
                  cat("'", archive.name(), "' is no .npz file: it holds '", entry.name,
                      "', expected names that end in .npy"));
    }
    names.push_back(entry.name.substr(0, entry.name.size() - kNpyEnding.size()));
  }
  return names;
}

std::vector<std::string> npz_names(const std::filesystem::path& path) {
  return npz_names(ZipReader(path));
}

NpyHeader npz_header(const ZipReader& archive, std::string_view name) {
  const std::size_t index = find_array(archive, name);
  return parse_npy_header(archive.read_prefix(index, kNpzHeaderBytes), member_name(archive, index));
}

NpyArray read_npz(const ZipReader& archive, std::string_view name, std::size_t max_bytes) {
  return read_array(archive, find_array(archive, name), max_bytes);
}

NpyArray read_npz(const std::filesystem::path& path, std::string_view name, std::size_t max_bytes) {
  return read_npz(ZipReader(path), name, max_bytes);
}

std::vector<NpzArray> read_npz(const std::filesystem::path& path, std::size_t max_bytes) {
  const ZipReader archive(path);
  std::vector<NpzArray> arrays;
  for (const std::string& name : npz_names(archive)) {
    arrays.push_back({name, read_array(archive, arrays.size(), max_bytes)});
  }
  return arrays;
}

void write_npz(const std::filesystem::path& path, std::span<const NpzArray> arrays,
               ZipMethod method) {
  std::vector<std::string> files;
  for (const NpzArray& array : arrays) files.push_back(encode_npy(array.array));
  std::vector<ZipInput> inputs;
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    inputs.push_back({cat(arrays[i].name, kNpyEnding), files[i]});
  }
  write_zip(path, inputs, method);
}

}  // namespace saddle::codec
