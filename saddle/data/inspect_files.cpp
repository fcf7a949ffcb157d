#include <algorithm>
#include <filesystem>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/codec/npz.h"
#include "saddle/codec/picture.h"
#include "saddle/data/array_file.h"
#include "saddle/data/image_index.h"
#include "saddle/data/inspect_set.h"
#include "saddle/data/source.h"

namespace saddle::data {

namespace {

namespace fs = std::filesystem;
using codec::ElementType;

class PictureSplit final : public StoredSplit {
 public:
  PictureSplit(std::shared_ptr<const FileTree> tree, ImageIndex index, std::string name)
      : tree_(std::move(tree)), index_(std::move(index)) {
    split = std::move(name);
  }

  std::int64_t size() const override { return static_cast<std::int64_t>(index_.files.size()); }

  StoredSample sample(std::int64_t index) override {
    const std::size_t file = index_.files.at(static_cast<std::size_t>(index));
    const std::string bytes = tree_->read(file, codec::kPictureMaxBytes);
    if (bytes.empty()) throw Error(ErrorCode::kInput, "images", "the file is empty");
    const auto info = decode(bytes);
    return {.bytes = std::as_bytes(std::span(picture_.pixels)),
            .shape = {picture_.width, picture_.height, picture_.channels},
            .bit_depth = info.bit_depth,
            .orientation = info.orientation};
  }

  std::string name(std::int64_t index) const override {
    return printable(tree_->files()[index_.files.at(static_cast<std::size_t>(index))].name);
  }

  std::int64_t label(std::int64_t index) const override {
    return index_.labels.empty() ? -1 : index_.labels[static_cast<std::size_t>(index)];
  }

 private:
  /// Fills picture_. What it throws leaves out whose fault it is: the report names the file.
  codec::PictureInfo decode(const std::string& bytes) {
    constexpr std::string_view kSubject = "'it' is ";
    try {
      picture_ = codec::decode_picture(bytes, "it");
      return codec::probe_picture(bytes, "it");
    } catch (const Error& error) {
      const std::string& message = error.message();
      if (!message.starts_with(kSubject)) throw;
      throw Error(ErrorCode::kInput, "images", message.substr(kSubject.size()));
    }
  }

  std::shared_ptr<const FileTree> tree_;
  ImageIndex index_;
  codec::Image8 picture_;
};

/// The index of the training pictures; without labels where those are refused.
ImageIndex train_index(const FileTree& tree, StoredSet& set) {
  auto& files = std::get<ImageFiles>(set.config);
  try {
    return index_images(tree, files, Split::kTrain);
  } catch (const Error& error) {
    if (files.labels == LabelSource::kNone) throw;
    set.refused = error.message();
  }
  ImageFiles unlabelled = files;
  unlabelled.labels = LabelSource::kNone;
  ImageIndex index = index_images(tree, unlabelled, Split::kTrain);
  files = unlabelled;
  set.labels_left_out = true;
  return index;
}

class ArraySplit final : public StoredSplit {
 public:
  ArraySplit(std::shared_ptr<const StoredArray> x, StoredSample layout,
             std::shared_ptr<const std::vector<std::int64_t>> labels,
             std::vector<std::int64_t> places, std::string name)
      : x_(std::move(x)),
        layout_(layout),
        labels_(std::move(labels)),
        places_(std::move(places)),
        bytes_(x_->bytes().size() / static_cast<std::size_t>(x_->shape()[0])) {
    split = std::move(name);
  }

  std::int64_t size() const override { return static_cast<std::int64_t>(places_.size()); }

  StoredSample sample(std::int64_t index) override {
    StoredSample out = layout_;
    out.bytes = x_->bytes().subspan(place(index) * bytes_, bytes_);
    return out;
  }

  std::string name(std::int64_t index) const override {
    return number(std::uint64_t{place(index)});
  }

  std::int64_t label(std::int64_t index) const override {
    return labels_->empty() ? -1 : (*labels_)[place(index)];
  }

 private:
  std::size_t place(std::int64_t index) const {
    return static_cast<std::size_t>(places_.at(static_cast<std::size_t>(index)));
  }

