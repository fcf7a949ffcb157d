#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace saddle::codec {

/// The element types of the format, with their sizes.
struct SafetensorsDtype {
  std::string_view name;
  std::uint64_t bytes;
};
inline constexpr SafetensorsDtype kSafetensorsDtypes[] = {
    {"F64", 8}, {"F32", 4}, {"F16", 2}, {"BF16", 2}, {"I64", 8},
    {"I32", 4}, {"I16", 2}, {"I8", 1},  {"U8", 1},   {"BOOL", 1}};

struct SafetensorsEntry {
  std::string name;
  std::string dtype;  ///< one of kSafetensorsDtypes
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;  ///< byte offsets relative to the data
  std::uint64_t end = 0;
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  ///< in the order of the file's header
  std::map<std::string, std::string> metadata;
  std::uint64_t data_begin = 0;  ///< position in the file
};

/// Reads and checks the header against the length of the file. Throws Error(kInput).
SafetensorsHeader parse_safetensors_header(std::string_view file, std::string_view source);

/// The header's JSON padded with spaces so that the data is 8-aligned, with its length before it.
/// Throws Error(kInput) when a name or text is not UTF-8.
std::string write_safetensors_header(const SafetensorsHeader& header);

}  // namespace saddle::codec
