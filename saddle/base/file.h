#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "saddle/base/descriptor.h"

namespace saddle {

/// Throws Error(kIo): `[component] cannot <what> '<path>': <the system's words>`, with what to try
/// where the disk is full or a right is missing. `code` is the system's error number.
[[noreturn]] void throw_io_error(std::string_view component, std::string_view what,
                                 const std::filesystem::path& path, int code);

/// The whole content of a file. Throws Error(kInput) when it is missing, a directory or not
/// readable, Error(kIo) when reading fails half-way.
std::string read_file(const std::filesystem::path& path);
/// At most the first `count` bytes of a file. Throws as read_file.
std::string read_file_prefix(const std::filesystem::path& path, std::size_t count);

/// Replaces `path` by `bytes` so that a crash leaves either the old or the new file: a temporary
/// file in the same directory, synced, renamed, directory synced. The directory must exist.
/// Throws Error(kIo), with the temporary file gone: the old file is then untouched, or, where only
/// the sync of the directory failed, the new one is in place but may not survive a crash.
void write_file_atomic(const std::filesystem::path& path, std::string_view bytes);
void write_file_atomic(const std::filesystem::path& path, std::span<const std::byte> bytes);

/// A new file under a temporary name `.tmp-<pid>-...` in the directory of `target`, removed with
/// the object unless commit() gave it its name.
class TemporaryFile {
 public:
  /// Throws Error(kIo) when `target` is a directory or its directory cannot be written.
  explicit TemporaryFile(std::filesystem::path target);
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile();

  /// Open for writing until commit().
  const Descriptor& file() const { return file_; }
  /// Syncs the file, puts it in the place of the target and syncs the directory. Throws Error(kIo).
  void commit();

 private:
  std::filesystem::path target_;
  std::filesystem::path path_;
  Descriptor file_;
};

/// Forces a directory's entries to disk, so that a rename in it survives a crash; nothing on file
/// systems that cannot. Throws Error(kIo).
void fsync_directory(const std::filesystem::path& path);

/// Makes `path` and its parents and checks that files can be made in it.
/// Throws Error(kIo) naming the first part that cannot be made or written.
void make_directories(const std::filesystem::path& path);

/// The directory in which `path` lies, "." for a bare name.
std::filesystem::path directory_of(const std::filesystem::path& path);

/// Makes the directory that will hold `path` and removes what dead processes left of `path` there.
/// Throws as make_directories.
void prepare_parent(const std::filesystem::path& path);

/// Removes the files and directories `.tmp-<pid>...<ending>` that dead processes left in
/// `directory`; returns how many. A missing directory has none. Where others may have files too,
/// `ending` is `-<name>`, for what write_file_atomic left of that name alone.
int remove_stale_temporaries(const std::filesystem::path& directory, std::string_view ending = "");

/// A file mapped read-only into memory. Movable; the spans live as long as the object.
class MappedFile {
 public:
  /// How the bytes will be read, a hint to the system.
  enum class Access { kNormal, kSequential, kRandom, kWillNeed };

  /// Throws Error(kInput) when missing, a directory or not readable, Error(kIo) otherwise.
  explicit MappedFile(const std::filesystem::path& path, Access access = Access::kNormal);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  std::string_view text() const { return {reinterpret_cast<const char*>(data_), size_}; }
  std::size_t size() const { return size_; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// An exclusive lock held for the object's life, with the holder's process number in the file.
/// The system releases it when the process dies.
class FileLock {
 public:
  /// Throws Error(kIo) when another process holds the lock, naming its number, or when the file
  /// cannot be made.
  explicit FileLock(const std::filesystem::path& path);
  ~FileLock();
  FileLock(FileLock&& other) noexcept = default;
  FileLock& operator=(FileLock&& other) noexcept = default;

  /// Whether the file that is locked still lies at its path: false once somebody removed it, or
  /// moved its directory.
  bool in_place() const;

 private:
  std::filesystem::path path_;
  Descriptor file_;
};

}  // namespace saddle