  std::shared_ptr<const StoredArray> x_;
  StoredSample layout_;
  std::shared_ptr<const std::vector<std::int64_t>> labels_;
  std::vector<std::int64_t> places_;
  std::size_t bytes_;
};

/// How one sample of an array of this shape lies; where nobody can tell, as rows of numbers.
StoredSample array_layout(const StoredArray& x, ArrayLayout layout) {
  StoredSample out;
  out.dtype = x.dtype();
  const auto& shape = x.shape();
  const auto side = [&](std::size_t i) { return static_cast<int>(shape[i]); };
  const auto could_be = [&](std::size_t i) { return shape[i] == 1 || shape[i] == 3; };
  if (!fit_a_picture(std::span(shape).subspan(1))) {
    out.image = false;
    out.shape = {0, 0, 1};
    return out;
  }
  out.image = shape.size() == 3 || shape.size() == 4;
  if (shape.size() == 3) {
    out.shape = {side(2), side(1), 1};
  } else if (shape.size() == 4) {
    const bool clear = layout != ArrayLayout::kAuto || could_be(1) != could_be(3);
    const bool last =
        layout == ArrayLayout::kAuto ? could_be(3) : layout == ArrayLayout::kChannelsLast;
    out.planar = !last;
    out.shape =
        last ? PictureShape{side(2), side(1), side(3)} : PictureShape{side(3), side(2), side(1)};
    out.image = clear;
    if (!clear) out.shape = {0, 0, 1};
  } else {
    out.shape = {0, 0, shape.size() == 2 ? side(1) : 1};
  }
  return out;
}

std::vector<InspectedField> array_fields(const std::string& path) {
  std::vector<InspectedField> fields;
  const auto add = [&](const std::string& name, const codec::NpyHeader& header) {
    fields.push_back({printable(name), std::string(codec::to_text(header.dtype)), header.shape});
  };
  if (const std::string first = read_file_prefix(path, 65536); !codec::is_zip(first)) {
    add("", codec::parse_npy_header(first, printable(path)));
    return fields;
  }
  const codec::ZipReader archive{fs::path(path)};
  for (const std::string& name : codec::npz_names(archive)) {
    add(name, codec::npz_header(archive, name));
  }
  return fields;
}

/// Labels from 0 on, one a sample; else what is wrong with them goes to `refused`.
std::vector<std::int64_t> array_labels(const ArraySet& arrays, std::int64_t count, StoredSet& set) {
  if (!arrays.labels) return {};
  try {
    auto labels = arrays.labels->integers(arrays.labels_name);
    // Others are told by the source, which is opened too.
    const bool fit = arrays.labels->shape().size() == 1 &&
                     static_cast<std::int64_t>(labels.size()) == count &&
                     std::ranges::all_of(labels, [](auto y) { return y >= 0 && y < 1'000'000; });
    if (!fit) labels.clear();
    for (const std::int64_t label : labels) set.classes = std::max(set.classes, label + 1);
    return labels;
  } catch (const Error& error) {
    set.refused = error.message();
    return {};
  }
}

}  // namespace

void note_no_test(const Error& error, StoredSet& set) {
  set.no_test = error.message();
  set.test_broken = dynamic_cast<const MissingSplit*>(&error) == nullptr;
}

void open_pictures(const std::string& path, StoredSet& set) {
  set.tree = open_file_tree(path);
  const bool folder = fs::is_directory(path);
  set.kind = folder ? "folder" : "zip";
  set.title = folder ? "folder of pictures" : "ZIP archive of pictures";
  ImageIndex train = train_index(*set.tree, set);
  if (std::ranges::find(train.notes, "labels: those of dataset.json") != train.notes.end()) {
    set.title += ", labels in dataset.json";
  }
  set.classes = train.classes;
  set.class_names = train.class_names;
  if (const auto root = split_folder(*set.tree, Split::kTrain)) set.root = cat(*root, "/");
  set.splits.push_back(std::make_unique<PictureSplit>(set.tree, std::move(train), "train"));
  try {
    ImageIndex test = index_images(*set.tree, std::get<ImageFiles>(set.config), Split::kTest);
    set.classes = std::max(set.classes, test.classes);
    set.splits.push_back(std::make_unique<PictureSplit>(set.tree, std::move(test), "test"));
  } catch (const Error& error) {
    note_no_test(error, set);
  }
}

void open_arrays_as_stored(const std::string& path, StoredSet& set) {
  const auto& files = std::get<ArrayFiles>(set.config);
  set.fields = array_fields(path);
  set.kind = set.fields.size() == 1 && set.fields[0].name.empty() ? "npy" : "npz";
  set.title = set.kind == "npy" ? "NumPy array (.npy)" : "NumPy arrays (.npz)";
  ArraySet arrays = open_arrays(files, path);
  const auto& shape = arrays.x.shape();
  if (shape.empty() || std::ranges::any_of(shape, [](std::int64_t n) { return n < 1; })) return;
  const std::int64_t count = shape[0];
  const auto labels =
      std::make_shared<const std::vector<std::int64_t>>(array_labels(arrays, count, set));
  const auto x = std::make_shared<const StoredArray>(std::move(arrays.x));
  for (const Split split : {Split::kTrain, Split::kTest}) {
    try {
      set.splits.push_back(std::make_unique<ArraySplit>(
          x, array_layout(*x, files.layout), labels,
          held_indices(files.holdout, split, count, "arrays", printable(path)),
          split == Split::kTrain ? "train" : "test"));
    } catch (const Error& error) {
      if (split == Split::kTrain) throw;
      note_no_test(error, set);
    }
  }
}

}  // namespace saddle::data
