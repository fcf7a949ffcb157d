#include "saddle/loader/array_source.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <numeric>

#include "saddle/base/error.h"
#include "saddle/base/hash.h"
#include "saddle/base/text.h"
#include "saddle/loader/batch.h"

namespace saddle::data {

namespace {

class ArraySource final : public Source {
 public:
  ArraySource(std::vector<FieldSpec> fields, std::vector<at::Tensor> values, std::int64_t classes)
      : fields_(std::move(fields)), values_(std::move(values)), classes_(classes) {}

  const std::vector<FieldSpec>& fields() const override { return fields_; }
  std::int64_t size() const override { return values_.front().size(0); }
  std::int64_t classes() const override { return classes_; }

  void read(std::span<const std::int64_t> indices, std::span<const Buffer> out) const override {
    for (std::size_t f = 0; f < values_.size(); ++f) {
      const auto row = values_[f].nbytes() / static_cast<std::size_t>(size());
      const auto* from = static_cast<const std::byte*>(values_[f].const_data_ptr());
      std::byte* to = out[f].data();
      for (const std::int64_t index : indices) {
        check_index(index, size());
        std::memcpy(to, from + static_cast<std::size_t>(index) * row, row);
        to += row;
      }
    }
  }

  std::string fingerprint() const override {
    std::call_once(hashed_, [this] {
      Sha256 sha;
      for (std::size_t f = 0; f < values_.size(); ++f) {
        sha.update(cat(fields_[f].name, " ", codec::to_text(fields_[f].dtype), " ",
                       shape_text(fields_[f].shape)));
        sha.update(std::span(static_cast<const std::byte*>(values_[f].const_data_ptr()),
                             values_[f].nbytes()));
      }
      fingerprint_ = cat("sha256:", sha.hex());
    });
    return fingerprint_;
  }

 private:
  std::vector<FieldSpec> fields_;
  std::vector<at::Tensor> values_;
  std::int64_t classes_;
  mutable std::once_flag hashed_;
  mutable std::string fingerprint_;
};

codec::ElementType element_type(at::ScalarType type) {
  for (const auto known :
       {codec::ElementType::kU8, codec::ElementType::kI8, codec::ElementType::kI16,
        codec::ElementType::kI32, codec::ElementType::kI64, codec::ElementType::kF32,
        codec::ElementType::kF64}) {
    if (scalar_type(known) == type) return known;
  }
  throw Error(ErrorCode::kUnsupported, "data",
              cat("samples: got ", at::toString(type),
                  ", expected 8-bit unsigned images, whole numbers, float or double; convert them "
                  "with Tensor::to"));
}

/// The number of classes after checking every label.
std::int64_t checked_classes(const at::Tensor& labels, std::int64_t classes) {
  const auto* value = labels.const_data_ptr<std::int64_t>();
  std::int64_t largest = 0;
  for (std::int64_t i = 0; i < labels.numel(); ++i) {
    if (value[i] < 0 || (classes > 0 && value[i] >= classes)) {
      throw Error(ErrorCode::kInput, "data",
                  cat("label of sample ", i, ": got ", value[i], ", expected 0 or more",
                      classes > 0 ? cat(" and less than ", classes) : std::string()));
    }
    largest = std::max(largest, value[i]);
  }
  return classes > 0 ? classes : largest + 1;
}

template <class T>
at::Tensor copy_of(std::span<const T> values, std::vector<std::int64_t> shape) {
  at::Tensor copy = at::empty(shape, scalar_type(codec::element_type_of<T>()));
  std::memcpy(copy.mutable_data_ptr(), values.data(), values.size_bytes());
  return copy;
}

template <class T>
std::shared_ptr<Source> source_of_plain_arrays(std::span<const T> values, at::IntArrayRef shape,
                                               std::span<const std::int64_t> labels,
                                               std::int64_t classes) {
  const auto count = static_cast<std::int64_t>(values.size());
  std::int64_t one = 1;
  bool fits = count > 0;
  for (const std::int64_t extent : shape) {
    fits = fits && extent > 0 && !__builtin_mul_overflow(one, extent, &one);
  }
  if (!fits || count % one != 0) {
    throw Error(ErrorCode::kInput, "data",
                cat("got ", count, " numbers, which are no whole number of samples of shape ",
                    shape_text(shape)));
  }
  std::vector<std::int64_t> whole{count / one};
  whole.insert(whole.end(), shape.begin(), shape.end());
  at::Tensor kept;
  if (!labels.empty()) kept = copy_of(labels, {static_cast<std::int64_t>(labels.size())});
  return array_source(copy_of(values, std::move(whole)), kept, classes);
}

}  // namespace

std::shared_ptr<Source> array_source(const at::Tensor& x, const at::Tensor& labels,
                                     std::int64_t classes) {
  if (!x.defined() || x.dim() < 1 || x.numel() == 0) {
    throw Error(ErrorCode::kInput, "data", "no samples: got an empty array, expected [N,...]");
  }
  const auto shape = x.sizes().slice(1);
  std::vector<FieldSpec> fields = {{"x", element_type(x.scalar_type()), shape.vec()}};
  std::vector<at::Tensor> values = {x.detach().cpu().contiguous()};
  if (!labels.defined()) {
    return std::make_shared<ArraySource>(std::move(fields), std::move(values), 0);
  }
  if (labels.dim() != 1 || labels.scalar_type() != at::kLong || labels.size(0) != x.size(0)) {
    throw Error(ErrorCode::kInput, "data",
                cat("labels: got ", at::toString(labels.scalar_type()), " ",
                    shape_text({labels.sizes().data(), labels.sizes().size()}), ", expected Long [",
                    x.size(0), "], one for each sample"));
  }
  fields.push_back({"label", codec::ElementType::kI64, {}});
  values.push_back(labels.cpu().contiguous());
  const std::int64_t checked = checked_classes(values.back(), classes);
  return std::make_shared<ArraySource>(std::move(fields), std::move(values), checked);
}

std::shared_ptr<Source> array_source(std::span<const float> values, at::IntArrayRef shape,
                                     std::span<const std::int64_t> labels, std::int64_t classes) {
  return source_of_plain_arrays(values, shape, labels, classes);
}

std::shared_ptr<Source> array_source(std::span<const std::uint8_t> values, at::IntArrayRef shape,
                                     std::span<const std::int64_t> labels, std::int64_t classes) {
  return source_of_plain_arrays(values, shape, labels, classes);
}

std::shared_ptr<Source> subset(const Source& source, std::int64_t first, std::int64_t count) {
  if (first < 0 || count < 1 || first > source.size() - count) {
    throw Error(ErrorCode::kInput, "data",
                cat("subset: got samples ", first, " to ", first + count - 1,
                    ", expected within 0 to ", source.size() - 1));
  }
  std::vector<std::int64_t> indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), first);
  std::vector<at::Tensor> values;
  for (Field& field : read_batch(source, indices).fields) values.push_back(std::move(field.values));
  return std::make_shared<ArraySource>(source.fields(), std::move(values), source.classes());
}

}  // namespace saddle::data
