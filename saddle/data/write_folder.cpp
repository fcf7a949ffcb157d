#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "saddle/base/descriptor.h"
#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/text.h"
#include "saddle/codec/csv.h"
#include "saddle/codec/png.h"
#include "saddle/data/source.h"
#include "saddle/data/write_set.h"

namespace saddle::data {

namespace {

namespace fs = std::filesystem;
using codec::ElementType;

/// A folder under a temporary name beside its target, removed unless it gets its name.
class GrowingFolder {
 public:
  explicit GrowingFolder(const fs::path& target) : target_(target) {
    std::error_code error;
    if (fs::exists(target, error)) {
      throw Error(ErrorCode::kUsage, "data",
                  cat("'", target.string(), "' is there already: choose another name"));
    }
    const fs::path parent = target.has_parent_path() ? target.parent_path() : fs::path(".");
    make_directories(parent);
    remove_stale_temporaries(parent);
    path_ = parent / cat(".tmp-", ::getpid(), "-", target.filename().string());
    make_directories(path_);
  }
  GrowingFolder(const GrowingFolder&) = delete;
  GrowingFolder& operator=(const GrowingFolder&) = delete;
  ~GrowingFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }

  const fs::path& path() const { return path_; }
  void finish() {
    const Descriptor folder(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder || ::syncfs(folder.get()) != 0) {
      throw Error(ErrorCode::kIo, "data",
                  cat("cannot sync '", target_.string(), "': ", std::strerror(errno)));
    }
    std::error_code error;
    fs::rename(path_, target_, error);
    if (error) {
      throw Error(ErrorCode::kIo, "data",
                  cat("cannot name '", target_.string(), "': ", error.message()));
    }
    path_.clear();
    fsync_directory(target_.has_parent_path() ? target_.parent_path() : fs::path("."));
  }

 private:
  fs::path target_;
  fs::path path_;
};

/// Digits that numbers below `count` have, so that names sort as numbers do.
int width_of(std::int64_t count) {
  return static_cast<int>(std::to_string(std::max<std::int64_t>(count - 1, 1)).size());
}

std::string padded(std::int64_t number, int width) {
  const std::string text = std::to_string(number);
  return std::string(static_cast<std::size_t>(std::max(0, width - static_cast<int>(text.size()))),
                     '0') +
         text;
}

codec::Image8 picture_of(std::span<const std::byte> planar,
                         const std::vector<std::int64_t>& shape) {
  codec::Image8 out = codec::make_image(static_cast<int>(shape[2]), static_cast<int>(shape[1]),
                                        static_cast<int>(shape[0]));
  const auto channels = static_cast<std::size_t>(shape[0]);
  const std::size_t plane = planar.size() / channels;
  for (std::size_t i = 0; i < planar.size(); ++i) {
    out.pixels[i % plane * channels + i / plane] = std::to_integer<std::uint8_t>(planar[i]);
  }
  return out;
}

/// Class names come out of files: what is no plain name never becomes a path.
bool can_name_folders(const std::vector<std::string>& names) {
  const auto plain = [](const std::string& name) {
    return !name.empty() && name.size() <= 100 && !name.starts_with('.') &&
           name.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos;
  };
  return std::ranges::all_of(names, plain) &&
         std::set<std::string>(names.begin(), names.end()).size() == names.size();
}

void write_new_file(const fs::path& path, std::string_view bytes) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  const int code = file ? write_all(file, bytes) : errno;
  if (code == 0) return;
  throw Error(ErrorCode::kIo, "data",
              cat("cannot write '", path.string(), "': ", std::strerror(code),
                  "; try to free space or another directory"));
}

/// One split of a set being written.
class FolderWriter {
 public:
  FolderWriter(const fs::path& root, const SetPart& part, bool several)
      : part_(part),
        place_(several ? root / part.split : root),
        x_(part.source->fields()[field_index(*part.source, "x")]),
        labelled_(has_field(*part.source, "label")) {
    const bool image = x_.dtype == ElementType::kU8 && x_.shape.size() == 3 &&
                       (x_.shape[0] == 1 || x_.shape[0] == 3);
    const bool points = x_.dtype == ElementType::kF32 && x_.shape.size() == 1;
    if (!image && !points) {
      throw Error(ErrorCode::kUsage, "data",
                  cat("samples ", codec::to_text(x_.dtype), " ", shape_text(x_.shape),
                      " cannot be a folder of files: expected images u8 [1,H,W] or [3,H,W] or "
                      "points f32 [D]; choose a packed set (.saddle) or .npy"));
    }
    make_directories(place_);
    if (points) start_table();
    if (image && labelled_) name_classes();
  }

  void write(std::int64_t index) {
    const auto values = read_bytes(*part_.source, {&index, 1});
    const auto x = field_index(*part_.source, "x");
    std::int64_t label = -1;
    if (labelled_) {
      std::memcpy(&label, values[field_index(*part_.source, "label")].data(), sizeof label);
    }
    if (!table_.columns.empty()) {
      for (std::size_t d = 0; d < static_cast<std::size_t>(x_.shape[0]); ++d) {
        float value;
        std::memcpy(&value, values[x].data() + d * sizeof value, sizeof value);
        table_.values.push_back(static_cast<double>(value));
      }
      if (labelled_) table_.values.push_back(static_cast<double>(label));
      return;
    }
    const std::string name = padded(index, width_of(part_.count)) + ".png";
    const fs::path folder =
        labelled_ ? place_ / classes_.at(static_cast<std::size_t>(label)) : place_;
    // Not synced one by one: the whole folder is, before it gets its name.
    write_new_file(folder / name, codec::encode_png(picture_of(values[x], x_.shape)));
  }

  void finish() {
    if (!table_.columns.empty()) codec::write_csv(place_ / "points.csv", table_);
  }

 private:
  void start_table() {
    for (std::int64_t d = 0; d < x_.shape[0]; ++d) table_.columns.push_back(cat("x", d));
    if (labelled_) table_.columns.push_back("label");
  }

  void name_classes() {
    classes_ = part_.source->class_names();
    const std::int64_t count = part_.source->classes();
    if (!can_name_folders(classes_) || static_cast<std::int64_t>(classes_.size()) != count) {
      classes_.clear();
      for (std::int64_t c = 0; c < count; ++c) classes_.push_back(padded(c, width_of(count)));
    }
    for (const std::string& name : classes_) make_directories(place_ / name);
  }

  const SetPart& part_;
  fs::path place_;
  FieldSpec x_;
  bool labelled_;
  codec::Table table_;
  std::vector<std::string> classes_;
};

}  // namespace

void write_folder_set(const fs::path& path, std::span<const SetPart> parts,
                      const WriteProgress& progress) {
  const std::int64_t total = total_samples(parts);
  std::int64_t done = 0;
  GrowingFolder folder(path);
  for (const SetPart& part : parts) {
    FolderWriter writer(folder.path(), part, parts.size() > 1);
    for (std::int64_t i = 0; i < part.count; ++i) {
      writer.write(i);
      ++done;
      if (progress && (done % 64 == 0 || done == total)) progress(done, total);
    }
    writer.finish();
  }
  folder.finish();
}

}  // namespace saddle::data
