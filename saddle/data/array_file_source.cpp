#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <mutex>

#include "saddle/base/error.h"
#include "saddle/base/hash.h"
#include "saddle/base/text.h"
#include "saddle/config/writer.h"
#include "saddle/data/array_file.h"
#include "saddle/data/file_tree.h"
#include "saddle/data/source.h"

namespace saddle::data {

namespace {

using codec::ElementType;

constexpr std::size_t kMaxHashedBytes = std::size_t{256} << 20;
constexpr std::size_t kHashedEnd = std::size_t{1} << 20;
constexpr std::int64_t kMaxArrayClasses = 1'000'000;

bool is_float(ElementType type) {
  return type == ElementType::kF32 || type == ElementType::kF64;
}

double element(const std::byte* at, ElementType type) {
  if (type == ElementType::kF32) {
    float value;
    std::memcpy(&value, at, sizeof value);
    return static_cast<double>(value);
  }
  double value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

class ArrayFileSource final : public Source {
 public:
  ArrayFileSource(const ArrayFiles& files, Split split, const std::string& path)
      : files_(files), name_(printable(path)), set_(open_arrays(files, path)) {
    if (!(files.low < files.high) || !std::isfinite(files.high - files.low)) {
      throw Error(ErrorCode::kUsage, "arrays",
                  cat("data.low = ", files.low, " and data.high = ", files.high,
                      ": expected finite numbers, low below high"));
    }
    const auto& shape = set_.x.shape();
    if (shape.size() < 2 || shape[0] < 1) {
      refuse(cat("got an array ", shape_text(shape),
                 ", expected images [N,H,W], [N,C,H,W] or [N,H,W,C], or rows [N,D]"));
    }
    for (const std::int64_t size : shape) {
      if (size < 1) refuse(cat("got an array ", shape_text(shape), ": it holds nothing"));
    }
    total_ = shape[0];
    set_fields();
    set_labels();
    places_ = held_indices(files.holdout, split, total_, "arrays", name_);
  }

  const std::vector<FieldSpec>& fields() const override { return fields_; }
  std::int64_t size() const override { return static_cast<std::int64_t>(places_.size()); }
  std::int64_t classes() const override { return classes_; }
  std::vector<std::string> notes() const override { return notes_; }

  void read(std::span<const std::int64_t> indices, std::span<const Buffer> out) const override {
    const std::size_t bytes = fields_[0].bytes();
    for (std::size_t n = 0; n < indices.size(); ++n) {
      check_index(indices[n], size());
      const std::int64_t place = places_[static_cast<std::size_t>(indices[n])];
      copy_sample(place, out[0].subspan(n * bytes, bytes));
      if (classes_ > 0) {
        numbers<std::int64_t>(out[1])[n] = labels_[static_cast<std::size_t>(place)];
      }
    }
  }

  std::vector<std::int64_t> class_counts() const override {
    std::vector<std::int64_t> counts(static_cast<std::size_t>(classes_));
    if (classes_ == 0) return counts;
    for (const std::int64_t i : places_) {
      ++counts[static_cast<std::size_t>(labels_[static_cast<std::size_t>(i)])];
    }
    return counts;
  }

  std::string fingerprint() const override {
    std::call_once(hashed_, [this] {
      Sha256 sha;
      sha.update(cat(codec::to_text(set_.x.dtype()), shape_text(set_.x.shape())));
      // Of what is too large to read at every start, both ends.
      const auto bytes = set_.x.bytes();
      const bool whole = bytes.size() <= kMaxHashedBytes;
      sha.update(whole ? bytes : bytes.first(kHashedEnd));
      if (!whole) sha.update(bytes.last(kHashedEnd));
      sha.update(std::as_bytes(std::span(labels_)));
      sha.update(std::as_bytes(std::span(places_)));
      fingerprint_ = cat(whole ? "sha256:" : "ends-sha256:", sha.hex());
      for (const auto& [key, value] : config::flatten(files_)) {
        fingerprint_ += cat(" ", key, "=", value);
      }
    });
    return fingerprint_;
  }

 private:
  [[noreturn]] void refuse(const std::string& text) const {
    throw Error(ErrorCode::kInput, "arrays", cat(name_, ": ", text));
  }

  void set_fields() {
    const auto& shape = set_.x.shape();
    if (shape.size() == 2) {
      if (!is_float(set_.x.dtype())) {
        refuse(cat("got rows of ", codec::to_text(set_.x.dtype()),
                   ", expected f32 or f64; try array.astype(numpy.float32)"));
      }
      fields_.push_back({"x", ElementType::kF32, {shape[1]}});
      return;
    }
    if (shape.size() > 4 || (set_.x.dtype() != ElementType::kU8 && !is_float(set_.x.dtype()))) {
      refuse(cat("got ", codec::to_text(set_.x.dtype()), " ", shape_text(shape),
                 ", expected images u8, f32 or f64 as [N,H,W], [N,C,H,W] or [N,H,W,C]",
                 shape.size() <= 4 ? "; try array.astype(numpy.uint8)" : ""));
    }
    if (is_float(set_.x.dtype())) {
      notes_.push_back(cat("float pixels: rounded to 8 bits, ", files_.low, " to 0 and ",
                           files_.high, " to 255"));
    }
    if (shape.size() == 3) {
      fields_.push_back({"x", ElementType::kU8, {1, shape[1], shape[2]}});
      return;
    }
    channels_last_ = has_channels_last(shape);
    fields_.push_back({"x", ElementType::kU8,
                       channels_last_ ? std::vector{shape[3], shape[1], shape[2]}
                                      : std::vector{shape[1], shape[2], shape[3]}});
  }

  bool has_channels_last(const std::vector<std::int64_t>& shape) const {
    if (files_.layout != ArrayLayout::kAuto) return files_.layout == ArrayLayout::kChannelsLast;
    const auto could_be = [](std::int64_t channels) { return channels == 1 || channels == 3; };
    if (could_be(shape[1]) == could_be(shape[3])) {
      refuse(cat("got an array ", shape_text(shape), ", in which ",
                 could_be(shape[1]) ? "both sides" : "neither side",
                 " could be the channels (1 or 3); say which with data.layout = "
                 "\"channels_first\" or \"channels_last\""));
    }
    return could_be(shape[3]);
  }

  void set_labels() {
    if (!set_.labels) return;
    const auto& shape = set_.labels->shape();
    if (shape.size() != 1 || shape[0] != total_) {
      throw Error(ErrorCode::kInput, "arrays",
                  cat(set_.labels_name, ": got labels ", shape_text(shape), ", expected [", total_,
                      "], one for each sample of ", name_));
    }
    labels_ = set_.labels->integers(set_.labels_name);
    for (std::size_t i = 0; i < labels_.size(); ++i) {
      if (labels_[i] < 0 || labels_[i] >= kMaxArrayClasses) {
        throw Error(ErrorCode::kInput, "arrays",
                    cat(set_.labels_name, ": label of sample ", i, ": got ", labels_[i],
                        ", expected 0 to ", kMaxArrayClasses - 1));
      }
      classes_ = std::max(classes_, labels_[i] + 1);
    }
    fields_.push_back({"label", ElementType::kI64, {}});
  }

  void copy_sample(std::int64_t place, Buffer out) const {
    const std::size_t element_bytes = codec::element_size(set_.x.dtype());
    const std::size_t count = out.size() / codec::element_size(fields_[0].dtype);
    const std::byte* from =
        set_.x.bytes().data() + static_cast<std::size_t>(place) * count * element_bytes;
    if (fields_[0].dtype == ElementType::kF32) {
      for (std::size_t i = 0; i < count; ++i) {
        numbers<float>(out)[i] = single(from, i, place);
      }
      return;
    }
    const std::size_t channels = static_cast<std::size_t>(fields_[0].shape[0]);
    const std::size_t plane = count / channels;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t to = channels_last_ ? i % channels * plane + i / channels : i;
      out[to] = is_float(set_.x.dtype()) ? pixel(from, i, place) : from[i];
    }
  }

  double finite(const std::byte* sample, std::size_t i, std::int64_t place) const {
    const double value = element(sample + i * codec::element_size(set_.x.dtype()), set_.x.dtype());
    if (!std::isfinite(value)) {
      refuse(
          cat("sample ", place, " holds ", value, " at element ", i, ", expected finite numbers"));
    }
    return value;
  }

  float single(const std::byte* sample, std::size_t i, std::int64_t place) const {
    const double value = finite(sample, i, place);
    if (std::abs(value) > static_cast<double>(std::numeric_limits<float>::max())) {
      refuse(cat("sample ", place, " holds ", value, " at element ", i,
                 ", expected numbers that fit into f32; try to scale them"));
    }
    return static_cast<float>(value);
  }

  std::byte pixel(const std::byte* sample, std::size_t i, std::int64_t place) const {
    const double value = finite(sample, i, place);
    if (value < files_.low || value > files_.high) {
      refuse(cat("image ", place, " holds ", value, " at element ", i, ", expected pixels in [",
                 files_.low, ",", files_.high, "]; say their range with data.low and data.high"));
    }
    return static_cast<std::byte>(
        std::lround(255 * (value - files_.low) / (files_.high - files_.low)));
  }

  ArrayFiles files_;
  std::string name_;
  ArraySet set_;
  std::vector<FieldSpec> fields_;
  std::vector<std::int64_t> labels_;  // of all samples
  std::vector<std::int64_t> places_;  // of this split
  std::vector<std::string> notes_;
  std::int64_t total_ = 0;
  std::int64_t classes_ = 0;
  bool channels_last_ = false;
  mutable std::once_flag hashed_;
  mutable std::string fingerprint_;
};

}  // namespace

std::shared_ptr<Source> make_source(const ArrayFiles& files, Split split, const std::string& path) {
  return std::make_shared<ArrayFileSource>(files, split, path);
}

}  // namespace saddle::data
