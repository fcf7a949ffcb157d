#include "saddle/data/idx_source.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <optional>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/hash.h"
#include "saddle/base/text.h"
#include "saddle/codec/idx.h"
#include "saddle/data/source.h"

namespace saddle::data {

namespace {

namespace fs = std::filesystem;
using codec::ElementType;
using codec::IdxArray;

[[noreturn]] void refuse(ErrorCode code, const std::string& text) {
  throw Error(code, "idx", text);
}

/// The files of one split.
struct SplitFiles {
  fs::path images;
  std::optional<fs::path> labels;
};

std::string wanted_files(const IdxFiles& files) {
  std::vector<std::string> names;
  for (const auto& name : {files.images, files.labels, files.test_images, files.test_labels}) {
    if (!name.empty()) names.push_back(name);
  }
  return cat("a folder with ", join(names, ", "), " (each may end in .gz)");
}

/// The file or its .gz twin; nothing when neither is there.
std::optional<fs::path> plain_or_gzipped(const fs::path& path) {
  std::error_code ignored;
  for (const fs::path& candidate : {path, fs::path(path.string() + ".gz")}) {
    if (fs::is_regular_file(candidate, ignored)) return candidate;
  }
  return std::nullopt;
}

fs::path file_in_folder(const fs::path& folder, const std::string& name, const IdxFiles& files) {
  if (const auto found = plain_or_gzipped(folder / name)) return *found;
  std::error_code error;
  fs::directory_iterator(folder, error);
  if (error) {
    refuse(ErrorCode::kInput, cat("cannot read '", folder.string(), "': ", error.message()));
  }
  refuse(ErrorCode::kInput, cat("no ", name, " or ", name, ".gz in '", folder.string(),
                                "': expected ", wanted_files(files)));
}

std::string without_gz(std::string name) {
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  return name;
}

/// "x-images-idx3-ubyte" -> "x-labels-idx1-ubyte" where such a file lies beside it.
std::optional<fs::path> labels_beside(const fs::path& images) {
  std::string name = without_gz(images.filename().string());
  const auto kind = name.rfind("images");
  if (kind == std::string::npos) return std::nullopt;
  name.replace(kind, 6, "labels");
  if (const auto rank = name.rfind("idx3"); rank != std::string::npos)
    name.replace(rank, 4, "idx1");
  return plain_or_gzipped(images.parent_path() / name);
}

SplitFiles find_files(const IdxFiles& files, Split split, const std::string& path) {
  if (path.empty()) {
    refuse(ErrorCode::kUsage,
           cat("no data given: expected ", wanted_files(files), "; try --data FOLDER"));
  }
  fs::path place = path;
  const bool train = split == Split::kTrain;
  std::optional<fs::path> images;
  std::error_code error;
  const fs::file_type type = fs::status(place, error).type();
  if (type == fs::file_type::not_found) {
    refuse(ErrorCode::kInput, cat("'", path, "' is not there: expected ", wanted_files(files),
                                  ", or one images file"));
  }
  if (type == fs::file_type::none) {
    refuse(ErrorCode::kInput, cat("cannot look at '", path, "': ", error.message()));
  }
  if (type != fs::file_type::directory) {
    if (without_gz(place.filename().string()) != files.images) {
      if (!train) {
        throw MissingSplit("idx",
                           cat("'", path, "' is one images file and has no test set: expected ",
                               wanted_files(files)));
      }
      return {place, files.labels.empty() ? std::nullopt : labels_beside(place)};
    }
    if (train) images = place;
    place = directory_of(place);
  }
  if (!train && !plain_or_gzipped(place / files.test_images)) {
    throw MissingSplit("idx", cat("no ", files.test_images, " or ", files.test_images, ".gz in '",
                                  place.string(), "': expected ", wanted_files(files)));
  }
  if (!images) images = file_in_folder(place, train ? files.images : files.test_images, files);
  const std::string& labels = train ? files.labels : files.test_labels;
  SplitFiles found{*images, {}};
  if (!labels.empty()) found.labels = file_in_folder(place, labels, files);
  return found;
}

std::string type_and_shape(const IdxArray& array) {
  return cat(codec::to_text(array.dtype), " ", shape_text(array.shape));
}

/// Float pixels in [0,1] as bytes.
void pixels_to_bytes(IdxArray& array, const std::string& name) {
  const std::vector<double> values = array.as_doubles();
  const auto per_image = values.size() / static_cast<std::size_t>(array.shape[0]);
  std::vector<std::uint8_t> bytes(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!(values[i] >= 0 && values[i] <= 1)) {
      refuse(ErrorCode::kInput,
             cat(name, ": image ", i / per_image, " holds ", values[i], " at pixel ", i % per_image,
                 ", expected float pixels in [0,1]"));
    }
    bytes[i] = static_cast<std::uint8_t>(std::lround(255 * values[i]));
  }
  array.bytes = std::move(bytes);
  array.dtype = ElementType::kU8;
}

IdxArray read_images(const fs::path& path) {
  IdxArray images = codec::read_idx(path);
  const auto rank = images.shape.size();
  const bool floats = images.dtype == ElementType::kF32 || images.dtype == ElementType::kF64;
  if ((rank != 3 && rank != 4) || (images.dtype != ElementType::kU8 && !floats)) {
    refuse(ErrorCode::kInput, cat(path.string(), ": got ", type_and_shape(images),
                                  ", expected images u8 [N,H,W] or [N,C,H,W]"));
  }
  if (floats) pixels_to_bytes(images, path.string());
  return images;
}

std::vector<std::uint8_t> read_labels(const fs::path& path, const fs::path& images,
                                      std::int64_t count, std::int64_t classes) {
  IdxArray labels = codec::read_idx(path);
  if (labels.shape.size() != 1 || labels.dtype != ElementType::kU8) {
    refuse(ErrorCode::kInput,
           cat(path.string(), ": got ", type_and_shape(labels), ", expected labels u8 [N]"));
  }
  if (labels.shape[0] != count) {
    refuse(ErrorCode::kInput, cat(path.string(), ": got ", labels.shape[0], " labels, expected ",
                                  count, ", one for each image of ", images.string()));
  }
  for (std::size_t i = 0; classes > 0 && i < labels.bytes.size(); ++i) {
    if (labels.bytes[i] >= classes) {
      refuse(ErrorCode::kInput,
             cat(path.string(), ": label of image ", i, ": got ", int{labels.bytes[i]},
                 ", expected less than data.classes = ", classes));
    }
  }
  return std::move(labels.bytes);
}

class IdxSource final : public Source {
 public:
  IdxSource(const IdxFiles& files, Split split, const std::string& path) {
    const SplitFiles found = find_files(files, split, path);
    IdxArray images = read_images(found.images);
    const std::int64_t total = images.shape[0];
    if (found.labels) {
      labels_ = read_labels(*found.labels, found.images, total, files.classes);
      classes_ = files.classes > 0 ? files.classes : *std::ranges::max_element(labels_) + 1;
    }
    if (split == Split::kTrain) {
      cut(files, total, found.images.string());
    } else {
      count_ = total;
    }
    images_ = std::move(images.bytes);
    std::vector<std::int64_t> shape(images.shape.begin() + 1, images.shape.end());
    if (shape.size() == 2) shape.insert(shape.begin(), 1);
    pixels_ = static_cast<std::size_t>(shape[0] * shape[1] * shape[2]);
    fields_.push_back({"x", ElementType::kU8, std::move(shape)});
    if (found.labels) fields_.push_back({"label", ElementType::kI64, {}});
  }

