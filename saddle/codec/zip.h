#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace saddle::codec {

/// One file in a ZIP archive.
struct ZipEntry {
  std::string name;                   ///< UTF-8; names of old tools are taken as CP437
  std::uint64_t size = 0;             ///< bytes unpacked
  std::uint64_t compressed_size = 0;  ///< bytes in the archive
  std::uint32_t crc32 = 0;            ///< of the unpacked bytes
  bool deflated = false;              ///< else stored as it is
};

/// True when the bytes start as a ZIP archive with or without entries does.
bool is_zip(std::string_view bytes);

/// A ZIP archive (also ZIP64) open for reading; any number of threads may read from it.
class ZipReader {
 public:
  /// Throws Error(kInput) for what is no ZIP archive, is truncated or damaged, holds an entry that
  /// is encrypted or packed by a method other than stored and deflate, a name that is empty,
  /// absolute or climbs with "..", or a name twice; and for a file that cannot be read.
  explicit ZipReader(const std::filesystem::path& path);
  /// The same from memory; `name` stands in messages.
  ZipReader(std::string bytes, std::string_view name);
  ~ZipReader();
  ZipReader(ZipReader&&) noexcept;
  ZipReader& operator=(ZipReader&&) noexcept;

  /// What messages call the archive: its path.
  const std::string& name() const;
  /// The files in the order of the archive's directory; entries for folders are left out.
  std::span<const ZipEntry> entries() const;
  /// The position in entries() of the file called `name`.
  std::optional<std::size_t> find(std::string_view name) const;

  /// The unpacked bytes of entries()[index], checked against its size and CRC. Throws Error(kInput)
  /// when they are damaged or more than `max_bytes`, or unpack more than 1000 to 1 beyond 16 MiB,
  /// as archives made to fill memory do; Error(kInternal) for an index out of range.
  std::string read(std::size_t index, std::size_t max_bytes) const;
  /// At most the first `count` unpacked bytes of entries()[index], not checked against its CRC.
  /// Throws as read.
  std::string read_prefix(std::size_t index, std::size_t count) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A file to put into an archive.
struct ZipInput {
  std::string name;  ///< UTF-8
  std::string_view bytes;
};
enum class ZipMethod { kStored, kDeflated };

/// The bytes of a ZIP archive; equal input gives equal bytes. Throws Error(kInternal) for a name
/// that ZipReader would refuse.
std::string encode_zip(std::span<const ZipInput> files, ZipMethod method);
/// Writes a ZIP archive atomically. Throws as encode_zip, and Error(kIo).
void write_zip(const std::filesystem::path& path, std::span<const ZipInput> files,
               ZipMethod method);

}  // namespace saddle::codec
