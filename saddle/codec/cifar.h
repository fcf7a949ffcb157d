#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

namespace saddle::codec {

/// The binary versions of CIFAR-10 (records of a label and 3,072 pixel bytes) and CIFAR-100
/// (a coarse label, a label and 3,072 pixel bytes).
enum class CifarKind { k10, k100 };

/// Bytes of one record: 3,073 or 3,074.
std::size_t cifar_record_bytes(CifarKind kind);

/// N images with their labels.
struct CifarBatch {
  std::vector<std::uint8_t> pixels;  ///< [N,3,32,32]: red, green, blue, row by row
  std::vector<std::uint8_t> labels;  ///< [N], 0 to 9, of CIFAR-100 0 to 99
  std::vector<std::uint8_t> coarse;  ///< [N], 0 to 19, only of CIFAR-100

  std::int64_t count() const { return static_cast<std::int64_t>(labels.size()); }
};

/// The largest file that is unpacked unless the caller says more: 4 GiB.
inline constexpr std::size_t kCifarMaxBytes = std::size_t{4} << 30;

/// The records of a file, gzipped or not. Throws Error(kInput) for no records, a size that is no
/// multiple of a record, a label out of range, and as gunzip. `name` stands in messages.
CifarBatch parse_cifar(std::string_view bytes, std::string_view name, CifarKind kind,
                       std::size_t max_bytes = kCifarMaxBytes);
/// The same of a file. Throws also for a file that cannot be read.
CifarBatch read_cifar(const std::filesystem::path& path, CifarKind kind,
                      std::size_t max_bytes = kCifarMaxBytes);

}  // namespace saddle::codec
