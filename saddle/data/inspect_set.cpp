#include "saddle/data/inspect_set.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <limits>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/codec/packed.h"
#include "saddle/data/detect.h"
#include "saddle/data/source.h"

namespace saddle::data {

namespace {

namespace fs = std::filesystem;
using codec::ElementType;

PictureShape planar_shape(const std::vector<std::int64_t>& shape) {
  return {static_cast<int>(shape[2]), static_cast<int>(shape[1]), static_cast<int>(shape[0])};
}

std::int64_t label_of(std::span<const std::byte> bytes, ElementType type) {
  const auto as = [&]<class T>(T value) {
    std::memcpy(&value, bytes.data(), sizeof value);
    return static_cast<std::int64_t>(value);
  };
  if (type == ElementType::kU8) return as(std::uint8_t{});
  if (type == ElementType::kI16) return as(std::int16_t{});
  if (type == ElementType::kI32) return as(std::int32_t{});
  return as(std::int64_t{});
}

/// Of a source that holds u8 images and labels in memory.
class SourceSplit final : public StoredSplit {
 public:
  SourceSplit(std::shared_ptr<const Source> source, std::string name) : source_(std::move(source)) {
    split = std::move(name);
    for (const FieldSpec& field : source_->fields()) values_.emplace_back(field.bytes());
  }

  std::int64_t size() const override { return source_->size(); }

  StoredSample sample(std::int64_t index) override {
    fetch(index);
    return {.bytes = values_[0], .planar = true, .shape = planar_shape(source_->fields()[0].shape)};
  }

  std::string name(std::int64_t index) const override { return number(index); }

  std::int64_t label(std::int64_t index) const override {
    if (values_.size() < 2) return -1;
    fetch(index);
    return label_of(values_[1], ElementType::kI64);
  }

 private:
  void fetch(std::int64_t index) const {
    if (index == held_) return;
    const std::vector<Buffer> out(values_.begin(), values_.end());
    source_->read(std::span(&index, 1), out);
    held_ = index;
  }

  std::shared_ptr<const Source> source_;
  mutable std::vector<std::vector<std::byte>> values_;
  mutable std::int64_t held_ = -1;
};

/// One split of a packed set, by its own name.
class PackedSplitReader final : public StoredSplit {
 public:
  PackedSplitReader(std::shared_ptr<const codec::PackedFile> file, const codec::PackedSplit& range)
      : file_(std::move(file)), first_(range.first), count_(range.count) {
    split = printable(range.name);
    const auto& fields = file_->info().fields;
    const auto place = [&](std::string_view name) {
      return std::ranges::find(fields, name, &codec::PackedField::name) - fields.begin();
    };
    label_ = static_cast<std::size_t>(place("label"));
    x_ = static_cast<std::size_t>(place("x"));
    if (x_ == fields.size()) x_ = label_ == 0 && fields.size() > 1 ? 1 : 0;
    const codec::PackedField& x = fields[x_];
    shape_.dtype = x.dtype;
    const bool fits = fit_a_picture(x.shape);
    shape_.image = x.shape.size() == 3 && x.dtype == ElementType::kU8 && fits;
    shape_.planar = shape_.image;
    const auto coordinates = x.shape.size() == 1 && fits ? x.shape[0] : std::int64_t{1};
    shape_.shape =
        shape_.image ? planar_shape(x.shape) : PictureShape{0, 0, static_cast<int>(coordinates)};
  }

  std::int64_t size() const override { return count_; }

  StoredSample sample(std::int64_t index) override {
    StoredSample out = shape_;
    out.bytes = file_->sample(x_, first_ + index);
    return out;
  }

  std::string name(std::int64_t index) const override { return number(index); }

  std::int64_t label(std::int64_t index) const override {
    if (label_ == file_->info().fields.size() || file_->info().classes == 0) return -1;
    return label_of(file_->sample(label_, first_ + index), file_->info().fields[label_].dtype);
  }

