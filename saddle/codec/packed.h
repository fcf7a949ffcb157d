#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/codec/array.h"

namespace saddle::codec {

/// Saddle's packed data set, one file ending in ".saddle": fields of equal length, each in one
/// region in C order, with a checksum for each MiB. All numbers are little-endian.
///
///   page 0     the preamble of 4096 bytes: "SADDLEPK"; u32 version; u32 0; u64 offset and size of
///              the header, of the table, of the data; u64 size of the file; SHA-256 of header and
///              table (32 bytes); zeros; in the last 4 bytes the CRC-32C of those before
///   header     JSON, filled up with spaces: fields, samples, classes, splits, origin
///   table      u32 CRC-32C of each 1 MiB block of each field's region, fields in order
///   data       a region for each field, which starts on a page of 4096 bytes
inline constexpr std::size_t kPackedPage = 4096;
inline constexpr std::size_t kPackedBlock = std::size_t{1} << 20;

/// One field of every sample.
struct PackedField {
  std::string name;
  ElementType dtype = ElementType::kU8;  ///< u8, i16, i32, i64 or f32
  std::vector<std::int64_t> shape;       ///< of one sample; empty for one number

  /// Bytes of one sample.
  std::size_t sample_bytes() const;
  bool operator==(const PackedField&) const = default;
};

/// A run of successive samples with a name.
struct PackedSplit {
  std::string name;  ///< "train", "test", ...
  std::int64_t first = 0;
  std::int64_t count = 0;
  /// Samples of each class; empty without labels. The writer counts them itself.
  std::vector<std::int64_t> class_counts;

  bool operator==(const PackedSplit&) const = default;
};

/// What a packed data set holds.
struct PackedInfo {
  std::vector<PackedField> fields;
  std::int64_t samples = 0;
  std::int64_t classes = 0;              ///< 0: no classes
  std::vector<std::string> class_names;  ///< empty, or one a class
  std::vector<PackedSplit> splits;       ///< in order; together they are all samples
  std::string origin;                    ///< what was packed, and how, in words

  bool operator==(const PackedInfo&) const = default;
};

/// True when the bytes start as a packed data set does; 8 bytes are enough.
bool is_packed(std::string_view first_bytes);

/// Writes a packed data set in one pass and constant memory. The file appears under its name when
/// it is whole, else not at all. Not for several threads at once.
class PackedWriter {
 public:
  /// Throws Error(kInternal) for an info that does not hold together, Error(kIo) when the directory
  /// cannot be written or its disk has no room for the whole file. Temporary files that dead
  /// processes left of this path are removed.
  PackedWriter(const std::filesystem::path& path, PackedInfo info);
  /// Removes what was written unless finish() was called.
  ~PackedWriter();
  PackedWriter(PackedWriter&&) noexcept;
  PackedWriter& operator=(PackedWriter&&) noexcept;

  /// Appends `samples` samples: for each field, in the order of the info, their bytes one sample
  /// after the other. Throws Error(kInternal) for wrong sizes or too many samples, Error(kInput)
  /// when the field "label", one integer a sample, is not in 0..classes-1, Error(kIo). After an
  /// error nothing more can be appended.
  void append(std::span<const std::span<const std::byte>> one_per_field, std::int64_t samples);
  /// Syncs the file and gives it its name. Throws Error(kInternal) when samples are missing,
  /// Error(kIo).
  void finish();

  /// The size that the whole file has, in bytes.
  std::uint64_t file_bytes() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A packed data set open for reading. Opening reads the first pages alone; samples are mapped.
/// Any number of threads may read.
class PackedFile {
 public:
  /// Throws Error(kInput) for what is no packed data set, is truncated, damaged in its first pages
  /// or contradicts itself, and for a file that cannot be read.
  explicit PackedFile(const std::filesystem::path& path);
  ~PackedFile();
  PackedFile(PackedFile&&) noexcept;
  PackedFile& operator=(PackedFile&&) noexcept;

  const PackedInfo& info() const;
  /// The bytes of one sample of info().fields[field], valid as long as this object. Blocks are
  /// checked when they are touched first: throws Error(kInput) naming the block and its samples
  /// when one is damaged, Error(kInternal) for a field or index out of range.
  std::span<const std::byte> sample(std::size_t field, std::int64_t index) const;
  /// Bytes checked so far, and of all.
  using Progress = std::function<void(std::int64_t done, std::int64_t total)>;
  /// Reads and checks every block, and that the labels are those that the header counts. Throws
  /// Error(kInput) for the first that is wrong.
  void verify(const Progress& progress = {}) const;
  /// 64 hex digits that name the content: the SHA-256 of header and table. Reads no data.
  std::string fingerprint() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace saddle::codec
