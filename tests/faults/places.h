#pragma once

#include <filesystem>
#include <string>

namespace saddle::test {

/// Lets this process mount things that nobody else sees and that go with it. Returns why that is
/// not possible here, or nothing.
std::string enter_own_mounts();

/// A small file system in memory at an empty directory; gone with the object.
class SmallDisk {
 public:
  SmallDisk(const std::filesystem::path& place, int kilobytes);
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk();

  /// Frees room: the same files in a larger file system.
  void grow_to(int kilobytes) const;

 private:
  std::filesystem::path place_;
};

/// Makes a directory read-only for everybody, root too, for the object's life.
class ReadOnly {
 public:
  explicit ReadOnly(const std::filesystem::path& place);
  ReadOnly(const ReadOnly&) = delete;
  ReadOnly& operator=(const ReadOnly&) = delete;
  ~ReadOnly();

 private:
  std::filesystem::path place_;
};

}  // namespace saddle::test
