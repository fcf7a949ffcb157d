#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "saddle/codec/array.h"

namespace saddle::codec {

/// What an IDX file (the format of MNIST) holds: u8, i8, i16, i32, f32 or f64, rank 1 to 4.
using IdxArray = Array;

/// The largest array a file may declare unless the caller says more: 8 GiB.
inline constexpr std::size_t kIdxMaxBytes = std::size_t{8} << 30;

/// Reads an IDX file, gzipped or not. Throws Error(kInput) for a wrong magic, an unknown type or
/// rank, no elements, more than `max_bytes`, missing or surplus bytes.
IdxArray read_idx(const std::filesystem::path& path, std::size_t max_bytes = kIdxMaxBytes);
/// The same from memory; `name` stands in messages.
IdxArray parse_idx(std::string_view bytes, std::string_view name,
                   std::size_t max_bytes = kIdxMaxBytes);

/// The bytes of an IDX file. Throws Error(kUnsupported) for i64 or a rank outside 1 to 4.
std::string encode_idx(const IdxArray& array);
/// Writes an IDX file atomically, gzipped when the name ends in ".gz".
void write_idx(const std::filesystem::path& path, const IdxArray& array);

}  // namespace saddle::codec
