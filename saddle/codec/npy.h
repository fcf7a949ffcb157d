#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/codec/array.h"

namespace saddle::codec {

/// What a NumPy .npy file holds, in C order. NumPy's bool is read as u8.
using NpyArray = Array;

/// Where in a .npy file what lies.
struct NpyHeader {
  ElementType dtype = ElementType::kU8;
  std::vector<std::int64_t> shape;
  std::size_t data_offset = 0;  ///< bytes before the first element
  std::size_t data_bytes = 0;   ///< of all elements; fits into 63 bits
};

/// Reads the header of a .npy file of format 1.0, 2.0 or 3.0 from its first bytes; the data need
/// not be there. Throws Error(kInput) for a wrong magic, a broken or cut header, a type other than
/// u8 i8 i16 i32 i64 f32 f64 and bool, big-endian or Fortran order, negative sizes and sizes that
/// overflow. `name` stands in messages.
NpyHeader parse_npy_header(std::string_view bytes, std::string_view name);
/// The data of the whole file `bytes`, header.data_bytes long. Throws Error(kInput) when bytes are
/// missing or surplus.
std::string_view npy_data(const NpyHeader& header, std::string_view bytes, std::string_view name);

/// Reads a .npy file. Throws as parse_npy_header and npy_data, and for a file that cannot be read.
NpyArray read_npy(const std::filesystem::path& path);
/// The same from memory; `name` stands in messages.
NpyArray parse_npy(std::string_view bytes, std::string_view name);

/// The bytes of a .npy file of format 1.0, data aligned to 64 bytes.
std::string encode_npy(const NpyArray& array);
/// The same of values and their shape. Throws Error(kInternal) when their number does not fit.
std::string encode_npy(std::span<const float> values, std::span<const std::int64_t> shape);
/// Writes a .npy file atomically. Throws Error(kIo).
void write_npy(const std::filesystem::path& path, const NpyArray& array);

}  // namespace saddle::codec
