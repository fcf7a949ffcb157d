#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <string_view>
#include <vector>

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

}  // namespace saddle::data