 private:
  std::shared_ptr<const codec::PackedFile> file_;
  std::int64_t first_;
  std::int64_t count_;
  std::size_t x_ = 0;
  std::size_t label_ = 0;
  StoredSample shape_;
};

void open_packed_set(const std::string& path, StoredSet& set) {
  set.kind = "packed";
  set.title = "packed data set";
  set.config = PackedSet{};
  const auto file = std::make_shared<codec::PackedFile>(path);
  const codec::PackedInfo& info = file->info();
  set.origin = printable(info.origin);
  set.classes = info.classes;
  for (const std::string& name : info.class_names) set.class_names.push_back(printable(name));
  for (const codec::PackedField& field : info.fields) {
    set.fields.push_back(
        {printable(field.name), std::string(codec::to_text(field.dtype)), field.shape});
  }
  for (const codec::PackedSplit& range : info.splits) {
    auto split = std::make_unique<PackedSplitReader>(file, range);
    const auto place = split->split == "train" ? set.splits.begin() : set.splits.end();
    set.splits.insert(place, std::move(split));
  }
  if (std::ranges::none_of(info.splits, [](const auto& one) { return one.name == "test"; })) {
    set.no_test = "the packed set has no split \"test\"";
  }
  set.verify = [file](const auto& progress) { file->verify(progress); };
}

std::shared_ptr<Source> open_train(const std::string& path, StoredSet& set) {
  try {
    return open_source(set.config, Split::kTrain, path);
  } catch (const Error& error) {
    set.refused = error.message();
  }
  auto* idx = std::get_if<IdxFiles>(&set.config);
  if (idx == nullptr || idx->labels.empty()) return nullptr;
  IdxFiles unlabelled = *idx;
  unlabelled.labels = unlabelled.test_labels = "";
  try {
    auto source = make_source(unlabelled, Split::kTrain, path);
    set.labels_left_out = true;
    set.config = unlabelled;
    return source;
  } catch (const Error&) {
    return nullptr;
  }
}

void open_in_memory(const std::string& path, StoredSet& set) {
  const auto train = open_train(path, set);
  if (!train) return;
  set.classes = train->classes();
  set.class_names = train->class_names();
  set.splits.push_back(std::make_unique<SourceSplit>(train, "train"));
  try {
    set.splits.push_back(
        std::make_unique<SourceSplit>(open_source(set.config, Split::kTest, path), "test"));
  } catch (const Error& error) {
    note_no_test(error, set);
  }
}

void open_by_row(const std::string& path, StoredSet& set) {
  if (std::holds_alternative<PackedSet>(set.config) || is_packed_set(path)) {
    open_packed_set(path, set);
  } else if (std::holds_alternative<ImageFiles>(set.config)) {
    open_pictures(path, set);
  } else if (std::holds_alternative<ArrayFiles>(set.config)) {
    open_arrays_as_stored(path, set);
  } else if (const auto* cifar = std::get_if<CifarFiles>(&set.config)) {
    const bool ten = cifar->set == CifarSet::k10;
    set.kind = ten ? "cifar10" : "cifar100";
    set.title = ten ? "CIFAR-10 records" : "CIFAR-100 records";
    open_in_memory(path, set);
  } else if (std::holds_alternative<IdxFiles>(set.config)) {
    set.kind = "idx";
    set.title = "images in IDX files, the format of MNIST";
    open_in_memory(path, set);
  } else {
    set.refused = "the config names a world, which reads no files";
  }
}

}  // namespace

bool fit_a_picture(std::span<const std::int64_t> sizes) {
  return std::ranges::all_of(
      sizes, [](std::int64_t size) { return size <= std::numeric_limits<int>::max(); });
}

StoredSet open_stored_set(const std::string& path, const SourceConfig& config) {
  StoredSet set;
  set.config = config;
  try {
    open_by_row(path, set);
    if (set.refused.empty()) open_source(set.config, Split::kTrain, path);
  } catch (const Error& error) {
    if (set.refused.empty()) set.refused = error.message();
  }
  return set;
}

}  // namespace saddle::data
