#include "saddle/base/file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>
#include <utility>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_io(std::string_view what, const fs::path& path, int code) {
  throw_io_error("file", what, path, code);
}

[[noreturn]] void fail_open(const fs::path& path, int code) {
  const std::string name = "'" + path.string() + "'";
  if (code == ENOENT || code == ENOTDIR) {
    throw Error(ErrorCode::kInput, "file", cat("no such file: ", name));
  }
  if (code == EACCES || code == EPERM) {
    throw Error(ErrorCode::kInput, "file", cat("no permission to read ", name));
  }
  fail_io("open", path, code);
}

/// Opens an existing regular file (or pipe) for reading and gives its size.
Descriptor open_for_reading(const fs::path& path, std::size_t& size) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) fail_open(path, errno);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) fail_io("read", path, errno);
  if (S_ISDIR(info.st_mode)) {
    throw Error(ErrorCode::kInput, "file",
                cat("'", path.string(), "' is a directory: expected a file"));
  }
  size = static_cast<std::size_t>(info.st_size);
  return file;
}

/// Reads what there is, at most `count` bytes; 0 at the end.
std::size_t read_some(const Descriptor& file, char* to, std::size_t count, const fs::path& path) {
  while (true) {
    const ssize_t n = ::read(file.get(), to, count);
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno != EINTR) fail_io("read", path, errno);
  }
}

void write_or_fail(const Descriptor& file, std::string_view bytes, const fs::path& path) {
  if (const int code = write_all(file, bytes); code != 0) fail_io("write", path, code);
}

/// The process number in a name `.tmp-<pid>...`, or 0.
int temporary_owner(std::string_view name) {
  constexpr std::string_view kPrefix = ".tmp-";
  if (!name.starts_with(kPrefix)) return 0;
  name.remove_prefix(kPrefix.size());
  int pid = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
  const bool ends = end == name.data() + name.size() || *end == '-';
  return error == std::errc{} && ends && pid > 0 ? pid : 0;
}

}  // namespace

void throw_io_error(std::string_view component, std::string_view what, const fs::path& path,
                    int code) {
  std::string hint;
  if (code == ENOSPC || code == EDQUOT) hint = "; try to free space or another directory";
  if (code == EACCES || code == EPERM || code == EROFS) hint = "; try another directory";
  throw Error(ErrorCode::kIo, component,
              cat("cannot ", what, " '", path.string(),
                  "': ", std::generic_category().message(code), hint));
}

std::string read_file(const fs::path& path) {
  std::size_t size = 0;
  const Descriptor file = open_for_reading(path, size);
  std::string out;
  // One byte more than the size shows the end at once; pipes and /proc say 0.
  out.resize(size > 0 ? size + 1 : 4096);
  std::size_t got = 0;
  while (true) {
    if (got == out.size()) out.resize(2 * got);
    const std::size_t n = read_some(file, out.data() + got, out.size() - got, path);
    if (n == 0) break;
    got += n;
  }
  out.resize(got);
  return out;
}

std::string read_file_prefix(const fs::path& path, std::size_t count) {
  std::size_t size = 0;
  const Descriptor file = open_for_reading(path, size);
  std::string out(count, '\0');
  std::size_t got = 0;
  while (got < count) {
    const std::size_t n = read_some(file, out.data() + got, count - got, path);
    if (n == 0) break;
    got += n;
  }
  out.resize(got);
  return out;
}

