#include "saddle/base/file.h"

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "tests/base/temporary.h"

namespace saddle {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::TemporaryDirectory;
using test::Unprivileged;

std::string quoted(const fs::path& path) {
  return "'" + path.string() + "'";
}

int entries(const fs::path& path) {
  int count = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(path)) ++count;
  return count;
}

TEST(File, WritesAndReadsBackEveryByte) {
  const TemporaryDirectory directory;
  std::string bytes;
  for (int i = 0; i < 20000; ++i) bytes += static_cast<char>(i * 7);
  write_file_atomic(directory / "a", bytes);
  EXPECT_EQ(read_file(directory / "a"), bytes);
  write_file_atomic(directory / "a", std::string_view());
  EXPECT_EQ(read_file(directory / "a"), "");
  EXPECT_EQ(entries(directory.path()), 1) << "no temporary file may stay";
}

TEST(File, ReadsFilesWithoutASize) {
  EXPECT_FALSE(read_file("/proc/self/status").empty());
}

TEST(File, MissingDirectoryAndPermissionAreToldApart) {
  const TemporaryDirectory directory;
  const fs::path missing = directory / "missing";
  expect_error([&] { read_file(missing); }, ErrorCode::kInput,
               "[file] no such file: " + quoted(missing));
  expect_error([&] { MappedFile{missing}; }, ErrorCode::kInput,
               "[file] no such file: " + quoted(missing));
  expect_error([&] { read_file(directory.path()); }, ErrorCode::kInput,
               "[file] " + quoted(directory.path()) + " is a directory: expected a file");
  const fs::path secret = directory / "secret";
  write_file_atomic(secret, std::string_view("x"));
  ::chmod(secret.c_str(), 0);
  const Unprivileged guard;
  expect_error([&] { read_file(secret); }, ErrorCode::kInput,
               "[file] no permission to read " + quoted(secret));
}

TEST(File, AFailedWriteLeavesTheOldFile) {
  const TemporaryDirectory directory;
  const fs::path locked = directory / "locked";
  make_directories(locked);
  write_file_atomic(locked / "a", std::string_view("old"));
  ::chmod(locked.c_str(), 0555);
  {
    const Unprivileged guard;
    expect_error([&] { write_file_atomic(locked / "a", std::string_view("new")); }, ErrorCode::kIo,
                 "[file] cannot write " + quoted(locked / "a") +
                     ": Permission denied; try another directory");
    expect_error([&] { make_directories(locked); }, ErrorCode::kIo,
                 "[file] cannot write in directory " + quoted(locked) +
                     ": Permission denied; try another directory");
    expect_error([&] { make_directories(locked / "b" / "c"); }, ErrorCode::kIo,
                 "[file] cannot make directory " + quoted(locked / "b") +
                     ": Permission denied; try another directory");
  }
  EXPECT_EQ(read_file(locked / "a"), "old");
  expect_error(
      [&] { write_file_atomic(directory / "no" / "a", std::string_view("x")); }, ErrorCode::kIo,
      "[file] cannot write " + quoted(directory / "no" / "a") + ": No such file or directory");
  expect_error([&] { write_file_atomic(locked, std::string_view("x")); }, ErrorCode::kIo,
               "[file] cannot write " + quoted(locked) + ": Is a directory");
  expect_error([&] { make_directories(locked / "a"); }, ErrorCode::kIo,
               "[file] cannot make directory " + quoted(locked / "a") + ": Not a directory");
}

TEST(File, AFullDiskIsToldAndLeavesTheOldFile) {
  const TemporaryDirectory directory;
  const fs::path small = directory / "small";
  make_directories(small);
  if (::mount("tmpfs", small.c_str(), "tmpfs", 0, "size=64k") != 0) {
    GTEST_SKIP() << "no right to mount a small file system";
  }
  write_file_atomic(small / "a", std::string_view("old"));
  expect_error([&] { write_file_atomic(small / "a", std::string(1 << 20, 'x')); }, ErrorCode::kIo,
               "[file] cannot write " + quoted(small / "a") +
                   ": No space left on device; try to free space or another directory");
  EXPECT_EQ(read_file(small / "a"), "old");
  EXPECT_EQ(entries(small), 1);
  ::umount(small.c_str());
}

TEST(File, StaleTemporariesOfDeadProcessesGo) {
  const TemporaryDirectory directory;
  const pid_t dead = ::fork();
  if (dead == 0) ::_exit(0);
  ::waitpid(dead, nullptr, 0);
  const std::string stale = ".tmp-" + std::to_string(dead);
  make_directories(directory / stale);
  write_file_atomic(directory / stale / "part", std::string_view("x"));
  write_file_atomic(directory / (stale + "-0-a"), std::string_view("x"));
  write_file_atomic(directory / (".tmp-" + std::to_string(::getpid())), std::string_view("x"));
  write_file_atomic(directory / ".tmp-notes", std::string_view("x"));
  write_file_atomic(directory / (stale + "-0-b"), std::string_view("x"));
  EXPECT_EQ(remove_stale_temporaries(directory.path(), "-b"), 1);
  EXPECT_EQ(remove_stale_temporaries(directory.path()), 2);
  EXPECT_EQ(entries(directory.path()), 2);
  EXPECT_EQ(remove_stale_temporaries(directory / "missing"), 0);
}

TEST(MappedFile, ShowsTheBytesAndMoves) {
  const TemporaryDirectory directory;
  write_file_atomic(directory / "a", std::string_view("hello"));
  write_file_atomic(directory / "empty", std::string_view());
  MappedFile file(directory / "a", MappedFile::Access::kRandom);
  EXPECT_EQ(file.text(), "hello");
  MappedFile moved = std::move(file);
  EXPECT_EQ(moved.text(), "hello");
  EXPECT_EQ(file.size(), 0u);
  moved = MappedFile(directory / "empty");
  EXPECT_EQ(moved.size(), 0u);
}

TEST(FileLock, RefusesASecondHolderByItsNumber) {
  const TemporaryDirectory directory;
  const fs::path path = directory / "lock";
  {
    const FileLock lock(path);
    expect_error([&] { FileLock{path}; }, ErrorCode::kIo,
                 "[lock] " + quoted(path) + " is held by process " + std::to_string(::getpid()) +
                     "; wait until it ends, or stop it");
  }
  const FileLock again(path);
  EXPECT_EQ(read_file(path), std::to_string(::getpid()) + "\n");
}

TEST(FileLock, KnowsWhetherItsFileIsStillInPlace) {
  const TemporaryDirectory directory;
  make_directories(directory / "a");
  const FileLock lock(directory / "a" / "lock");
  EXPECT_TRUE(lock.in_place());
  fs::rename(directory / "a", directory / "b");
  EXPECT_FALSE(lock.in_place());
  make_directories(directory / "a");
  const FileLock other(directory / "a" / "lock");
  EXPECT_FALSE(lock.in_place()) << "another file at the same path";
  EXPECT_TRUE(other.in_place());
}

}  // namespace
}  // namespace saddle
