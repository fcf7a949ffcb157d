#include <algorithm>
#include <cstring>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/codec/packed.h"
#include "saddle/data/file_tree.h"
#include "saddle/data/packed_files.h"
#include "saddle/data/source.h"

namespace saddle::data {

namespace {

using codec::ElementType;

template <class T>
std::int64_t integer_at(std::span<const std::byte> bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return static_cast<std::int64_t>(value);
}

std::int64_t integer_of(std::span<const std::byte> bytes, ElementType type) {
  if (type == ElementType::kU8) return integer_at<std::uint8_t>(bytes);
  if (type == ElementType::kI16) return integer_at<std::int16_t>(bytes);
  if (type == ElementType::kI32) return integer_at<std::int32_t>(bytes);
  return integer_at<std::int64_t>(bytes);
}

/// Labels are numbers of any whole type; all else is taken as it is stored.
bool is_packed_label(const codec::PackedField& field) {
  return field.name == "label" && field.shape.empty() && field.dtype != ElementType::kF32;
}

class PackedSource final : public Source {
 public:
  PackedSource(const std::string& path, Split split) : path_(printable(path)), file_(path) {
    const codec::PackedInfo& info = file_.info();
    const std::string_view wanted = split == Split::kTrain ? "train" : "test";
    const auto found =
        std::ranges::find_if(info.splits, [&](const auto& one) { return one.name == wanted; });
    if (found == info.splits.end()) {
      std::vector<std::string> names;
      for (const auto& one : info.splits) names.push_back(one.name);
      throw MissingSplit(
          "packed",
          cat("'", path_, "' has no split '", wanted, "', only ", printable(join(names, ", ")),
              wanted == "test" ? "; pack it from data that has a test set, or with one held out: "
                                 "--set data.test_every=5"
                               : ""));
    }
    split_ = *found;
    for (const codec::PackedField& field : info.fields) {
      const bool label = is_packed_label(field);
      fields_.push_back({field.name, label ? ElementType::kI64 : field.dtype, field.shape});
      has_labels_ = has_labels_ || label;
    }
    if (info.classes > 0 && !has_labels_) {
      throw Error(ErrorCode::kInput, "packed",
                  cat("'", path_, "' has ", info.classes,
                      " classes, but no field 'label' of one whole number a sample"));
    }
  }

  const std::vector<FieldSpec>& fields() const override { return fields_; }
  std::int64_t size() const override { return split_.count; }
  std::int64_t classes() const override { return file_.info().classes; }
  std::vector<std::int64_t> class_counts() const override { return split_.class_counts; }
  std::vector<std::string> class_names() const override { return file_.info().class_names; }
  std::vector<std::string> notes() const override {
    return {cat("packed from: ", file_.info().origin, "; data.* keys do not change it")};
  }

  void read(std::span<const std::int64_t> indices, std::span<const Buffer> out) const override {
    for (std::size_t f = 0; f < fields_.size(); ++f) {
      const ElementType stored = file_.info().fields[f].dtype;
      const std::size_t bytes = fields_[f].bytes();
      for (std::size_t n = 0; n < indices.size(); ++n) {
        check_index(indices[n], split_.count);
        const auto sample = file_.sample(f, split_.first + indices[n]);
        if (is_packed_label(file_.info().fields[f])) {
          numbers<std::int64_t>(out[f])[n] = label_of(integer_of(sample, stored), indices[n]);
        } else {
          std::memcpy(out[f].data() + n * bytes, sample.data(), bytes);
        }
      }
    }
  }

  std::string fingerprint() const override {
    return cat("packed-sha256:", file_.fingerprint(), " split=", split_.name);
  }

 private:
  /// Checked here too: not every file was made by our writer.
  std::int64_t label_of(std::int64_t label, std::int64_t index) const {
    if (classes() == 0 || (label >= 0 && label < classes())) return label;
    throw Error(ErrorCode::kInput, "packed",
                cat("'", path_, "' has the label ", label, " at sample ", index, " of split ",
                    split_.name, ": expected 0 to ", classes() - 1));
  }

  std::string path_;
  codec::PackedFile file_;
  codec::PackedSplit split_;
  std::vector<FieldSpec> fields_;
  bool has_labels_ = false;
};

}  // namespace

std::shared_ptr<Source> make_source(const PackedSet&, Split split, const std::string& path) {
  if (path.empty()) {
    throw Error(ErrorCode::kUsage, "packed",
                "no data given: expected a packed data set (.saddle); try --data FILE");
  }
  return std::make_shared<PackedSource>(path, split);
}

}  // namespace saddle::data
