#include "saddle/base/jsonl.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/text.h"

namespace saddle {
namespace {

[[noreturn]] void fail_jsonl(const std::filesystem::path& path, int code) {
  throw Error(ErrorCode::kIo, "jsonl",
              cat("cannot write '", path.string(), "': ", std::generic_category().message(code)));
}

/// Calls `use(line, value)` for each whole line. The last line may lack its end or be broken.
void for_each_line(std::string_view content, const std::filesystem::path& path,
                   const std::function<void(std::string_view, Json)>& use) {
  std::int64_t line_number = 0;
  while (!content.empty()) {
    ++line_number;
    const std::size_t end = content.find('\n');
    const bool torn = end == std::string_view::npos;
    const std::string_view line = content.substr(0, end);
    content.remove_prefix(torn ? content.size() : end + 1);
    if (torn) return;
    if (line.empty()) continue;
    Json value = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (value.is_discarded()) {
      if (content.empty()) return;
      throw Error(ErrorCode::kInput, "jsonl",
                  cat("'", path.string(), "' line ", line_number, " is not valid JSON"));
    }
    use(line, std::move(value));
  }
}

}  // namespace

JsonlWriter::JsonlWriter(const std::filesystem::path& path) : path_(path) {
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail_jsonl(path, errno);
  off_t end = ::lseek(descriptor_, 0, SEEK_END);
  const off_t size = end;
  char last = 0;
  while (end > 0 && ::pread(descriptor_, &last, 1, end - 1) == 1 && last != '\n') --end;
  if (end != size && ::ftruncate(descriptor_, end) != 0) {
    const int code = errno;
    ::close(descriptor_);
    fail_jsonl(path, code);
  }
}

JsonlWriter::~JsonlWriter() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

JsonlWriter::JsonlWriter(JsonlWriter&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

JsonlWriter& JsonlWriter::operator=(JsonlWriter&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

void JsonlWriter::append(const Json& object) {
  // Bytes that are no UTF-8 (a file name, say) are replaced: one odd name must not end a run.
  const std::string line = object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  std::string_view left = line;
  while (!left.empty()) {
    const ssize_t written = ::write(descriptor_, left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_jsonl(path_, errno);
    left.remove_prefix(static_cast<std::size_t>(written));
  }
}

void JsonlWriter::sync() {
  if (::fsync(descriptor_) != 0 && errno != EINVAL) fail_jsonl(path_, errno);
}

std::vector<Json> read_jsonl(const std::filesystem::path& path) {
  std::vector<Json> out;
  for_each_line(read_file(path), path,
                [&out](std::string_view, Json value) { out.push_back(std::move(value)); });
  return out;
}

std::int64_t truncate_jsonl(const std::filesystem::path& path,
                            const std::function<bool(const Json&)>& keep) {
  if (!std::filesystem::exists(path)) return 0;
  const std::string content = read_file(path);
  std::string kept;
  std::int64_t kept_lines = 0;
  for_each_line(content, path, [&](std::string_view line, const Json& value) {
    if (!keep(value)) return;
    kept += line;
    kept += '\n';
    ++kept_lines;
  });
  if (kept.size() == content.size()) return 0;
  std::int64_t lines = content.back() != '\n' ? 1 : 0;
  for (char c : content) lines += c == '\n';
  write_file_atomic(path, kept);
  return lines - kept_lines;
}

}  // namespace saddle
