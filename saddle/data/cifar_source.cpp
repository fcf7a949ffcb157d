#include "saddle/data/cifar_files.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <optional>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/hash.h"
#include "saddle/base/text.h"
#include "saddle/codec/cifar.h"
#include "saddle/data/file_tree.h"
#include "saddle/data/source.h"

namespace saddle::data {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCifarPixels = 3 * 32 * 32;

[[noreturn]] void refuse_cifar(ErrorCode code, const std::string& text) {
  throw Error(code, "cifar", text);
}

std::vector<std::string> file_names(CifarSet set, Split split) {
  if (set == CifarSet::k100) return {split == Split::kTrain ? "train.bin" : "test.bin"};
  if (split == Split::kTest) return {"test_batch.bin"};
  std::vector<std::string> names;
  for (int k = 1; k <= 5; ++k) names.push_back(cat("data_batch_", k, ".bin"));
  return names;
}

std::optional<fs::path> plain_or_packed(const fs::path& path) {
  std::error_code ignored;
  for (const fs::path& candidate : {path, fs::path(path.string() + ".gz")}) {
    if (fs::is_regular_file(candidate, ignored)) return candidate;
  }
  return std::nullopt;
}

bool is_record_file(const fs::path& path) {
  const std::string name = path.filename().string();
  std::error_code ignored;
  return (name.ends_with(".bin") || name.ends_with(".bin.gz")) &&
         fs::is_regular_file(path, ignored);
}

std::vector<fs::path> find_named(const fs::path& folder, const std::vector<std::string>& names) {
  std::vector<fs::path> found;
  for (const std::string& name : names) {
    if (const auto place = plain_or_packed(folder / name)) found.push_back(*place);
  }
  return found;
}

/// The files of a split; `shared` when the other split lies in the same file.
struct CifarPlaces {
  std::vector<fs::path> files;
  bool shared = false;
};

CifarPlaces find_cifar(const CifarFiles& files, Split split, const std::string& path) {
  const std::string expected =
      cat("a folder with ",
          files.set == CifarSet::k10 ? "data_batch_1.bin to data_batch_5.bin and test_batch.bin"
                                     : "train.bin and test.bin",
          " (each may end in .gz), or one file of such records");
  if (path.empty()) {
    refuse_cifar(ErrorCode::kUsage, cat("no data given: expected ", expected, "; try --data PATH"));
  }
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) {
    refuse_cifar(ErrorCode::kInput,
                 cat("'", printable(path), "' is not there: expected ", expected));
  }
  if (!fs::is_directory(status)) return {{path}, true};
  const auto wanted = file_names(files.set, Split::kTrain);
  auto train = find_named(path, wanted);
  auto test = find_named(path, file_names(files.set, Split::kTest));
  if (train.size() == wanted.size()) {
    if (test.empty()) return {std::move(train), true};
    return {split == Split::kTrain ? std::move(train) : std::move(test), false};
  }
  if (!train.empty() || !test.empty()) {
    refuse_cifar(ErrorCode::kInput, cat("'", printable(path), "' has ", train.size(), " of ",
                                        join(wanted, ", "), ": expected all of them"));
  }
  std::vector<fs::path> others;
  for (fs::directory_iterator i(path, error), end; !error && i != end; i.increment(error)) {
    if (is_record_file(i->path())) others.push_back(i->path());
  }
  if (error) {
    refuse_cifar(ErrorCode::kInput, cat("cannot read '", printable(path), "': ", error.message()));
  }
  if (others.size() != 1) {
    refuse_cifar(ErrorCode::kInput, cat("'", printable(path), "' holds ", others.size(),
                                        " .bin files: expected ", expected));
  }
  return {std::move(others), true};
}

