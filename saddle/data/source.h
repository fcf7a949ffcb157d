#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "saddle/data/batch.h"
#include "saddle/data/split.h"

namespace saddle::data {

/// What a field holds, before any transform.
struct FieldSpec {
  std::string name;      ///< "x", "label"
  at::ScalarType dtype;  ///< u8 images, f32 points, i64 labels
  std::vector<std::int64_t>
      shape;  ///< of one sample: [C,H,W] for images, [D] for points, [] labels
};

/// A set of samples. Reading is a pure function of the indices, safe from several threads.
class Source {
 public:
  virtual ~Source() = default;
  virtual const std::vector<FieldSpec>& fields() const = 0;
  /// Number of samples; kEndless for a procedural world that never repeats.
  virtual std::int64_t size() const = 0;
  /// Number of classes of the field "label"; 0 without labels.
  virtual std::int64_t classes() const = 0;
  /// Reads samples into out[f], preallocated [n, ...] tensors of the field's dtype, one per field.
  virtual void read(std::span<const std::int64_t> indices, std::span<at::Tensor> out) const = 0;
  /// A text that is equal for equal data: sha256 of the files, or the world and its parameters.
  virtual std::string fingerprint() const = 0;

  static constexpr std::int64_t kEndless = INT64_MAX;
};

/// The samples at these indices as a batch of the source's fields, before any transform.
Batch read_batch(const Source& source, std::span<const std::int64_t> indices);

}  // namespace saddle::data
