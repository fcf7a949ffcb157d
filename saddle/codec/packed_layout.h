#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/codec/packed.h"

// What the writer and the reader of packed data sets share.
namespace saddle::codec::detail {

/// What the format allows.
inline constexpr std::size_t kPackedMaxFields = 1024;
inline constexpr std::array kPackedTypes = {ElementType::kU8, ElementType::kI16, ElementType::kI32,
                                            ElementType::kI64, ElementType::kF32};

/// Where one field's samples lie.
struct PackedRegion {
  std::uint64_t offset = 0;  ///< in the file
  std::uint64_t bytes = 0;
  std::size_t first_block = 0;  ///< in the table
  std::size_t blocks = 0;
};

/// Where everything lies, in bytes from the start of the file.
struct PackedLayout {
  std::uint64_t header_offset = 0;
  std::uint64_t header_size = 0;
  std::uint64_t table_offset = 0;
  std::uint64_t table_size = 0;
  std::uint64_t data_offset = 0;
  std::uint64_t data_size = 0;
  std::uint64_t file_size = 0;
  std::vector<PackedRegion> regions;  ///< one a field

  /// Blocks of all regions.
  std::size_t blocks() const;
};

/// What does not hold together in an info, or "".
std::string info_fault(const PackedInfo& info);

/// The field "label" with one integer a sample, where there are classes to count.
std::optional<std::size_t> label_field(const PackedInfo& info);
/// An integer of this type from unaligned bytes.
std::int64_t integer_at(ElementType type, const std::byte* bytes);

/// The layout of a valid info's file, with room in the header for whatever the counts will be.
PackedLayout plan_layout(const PackedInfo& info);
/// The JSON header, filled up with spaces to its size in the layout.
std::string encode_header(const PackedInfo& info, const PackedLayout& layout);
/// The first page. `hash` is the SHA-256 of header and table in hex digits.
std::string encode_preamble(const PackedLayout& layout, std::string_view hash);

struct PackedPreamble {
  PackedLayout layout;  ///< without regions
  std::string hash;     ///< 64 hex digits
};
/// Reads the first page and checks it against the size of the file. Throws Error(kInput).
PackedPreamble parse_preamble(std::string_view file, std::string_view name);
/// Reads the header, checks it against the rest and fills the regions of the layout.
/// Throws Error(kInput).
PackedInfo parse_header(std::string_view json, PackedLayout& layout, std::string_view name);

[[noreturn]] void fail_packed(std::string_view name, std::string_view what);

}  // namespace saddle::codec::detail