/// The lines of the file with the class names, where it lies beside the records.
std::vector<std::string> names_beside(const fs::path& records, CifarSet set) {
  const std::size_t wanted = set == CifarSet::k10 ? 10 : 100;
  const fs::path file =
      records.parent_path() / (set == CifarSet::k10 ? "batches.meta.txt" : "fine_label_names.txt");
  std::error_code ignored;
  std::vector<std::string> names;
  if (fs::is_regular_file(file, ignored)) {
    const std::string content = read_file(file);
    std::string_view text = content;
    while (!text.empty()) {
      const auto end = text.find('\n');
      auto line = text.substr(0, end);
      if (line.ends_with('\r')) line.remove_suffix(1);
      line = trimmed(line);
      if (!line.empty()) names.push_back(printable(line));
      text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
  }
  if (names.size() == wanted) return names;
  if (set == CifarSet::k100) return {};
  return {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"};
}

class CifarSource final : public Source {
 public:
  CifarSource(const CifarFiles& files, Split split, const std::string& path)
      : classes_(files.set == CifarSet::k10 ? 10 : 100) {
    const CifarPlaces found = find_cifar(files, split, path);
    const auto kind = files.set == CifarSet::k10 ? codec::CifarKind::k10 : codec::CifarKind::k100;
    for (const fs::path& file : found.files) {
      const codec::CifarBatch batch = codec::read_cifar(file, kind);
      pixels_.insert(pixels_.end(), batch.pixels.begin(), batch.pixels.end());
      labels_.insert(labels_.end(), batch.labels.begin(), batch.labels.end());
    }
    names_ = names_beside(found.files.front(), files.set);
    if (found.shared) hold_out(files.holdout, split, path);
  }

  const std::vector<FieldSpec>& fields() const override { return fields_; }
  std::int64_t size() const override { return static_cast<std::int64_t>(labels_.size()); }
  std::int64_t classes() const override { return classes_; }
  std::vector<std::string> class_names() const override { return names_; }
  std::vector<std::string> notes() const override { return notes_; }

  void read(std::span<const std::int64_t> indices, std::span<const Buffer> out) const override {
    for (std::size_t n = 0; n < indices.size(); ++n) {
      check_index(indices[n], size());
      const auto i = static_cast<std::size_t>(indices[n]);
      std::memcpy(out[0].data() + n * kCifarPixels, pixels_.data() + i * kCifarPixels,
                  kCifarPixels);
      numbers<std::int64_t>(out[1])[n] = labels_[i];
    }
  }

  std::vector<std::int64_t> class_counts() const override {
    std::vector<std::int64_t> counts(static_cast<std::size_t>(classes_));
    for (const std::uint8_t label : labels_) ++counts[label];
    return counts;
  }

  std::string fingerprint() const override {
    std::call_once(hashed_, [this] {
      Sha256 sha;
      sha.update(std::as_bytes(std::span(pixels_)));
      sha.update(std::as_bytes(std::span(labels_)));
      fingerprint_ = cat("sha256:", sha.hex());
    });
    return fingerprint_;
  }

 private:
  void hold_out(const Holdout& holdout, Split split, const std::string& path) {
    const auto kept = held_indices(holdout, split, size(), "cifar", cat("'", printable(path), "'"));
    const auto all = labels_.size();
    for (std::size_t to = 0; to < kept.size(); ++to) {
      const auto from = static_cast<std::size_t>(kept[to]);
      std::memmove(pixels_.data() + to * kCifarPixels, pixels_.data() + from * kCifarPixels,
                   kCifarPixels);
      labels_[to] = labels_[from];
    }
    labels_.resize(kept.size());
    pixels_.resize(kept.size() * kCifarPixels);
    if (kept.size() == all) return;
    const auto held = split == Split::kTest ? kept.size() : all - kept.size();
    notes_.push_back(cat("held out for testing: ", held, " of ", all, " images"));
  }

  std::int64_t classes_;
  std::vector<FieldSpec> fields_{{"x", codec::ElementType::kU8, {3, 32, 32}},
                                 {"label", codec::ElementType::kI64, {}}};
  std::vector<std::uint8_t> pixels_;
  std::vector<std::uint8_t> labels_;
  std::vector<std::string> names_;
  std::vector<std::string> notes_;
  mutable std::once_flag hashed_;
  mutable std::string fingerprint_;
};

}  // namespace

std::shared_ptr<Source> make_source(const CifarFiles& files, Split split, const std::string& path) {
  return std::make_shared<CifarSource>(files, split, path);
}

}  // namespace saddle::data
