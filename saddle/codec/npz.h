#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/codec/npy.h"
#include "saddle/codec/zip.h"

namespace saddle::codec {

/// One array of a NumPy .npz file, which is a ZIP archive of .npy files.
struct NpzArray {
  std::string name;  ///< without ".npy"
  NpyArray array;
};

/// The largest array a file may hold unless the caller says more: 8 GiB.
inline constexpr std::size_t kNpzMaxBytes = std::size_t{8} << 30;

/// The names of the arrays in the file's order. Throws as ZipReader, and Error(kInput) for a file
/// in the archive that does not end in ".npy".
std::vector<std::string> npz_names(const ZipReader& archive);
std::vector<std::string> npz_names(const std::filesystem::path& path);

/// The header of one array; its data are not unpacked. Throws as read_npz.
NpyHeader npz_header(const ZipReader& archive, std::string_view name);

/// One array; the others are not unpacked. Throws as ZipReader and parse_npy, and Error(kInput),
/// with the names that there are, for an unknown one.
NpyArray read_npz(const ZipReader& archive, std::string_view name,
                  std::size_t max_bytes = kNpzMaxBytes);
NpyArray read_npz(const std::filesystem::path& path, std::string_view name,
                  std::size_t max_bytes = kNpzMaxBytes);
/// All arrays in the file's order, each of at most `max_bytes`.
std::vector<NpzArray> read_npz(const std::filesystem::path& path,
                               std::size_t max_bytes = kNpzMaxBytes);

/// Writes a .npz file atomically, as numpy.savez (stored) and numpy.savez_compressed (deflated) do.
/// Throws Error(kIo).
void write_npz(const std::filesystem::path& path, std::span<const NpzArray> arrays,
               ZipMethod method = ZipMethod::kStored);

}  // namespace saddle::codec
