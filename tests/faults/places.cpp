#include "tests/faults/places.h"

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace saddle::test {
namespace {

std::string size_option(int kilobytes) {
  return "size=" + std::to_string(kilobytes) + "k";
}

void mount_or_throw(const char* from, const std::filesystem::path& to, const char* type,
                    unsigned long flags, const char* options) {
  if (::mount(from, to.c_str(), type, flags, options) == 0) return;
  throw std::system_error(errno, std::generic_category(), "mount " + to.string());
}

std::string try_to_enter() {
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  // Who is not root becomes root of a namespace of its own.
  const int flags = user == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER;
  if (::unshare(flags) != 0) {
    return "no right to mount: " + std::generic_category().message(errno);
  }
  if (user != 0) {
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << "0 " << user << " 1";
    std::ofstream("/proc/self/gid_map") << "0 " << group << " 1";
  }
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return "mounts cannot be kept apart: " + std::generic_category().message(errno);
  }
  return {};
}

}  // namespace

std::string enter_own_mounts() {
  static const std::string reason = try_to_enter();
  return reason;
}

SmallDisk::SmallDisk(const std::filesystem::path& place, int kilobytes) : place_(place) {
  std::filesystem::create_directories(place);
  mount_or_throw("tmpfs", place, "tmpfs", 0, size_option(kilobytes).c_str());
}

SmallDisk::~SmallDisk() {
  ::umount2(place_.c_str(), MNT_DETACH);
}

void SmallDisk::grow_to(int kilobytes) const {
  mount_or_throw("tmpfs", place_, "tmpfs", MS_REMOUNT, size_option(kilobytes).c_str());
}

ReadOnly::ReadOnly(const std::filesystem::path& place) : place_(place) {
  mount_or_throw(place.c_str(), place, nullptr, MS_BIND, nullptr);
  mount_or_throw(nullptr, place, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr);
}

ReadOnly::~ReadOnly() {
  ::umount2(place_.c_str(), MNT_DETACH);
}

}  // namespace saddle::test
