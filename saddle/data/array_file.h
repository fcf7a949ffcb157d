#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "saddle/base/file.h"
#include "saddle/codec/npy.h"
#include "saddle/data/array_files.h"

namespace saddle::data {

/// One array of a file: mapped, or unpacked into memory.
class StoredArray {
 public:
  /// Maps a .npy file. Throws Error(kInput) as the codec does.
  static StoredArray map(const std::string& path);
  /// Holds an array of a .npz.
  static StoredArray hold(codec::Array array);

  codec::ElementType dtype() const { return dtype_; }
  const std::vector<std::int64_t>& shape() const { return shape_; }
  std::span<const std::byte> bytes() const;
  /// Whole numbers as int64. Throws Error(kInput) naming `what` for another type.
  std::vector<std::int64_t> integers(const std::string& what) const;

 private:
  codec::ElementType dtype_ = codec::ElementType::kU8;
  std::vector<std::int64_t> shape_;
  std::size_t offset_ = 0;
  std::variant<std::vector<std::uint8_t>, MappedFile> store_;
};

/// The samples and labels of a .npy or .npz file.
struct ArraySet {
  StoredArray x;
  std::optional<StoredArray> labels;
  std::string labels_name;  ///< for messages
};

/// Opens what the config names in the file at `path`. Throws Error(kInput).
ArraySet open_arrays(const ArrayFiles& files, const std::string& path);

}  // namespace saddle::data
