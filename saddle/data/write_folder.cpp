#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <optional>
#include <system_error>

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
  /// `target` may end in a slash.
  explicit GrowingFolder(const fs::path& target)
      : target_(target.has_filename() ? target : target.parent_path()) {
    std::error_code error;
    if (target_.empty() || fs::exists(fs::symlink_status(target_, error))) {
      throw Error(ErrorCode::kUsage, "data",
                  cat("'", target.string(),
                      "' is there already: expected the name of a new folder; try another"));
    }
    prepare_parent(target_);
    path_ = directory_of(target_) / cat(".tmp-", ::getpid(), "-", target_.filename().string());
    // What a dead process of our own number left: in containers numbers come again.
    fs::remove_all(path_, error);
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
      throw_io_error("data", "sync", target_, errno);
    }
    std::error_code error;
    fs::rename(path_, target_, error);
    if (error) throw_io_error("data", "name", target_, error.value());
    path_.clear();
    fsync_directory(directory_of(target_));
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
  return std::ranges::all_of(names, [](const std::string& name) {
    return !name.empty() && name.size() <= 100 && !name.starts_with('.') &&
           name.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos;
  });
}

/// Folders that sort as the labels do, for labels are the order of the folders when they are read.
std::vector<std::string> class_folder_names(const std::vector<std::string>& names,
                                            std::int64_t classes) {
  const int width = width_of(classes);
  const bool usable = static_cast<std::int64_t>(names.size()) == classes && can_name_folders(names);
  // Names that start with a letter are never taken for numbers.
  const bool sorted = usable &&
                      std::ranges::adjacent_find(names, std::greater_equal<>()) == names.end() &&
                      std::ranges::none_of(names, [](const auto& name) {
                        return name[0] == '-' || (name[0] >= '0' && name[0] <= '9');
                      });
  if (sorted) return names;
  std::vector<std::string> out;
  for (std::int64_t c = 0; c < classes; ++c) {
    out.push_back(padded(c, width));
    if (usable) out.back() += cat("-", names[static_cast<std::size_t>(c)]);
  }
  return out;
}

void write_new_file(const fs::path& path, std::string_view bytes) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  const int code = file ? write_all(file, bytes) : errno;
  if (code != 0) throw_io_error("data", "write", path, code);
}

/// A CSV file of points that grows row by row.
class PointFile {
 public:
  PointFile(fs::path path, std::int64_t dimensions, bool labelled)
      : path_(std::move(path)),
        file_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)) {
    if (!file_) throw_io_error("data", "write", path_, errno);
    text_ += join(codec::coordinate_names(dimensions), ",");
    text_ += labelled ? ",label\n" : "\n";
  }
  void append(std::span<const std::byte> point, std::optional<std::int64_t> label) {
    for (std::size_t at = 0; at < point.size(); at += sizeof(float)) {
      float value;
      std::memcpy(&value, point.data() + at, sizeof value);
      text_ += cat(at > 0 ? "," : "", value);
    }
    text_ += label ? cat(",", *label, "\n") : "\n";
    if (text_.size() > kFlushBytes) flush();
  }
  void flush() {
    const int code = write_all(file_, text_);
    if (code != 0) throw_io_error("data", "write", path_, code);
    text_.clear();
  }

 private:
  static constexpr std::size_t kFlushBytes = std::size_t{1} << 20;

  fs::path path_;
  Descriptor file_;
  std::string text_;
};

/// One split of a set being written.
class FolderWriter {
 public:
  FolderWriter(const fs::path& root, const SetPart& part, bool several)
      : part_(part),
        place_(several ? root / part.split : root),
        x_field_(field_index(*part.source, "x")),
        x_(part.source->fields()[x_field_]) {
    if (part.source->classes() > 0) label_field_ = field_index(*part.source, "label");
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
    if (points) {
      points_.emplace(place_ / "points.csv", x_.shape[0], label_field_.has_value());
    } else if (label_field_) {
      classes_ = class_folder_names(part.source->class_names(), part.source->classes());
      for (const std::string& name : classes_) make_directories(place_ / name);
    }
  }

  void write(std::int64_t index) {
    const auto values = read_bytes(*part_.source, {&index, 1});
    std::optional<std::int64_t> label;
    if (label_field_) std::memcpy(&label.emplace(), values[*label_field_].data(), sizeof *label);
    if (points_) {
      points_->append(values[x_field_], label);
      return;
    }
    const std::string name = padded(index, width_of(part_.count)) + ".png";
    const fs::path folder = label ? place_ / classes_.at(static_cast<std::size_t>(*label)) : place_;
    // Not synced one by one: the whole folder is, before it gets its name.
    write_new_file(folder / name, codec::encode_png(picture_of(values[x_field_], x_.shape)));
  }

  void finish() {
    if (points_) points_->flush();
  }

 private:
  const SetPart& part_;
  fs::path place_;
  std::size_t x_field_;
  FieldSpec x_;
  std::optional<std::size_t> label_field_;
  std::optional<PointFile> points_;
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
