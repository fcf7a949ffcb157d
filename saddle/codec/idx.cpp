#include "saddle/codec/idx.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <optional>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/text.h"
#include "saddle/codec/gzip.h"

namespace saddle::codec {
namespace {

struct IdxType {
  std::uint8_t code;
  ElementType type;
};
constexpr std::array<IdxType, 6> kIdxTypes = {{{0x08, ElementType::kU8},
                                               {0x09, ElementType::kI8},
                                               {0x0b, ElementType::kI16},
                                               {0x0c, ElementType::kI32},
                                               {0x0d, ElementType::kF32},
                                               {0x0e, ElementType::kF64}}};
constexpr std::size_t kMaxRank = 4;
constexpr std::size_t kMaxHeader = 4 + 4 * kMaxRank;

struct IdxHeader {
  ElementType dtype = ElementType::kU8;
  std::vector<std::int64_t> shape;
  std::size_t header_bytes = 0;
  std::size_t data_bytes = 0;
};

[[noreturn]] void fail_idx(std::string_view name, std::string_view what) {
  throw Error(ErrorCode::kInput, "idx", cat("'", name, "' ", what));
}

std::uint8_t byte_at(std::string_view bytes, std::size_t i) {
  return static_cast<std::uint8_t>(bytes[i]);
}

std::string hex_bytes(std::string_view bytes) {
  std::string out;
  for (char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (!out.empty()) out += ' ';
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return out;
}

/// IDX is big-endian; this turns elements to the machine's order and back.
void swap_elements(std::span<std::uint8_t> bytes, std::size_t size) {
  static_assert(std::endian::native == std::endian::little);
  if (size == 1) return;
  for (std::size_t i = 0; i + size <= bytes.size(); i += size) {
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i),
                 bytes.begin() + static_cast<std::ptrdiff_t>(i + size));
  }
}

/// Checks the header in the first bytes of a file.
IdxHeader parse_idx_header(std::string_view bytes, std::string_view name, std::size_t max_bytes) {
  if (bytes.size() < 4) {
    fail_idx(name, cat("is not an IDX file: got ", bytes.size(), " bytes, expected at least 4"));
  }
  const auto found = std::find_if(kIdxTypes.begin(), kIdxTypes.end(),
                                  [&](IdxType t) { return t.code == byte_at(bytes, 2); });
  const std::size_t rank = byte_at(bytes, 3);
  if (bytes[0] != 0 || bytes[1] != 0) {
    fail_idx(name, cat("is not an IDX file: got the first bytes ", hex_bytes(bytes.substr(0, 4)),
                       ", expected 00 00, a type and a rank"));
  }
  if (found == kIdxTypes.end()) {
    fail_idx(name, cat("has an unknown IDX type: got ", hex_bytes(bytes.substr(2, 1)),
                       ", expected 08 (u8), 09 (i8), 0b (i16), 0c (i32), 0d (f32) or 0e (f64)"));
  }
  if (rank < 1 || rank > kMaxRank) {
    fail_idx(name, cat("has a wrong IDX rank: got ", rank, ", expected 1 to ", kMaxRank));
  }
  IdxHeader out;
  out.dtype = found->type;
  out.header_bytes = 4 + 4 * rank;
  if (bytes.size() < out.header_bytes) {
    fail_idx(name, cat("is truncated: got ", bytes.size(), " bytes, expected a header of ",
                       out.header_bytes));
  }
  bool empty = false;
  bool too_big = false;
  out.data_bytes = element_size(out.dtype);
  for (std::size_t d = 0; d < rank; ++d) {
    std::uint32_t size = 0;
    for (std::size_t i = 0; i < 4; ++i) size = size << 8 | byte_at(bytes, 4 + 4 * d + i);
    out.shape.push_back(size);
    empty = empty || size == 0;
    // Stops multiplying at the limit, so that four sizes of 32 bits cannot overflow.
    too_big = too_big || (size > 0 && out.data_bytes > max_bytes / size);
    if (!too_big) out.data_bytes *= size;
  }
  if (empty) fail_idx(name, cat("holds no data: got shape ", shape_text(out.shape)));
  if (too_big) {
    fail_idx(name, cat("declares too much data: got shape ", shape_text(out.shape), " of ",
                       to_text(out.dtype), ", expected at most ", max_bytes, " bytes"));
  }
  return out;
}

IdxArray take_idx_data(std::string_view bytes, const IdxHeader& header, std::string_view name) {
  const std::size_t got = bytes.size() - header.header_bytes;
  if (got < header.data_bytes) {
    fail_idx(name, cat("is truncated: got ", got, " bytes of data, expected ", header.data_bytes,
                       " for shape ", shape_text(header.shape), " of ", to_text(header.dtype)));
  }
  if (got > header.data_bytes) {
    fail_idx(name, cat("has ", got - header.data_bytes, " surplus bytes: expected ",
                       header.data_bytes, " bytes of data for shape ", shape_text(header.shape),
                       " of ", to_text(header.dtype)));
  }
  const std::string_view data = bytes.substr(header.header_bytes);
  IdxArray out;
  out.dtype = header.dtype;
  out.shape = header.shape;
  out.bytes.assign(data.begin(), data.end());
  swap_elements(out.bytes, element_size(out.dtype));
  return out;
}

}  // namespace

IdxArray parse_idx(std::string_view bytes, std::string_view name, std::size_t max_bytes) {
  if (!is_gzip(bytes)) {
    return take_idx_data(bytes, parse_idx_header(bytes, name, max_bytes), name);
  }
  // The header is checked before the rest is unpacked: it bounds what may come.
  const std::string prefix = gunzip_prefix(bytes, kMaxHeader, name);
  const IdxHeader header = parse_idx_header(prefix, name, max_bytes);
  // Some room for surplus bytes, so that the message can count them.
  const std::size_t bound = header.header_bytes + header.data_bytes + 4096;
  const std::string unpacked = gunzip(bytes, bound, name);
  return take_idx_data(unpacked, header, name);
}

IdxArray read_idx(const std::filesystem::path& path, std::size_t max_bytes) {
  const MappedFile file(path, MappedFile::Access::kSequential);
  return parse_idx(file.text(), path.string(), max_bytes);
}

std::string encode_idx(const IdxArray& array) {
  const auto found = std::find_if(kIdxTypes.begin(), kIdxTypes.end(),
                                  [&](IdxType t) { return t.type == array.dtype; });
  if (found == kIdxTypes.end() || array.shape.empty() || array.shape.size() > kMaxRank) {
    throw Error(ErrorCode::kUnsupported, "idx",
                cat("IDX cannot hold ", to_text(array.dtype), " of shape ", shape_text(array.shape),
                    ": expected u8, i8, i16, i32, f32 or f64 of rank 1 to 4; try .npy"));
  }
  std::string out = {0, 0, static_cast<char>(found->code), static_cast<char>(array.shape.size())};
  for (std::int64_t size : array.shape) {
    if (size < 0 || size > std::numeric_limits<std::uint32_t>::max()) {
      throw Error(ErrorCode::kUnsupported, "idx",
                  cat("IDX cannot hold shape ", shape_text(array.shape)));
    }
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift & 0xff);
  }
  std::vector<std::uint8_t> data = array.bytes;
  swap_elements(data, element_size(array.dtype));
  out.append(data.begin(), data.end());
  return out;
}

void write_idx(const std::filesystem::path& path, const IdxArray& array) {
  const std::string bytes = encode_idx(array);
  write_file_atomic(path, path.extension() == ".gz" ? gzip(bytes) : bytes);
}

}  // namespace saddle::codec
