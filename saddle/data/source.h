#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "saddle/codec/array.h"
#include "saddle/data/split.h"

namespace saddle::data {

/// What a field holds, before any transform.
struct FieldSpec {
  std::string name;          ///< "x", "label"
  codec::ElementType dtype;  ///< u8 images, f32 points, i64 labels
  std::vector<std::int64_t>
      shape;  ///< of one sample: [C,H,W] for images, [D] for points, [] labels

  /// Bytes of one sample.
  std::size_t bytes() const;
  bool operator==(const FieldSpec&) const = default;
};

/// Where a field's samples are written: n * FieldSpec::bytes() bytes, in C order, aligned for the
/// field's type.
using Buffer = std::span<std::byte>;

/// A set of samples. Reading is a pure function of the indices, safe from several threads.
class Source {
 public:
  virtual ~Source() = default;
  virtual const std::vector<FieldSpec>& fields() const = 0;
  /// Number of samples; kEndless for a procedural world that never repeats.
  virtual std::int64_t size() const = 0;
  /// Number of classes of the field "label"; 0 without labels.
  virtual std::int64_t classes() const = 0;
  /// Reads the samples into one buffer a field.
  virtual void read(std::span<const std::int64_t> indices, std::span<const Buffer> out) const = 0;
  /// A text that is equal for equal data: sha256 of the files, or the world and its parameters.
  virtual std::string fingerprint() const = 0;

  /// How many samples each class has; empty without labels and for an endless world, whose classes
  /// have equal shares. Unless a source knows better, every sample is read.
  virtual std::vector<std::int64_t> class_counts() const;
  /// A name for each class; empty where the data has none.
  virtual std::vector<std::string> class_names() const { return {}; }
  /// What reading does to the samples as they lie in the files, a line each; empty: nothing.
  virtual std::vector<std::string> notes() const { return {}; }

  static constexpr std::int64_t kEndless = INT64_MAX;
};

/// The field of this name. Throws Error(kInput) naming the fields there are.
std::size_t field_index(const Source& source, std::string_view name);
/// Whether the source has a field of this name.
bool has_field(const Source& source, std::string_view name);

/// The elements of a buffer as numbers of type T.
template <class T>
T* numbers(Buffer buffer) {
  return reinterpret_cast<T*>(buffer.data());
}

/// Throws Error(kInternal) unless 0 <= index < count.
void check_index(std::int64_t index, std::int64_t count);

/// Samples as plain bytes, one vector a field, in the order of Source::fields.
std::vector<std::vector<std::byte>> read_bytes(const Source& source,
                                               std::span<const std::int64_t> indices);

}  // namespace saddle::data
