#include "saddle/data/array_file.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/codec/npz.h"
#include "saddle/data/file_tree.h"

namespace saddle::data {

namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;

constexpr std::array kLabelNames{"label"sv, "labels"sv, "y"sv};

[[noreturn]] void refuse_array(const std::string& text) {
  throw Error(ErrorCode::kInput, "arrays", text);
}

template <class T>
void append_integers(std::span<const std::byte> bytes, std::vector<std::int64_t>& out) {
  for (std::size_t i = 0; i + sizeof(T) <= bytes.size(); i += sizeof(T)) {
    T value;
    std::memcpy(&value, bytes.data() + i, sizeof value);
    out.push_back(static_cast<std::int64_t>(value));
  }
}

bool is_label_name(std::string_view name) {
  return std::ranges::find(kLabelNames, name) != kLabelNames.end();
}

/// Name of the array of samples in a .npz.
std::string samples_name(const std::vector<std::string>& names, const ArrayFiles& files,
                         const std::string& file) {
  const auto has = [&](const std::string& name) {
    return std::ranges::find(names, name) != names.end();
  };
  if (!files.x.empty()) return files.x;  // an unknown one is refused when it is read
  if (has("x")) return "x";
  std::vector<std::string> others;
  for (const std::string& name : names) {
    if (!is_label_name(name) && name != files.labels) others.push_back(name);
  }
  if (others.size() == 1) return others.front();
  if (names.empty()) refuse_array(cat(file, ": holds no array, expected one named x"));
  refuse_array(cat(file, ": got the arrays ", join(names, ", "),
                   ", expected one named x; name the samples with data.x"));
}

ArraySet open_npz(const ArrayFiles& files, const std::string& path) {
  const codec::ZipReader archive{fs::path(path)};
  const auto names = codec::npz_names(archive);
  ArraySet set{
      StoredArray::hold(codec::read_npz(archive, samples_name(names, files, printable(path)))),
      std::nullopt, files.labels};
  if (files.labels.empty()) return set;
  if (files.labels == "auto") {
    const auto found = std::ranges::find_if(names, is_label_name);
    if (found == names.end()) return set;
    set.labels_name = *found;
  }
  set.labels = StoredArray::hold(codec::read_npz(archive, set.labels_name));
  set.labels_name = cat(set.labels_name, " of ", printable(path));
  return set;
}

ArraySet open_npy(const ArrayFiles& files, const std::string& path) {
  ArraySet set{StoredArray::map(path), std::nullopt, ""};
  if (files.labels.empty()) return set;
  fs::path place = fs::path(path).parent_path();
  if (files.labels == "auto") {
    place /= cat(fs::path(path).stem().string(), "-labels.npy");
    std::error_code ignored;
    if (!fs::exists(place, ignored)) return set;
  } else {
    place /= files.labels;
  }
  set.labels = StoredArray::map(place.string());
  set.labels_name = printable(place.string());
  return set;
}

}  // namespace

StoredArray StoredArray::map(const std::string& path) {
  MappedFile file{fs::path(path)};
  const codec::NpyHeader header = codec::parse_npy_header(file.text(), printable(path));
  codec::npy_data(header, file.text(), printable(path));  // refuses a cut file
  StoredArray out;
  out.dtype_ = header.dtype;
  out.shape_ = header.shape;
  out.offset_ = header.data_offset;
  out.store_ = std::move(file);
  return out;
}

StoredArray StoredArray::hold(codec::Array array) {
  StoredArray out;
  out.dtype_ = array.dtype;
  out.shape_ = std::move(array.shape);
  out.store_ = std::move(array.bytes);
  return out;
}

std::span<const std::byte> StoredArray::bytes() const {
  if (const auto* file = std::get_if<MappedFile>(&store_)) return file->bytes().subspan(offset_);
  return std::as_bytes(std::span(std::get<std::vector<std::uint8_t>>(store_)));
}

std::vector<std::int64_t> StoredArray::integers(const std::string& what) const {
  std::vector<std::int64_t> out;
  switch (dtype_) {
    case codec::ElementType::kU8:
      append_integers<std::uint8_t>(bytes(), out);
      break;
    case codec::ElementType::kI8:
      append_integers<std::int8_t>(bytes(), out);
      break;
    case codec::ElementType::kI16:
      append_integers<std::int16_t>(bytes(), out);
      break;
    case codec::ElementType::kI32:
      append_integers<std::int32_t>(bytes(), out);
      break;
    case codec::ElementType::kI64:
      append_integers<std::int64_t>(bytes(), out);
      break;
    case codec::ElementType::kF32:
    case codec::ElementType::kF64:
      refuse_array(cat(what, ": got ", codec::to_text(dtype_), ", expected whole numbers"));
  }
  return out;
}

ArraySet open_arrays(const ArrayFiles& files, const std::string& path) {
  if (path.empty()) {
    throw Error(ErrorCode::kUsage, "arrays",
                "no data given: expected a .npy or .npz file; try --data FILE");
  }
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) {
    refuse_array(cat("'", printable(path), "' is not there: expected a .npy or .npz file"));
  }
  if (fs::is_directory(status)) {
    refuse_array(cat("'", printable(path), "' is a folder: expected a .npy or .npz file"));
  }
  const std::string first = read_file_prefix(path, 8);
  return codec::is_zip(first) ? open_npz(files, path) : open_npy(files, path);
}

}  // namespace saddle::data
