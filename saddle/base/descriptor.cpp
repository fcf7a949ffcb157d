#include "saddle/base/descriptor.h"

#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace saddle {

int Descriptor::reset() {
  const int value = release();
  return value >= 0 && ::close(value) != 0 ? errno : 0;
}

int write_all(const Descriptor& file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

}  // namespace saddle
