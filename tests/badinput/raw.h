#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

// Files byte by byte, so that they can say what no writer of ours would write.
namespace saddle::test {

/// Writes a file and the folders above it, without a sync.
inline void put(const std::filesystem::path& path, std::string_view bytes) {
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

template <class T>
std::string little_endian(T value) {
  std::string out;
  for (std::size_t i = 0; i < sizeof value; ++i) {
    out += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
  }
  return out;
}
inline std::string big_endian(std::uint32_t value) {
  const std::string little = little_endian(value);
  return {little.rbegin(), little.rend()};
}

/// The checksum of PNG chunks and ZIP archives, bit by bit.
inline std::uint32_t crc_of(std::string_view bytes) {
  std::uint32_t crc = ~0u;
  for (const char c : bytes) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320u : 0);
  }
  return ~crc;
}

inline std::string raw_idx(int type, const std::vector<std::uint32_t>& shape,
                           std::string_view data) {
  std::string out{0, 0, static_cast<char>(type), static_cast<char>(shape.size())};
  for (const std::uint32_t size : shape) out += big_endian(size);
  return out.append(data);
}

/// `head` is a Python dictionary: `{'descr': '|u1', 'fortran_order': False, 'shape': (2,)}`.
inline std::string raw_npy(std::string head, std::string_view data) {
  head.append(63 - (10 + head.size()) % 64, ' ').append("\n");
  return std::string("\x93NUMPY\x01\0", 8) +
         little_endian(static_cast<std::uint16_t>(head.size())) + head + std::string(data);
}
inline std::string raw_npy(const std::string& descr, const std::string& shape,
                           std::string_view data) {
  return raw_npy("{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + "}",
                 data);
}

/// A file in a ZIP archive, and what the archive says about it.
struct RawEntry {
  std::string name;
  std::string bytes;  ///< as they lie there
  int method = 0;
  int flags = 0;
  std::uint32_t size = 0;  ///< declared; 0: that of `bytes`
  std::uint32_t crc = 0;   ///< declared; 0: that of `bytes`
};
inline std::string raw_zip(const std::vector<RawEntry>& entries) {
  std::string files, directory;
  for (const RawEntry& entry : entries) {
    const auto short_of = [](auto value) {
      return little_endian(static_cast<std::uint16_t>(value));
    };
    const auto packed = static_cast<std::uint32_t>(entry.bytes.size());
    const std::string common = short_of(20) + short_of(entry.flags) + short_of(entry.method) +
                               std::string("\0\0\x21\0", 4) +
                               little_endian(entry.crc != 0 ? entry.crc : crc_of(entry.bytes)) +
                               little_endian(packed) +
                               little_endian(entry.size != 0 ? entry.size : packed) +
                               short_of(entry.name.size()) + short_of(0);
    directory += "PK\x01\x02" + short_of(20) + common + std::string(10, '\0') +
                 little_endian(static_cast<std::uint32_t>(files.size()));
    directory += entry.name;
    files += "PK\x03\x04" + common + entry.name + entry.bytes;
  }
  const auto count = little_endian(static_cast<std::uint16_t>(entries.size()));
  return files + directory + std::string("PK\x05\x06\0\0\0\0", 8) + count + count +
         little_endian(static_cast<std::uint32_t>(directory.size())) +
         little_endian(static_cast<std::uint32_t>(files.size())) + std::string(2, '\0');
}

inline std::string png_chunk(const std::string& kind, const std::string& data) {
  return big_endian(static_cast<std::uint32_t>(data.size())) + kind + data +
         big_endian(crc_of(kind + data));
}
/// A PNG of this declared size, 8 bits grey, with `packed` for pixels.
inline std::string raw_png(std::uint32_t width, std::uint32_t height, const std::string& packed,
                           const std::string& extra = "") {
  return "\x89PNG\r\n\x1a\n" +
         png_chunk("IHDR",
                   big_endian(width) + big_endian(height) + std::string("\x08\0\0\0\0", 5)) +
         extra + png_chunk("IDAT", packed) + png_chunk("IEND", "");
}

}  // namespace saddle::test