TemporaryFile::TemporaryFile(fs::path target) : target_(std::move(target)) {
  std::error_code ignored;
  if (fs::is_directory(target_, ignored)) fail_io("write", target_, EISDIR);
  const std::string stem = ".tmp-" + std::to_string(::getpid()) + "-";
  for (int attempt = 0; attempt < 1000; ++attempt) {
    path_ = directory_of(target_) /
            (stem + std::to_string(attempt) + "-" + target_.filename().string());
    file_ = Descriptor(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (file_ || errno != EEXIST) break;
  }
  if (!file_) fail_io("write", target_, errno);
}

TemporaryFile::~TemporaryFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

void TemporaryFile::commit() {
  if (::fsync(file_.get()) != 0) fail_io("write", target_, errno);
  if (const int code = file_.reset(); code != 0) fail_io("write", target_, code);
  if (::rename(path_.c_str(), target_.c_str()) != 0) fail_io("write", target_, errno);
  path_.clear();
  fsync_directory(directory_of(target_));
}

void write_file_atomic(const fs::path& path, std::string_view bytes) {
  TemporaryFile temporary(path);
  write_or_fail(temporary.file(), bytes, path);
  temporary.commit();
}

void write_file_atomic(const fs::path& path, std::span<const std::byte> bytes) {
  write_file_atomic(path,
                    std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

void fsync_directory(const fs::path& path) {
  const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0) fail_io("sync", path, errno);
  // Some network file systems cannot sync a directory and say EINVAL: nothing better can be done.
  if (::fsync(directory.get()) != 0 && errno != EINVAL) fail_io("sync", path, errno);
}

void make_directories(const fs::path& path) {
  fs::path made;
  for (const fs::path& part : path) {
    made /= part;
    if (::mkdir(made.c_str(), 0777) == 0) continue;
    const int code = errno;
    std::error_code ignored;
    if (fs::is_directory(made, ignored)) continue;
    if (code == EEXIST) fail_io("make directory", made, ENOTDIR);
    fail_io("make directory", made, code);
  }
  // A trial file also finds a read-only mount, which access() of root would not.
  const fs::path probe = path / (".tmp-" + std::to_string(::getpid()) + "-probe");
  const Descriptor file(::open(probe.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (file.get() < 0) fail_io("write in directory", path, errno);
  ::unlink(probe.c_str());
}

fs::path directory_of(const fs::path& path) {
  const fs::path parent = path.parent_path();
  return parent.empty() ? fs::path(".") : parent;
}

void prepare_parent(const fs::path& path) {
  make_directories(directory_of(path));
  remove_stale_temporaries(directory_of(path), cat("-", path.filename().string()));
}

int remove_stale_temporaries(const fs::path& directory, std::string_view ending) {
  std::error_code error;
  int removed = 0;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    const int owner = temporary_owner(name);
    if (owner == 0 || !name.ends_with(ending) || ::kill(owner, 0) == 0 || errno != ESRCH) continue;
    std::error_code remove_error;
    fs::remove_all(it->path(), remove_error);
    if (!remove_error) ++removed;
  }
  return removed;
}

MappedFile::MappedFile(const fs::path& path, Access access) {
  const Descriptor file(open_for_reading(path, size_));
  if (size_ == 0) return;
  void* data = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, file.get(), 0);
  if (data == MAP_FAILED) fail_io("map", path, errno);
  data_ = static_cast<const std::byte*>(data);
  const int advice = access == Access::kSequential ? MADV_SEQUENTIAL
                     : access == Access::kRandom   ? MADV_RANDOM
                     : access == Access::kWillNeed ? MADV_WILLNEED
                                                   : MADV_NORMAL;
  ::madvise(data, size_, advice);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

FileLock::FileLock(const fs::path& path) : path_(path) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (file.get() < 0) fail_io("open lock file", path, errno);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) fail_io("lock", path, errno);
    char pid[24] = {};
    const ssize_t n = ::pread(file.get(), pid, sizeof pid - 1, 0);
    std::string holder(pid, n > 0 ? static_cast<std::size_t>(n) : 0);
    while (!holder.empty() && holder.back() == '\n') holder.pop_back();
    throw Error(ErrorCode::kIo, "lock",
                cat("'", path.string(), "' is held by ",
                    holder.empty() ? "another process" : "process " + holder,
                    "; wait until it ends, or stop it"));
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(file.get(), 0) != 0) fail_io("write", path, errno);
  write_or_fail(file, pid, path);
  file_ = std::move(file);
}

bool FileLock::in_place() const {
  struct stat held {
  }, there{};
  return ::fstat(file_.get(), &held) == 0 && ::stat(path_.c_str(), &there) == 0 &&
         held.st_dev == there.st_dev && held.st_ino == there.st_ino;
}

FileLock::~FileLock() {
  if (!file_) return;
  // The file stays: removing it could take a lock that another process just got.
  [[maybe_unused]] const int ignored = ::ftruncate(file_.get(), 0);
}

}  // namespace saddle
