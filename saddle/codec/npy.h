#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "saddle/codec/array.h"

namespace saddle::codec {

/// What a NumPy .npy file holds: u8, i64, f32 or f64 in C order.
using NpyArray = Array;

/// Reads a .npy file of format 1.0, 2.0 or 3.0. Throws Error(kInput) for a wrong magic, a broken
/// header, another type or order, missing or surplus bytes, and for a file that cannot be read.
NpyArray read_npy(const std::filesystem::path& path);
/// The same from memory; `name` stands in messages.
NpyArray parse_npy(std::string_view bytes, std::string_view name);

/// The bytes of a .npy file of format 1.0, data aligned to 64 bytes.
/// Throws Error(kUnsupported) for another element type.
std::string encode_npy(const NpyArray& array);
/// The same of values and their shape. Throws Error(kInternal) when their number does not fit.
std::string encode_npy(std::span<const float> values, std::span<const std::int64_t> shape);
/// Writes a .npy file atomically. Throws as encode_npy, and Error(kIo).
void write_npy(const std::filesystem::path& path, const NpyArray& array);

}  // namespace saddle::codec