  const std::vector<FieldSpec>& fields() const override { return fields_; }
  std::int64_t size() const override { return count_; }
  std::int64_t classes() const override { return classes_; }

  void read(std::span<const std::int64_t> indices, std::span<const Buffer> out) const override {
    auto* x = numbers<std::uint8_t>(out[0]);
    for (std::size_t i = 0; i < indices.size(); ++i) {
      std::memcpy(x + i * pixels_, images_.data() + place(indices[i]) * pixels_, pixels_);
    }
    if (labels_.empty()) return;
    auto* label = numbers<std::int64_t>(out[1]);
    for (std::size_t i = 0; i < indices.size(); ++i) label[i] = labels_[place(indices[i])];
  }

  std::vector<std::int64_t> class_counts() const override {
    std::vector<std::int64_t> counts(static_cast<std::size_t>(classes_));
    if (labels_.empty()) return counts;
    for (std::int64_t i = 0; i < count_; ++i) ++counts[labels_[place(i)]];
    return counts;
  }

  std::string fingerprint() const override {
    std::call_once(hashed_, [this] {
      Sha256 sha;
      sha.update(shape_text(fields_[0].shape));
      sha.update(std::as_bytes(std::span(images_)));
      sha.update(std::as_bytes(std::span(labels_)));
      fingerprint_ = cat("sha256:", sha.hex(), " first=", first_, " count=", count_);
    });
    return fingerprint_;
  }

 private:
  void cut(const IdxFiles& files, std::int64_t total, const std::string& name) {
    first_ = files.first;
    count_ = files.count > 0 ? files.count : total - files.first;
    if (first_ >= total || count_ > total - first_) {
      refuse(ErrorCode::kInput, cat(name, ": data.first = ", files.first, " and data.count = ",
                                    files.count, " reach past its ", total, " images"));
    }
  }

  std::size_t place(std::int64_t index) const {
    check_index(index, count_);
    return static_cast<std::size_t>(first_ + index);
  }

  std::vector<std::uint8_t> images_;
  std::vector<std::uint8_t> labels_;
  std::vector<FieldSpec> fields_;
  std::size_t pixels_ = 0;
  std::int64_t first_ = 0;
  std::int64_t count_ = 0;
  std::int64_t classes_ = 0;
  mutable std::once_flag hashed_;
  mutable std::string fingerprint_;
};

}  // namespace

std::shared_ptr<Source> make_source(const IdxFiles& files, Split split, const std::string& path) {
  return std::make_shared<IdxSource>(files, split, path);
}

}  // namespace saddle::data
