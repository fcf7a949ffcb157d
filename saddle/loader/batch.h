#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/data/source.h"

namespace saddle::data {

/// One named part of a batch: "x", "y", "label", "length".
struct Field {
  std::string name;
  at::Tensor values;  ///< [N,...]
  at::Tensor mask;    ///< [N,...] bool, or undefined: everything counts
};

/// N samples as named fields.
struct Batch {
  std::vector<Field> fields;

  bool has(std::string_view name) const;
  /// Throws Error(kInternal) naming the fields there are.
  const at::Tensor& at(std::string_view name) const;
  void set(std::string_view name, at::Tensor values);
  std::int64_t size() const;
};

/// The type of tensors that hold elements of this type.
at::ScalarType scalar_type(codec::ElementType type);

/// The samples at these indices as a batch of the source's fields, before any transform.
Batch read_batch(const Source& source, std::span<const std::int64_t> indices);

}  // namespace saddle::data
