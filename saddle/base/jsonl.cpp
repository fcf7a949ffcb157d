#include "saddle/base/jsonl.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <utility>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/text.h"

namespace saddle {
namespace {

[[noreturn]] void fail_jsonl(const std::filesystem::path& path, int code) {
  throw_io_error("jsonl", "write", path, code);
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
    if (!value.is_object()) {
      if (content.empty()) return;
      throw Error(ErrorCode::kInput, "jsonl",
                  cat("'", path.string(), "' line ", line_number,
                      " is not a JSON object; it was damaged: remove that line"));
    }
    use(line, std::move(value));
  }
}

}  // namespace

JsonlWriter::JsonlWriter(const std::filesystem::path& path)
    : path_(path), file_(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666)) {
  if (!file_) fail_jsonl(path, errno);
  off_t end = ::lseek(file_.get(), 0, SEEK_END);
  const off_t size = end;
  char last = 0;
  while (end > 0 && ::pread(file_.get(), &last, 1, end - 1) == 1 && last != '\n') --end;
  if (end != size && ::ftruncate(file_.get(), end) != 0) fail_jsonl(path, errno);
}

void JsonlWriter::append(const Json& object) {
  // Bytes that are no UTF-8 (a file name, say) are replaced: one odd name must not end a run.
  const std::string line = object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  if (const int code = write_all(file_, line); code != 0) fail_jsonl(path_, code);
}

void JsonlWriter::sync() {
  if (::fsync(file_.get()) != 0 && errno != EINVAL) fail_jsonl(path_, errno);
}

std::vector<Json> read_jsonl(const std::filesystem::path& path) {
  std::vector<Json> out;
  for_each_line(read_file(path), path,
                [&out](std::string_view, Json value) { out.push_back(std::move(value)); });
  return out;
}

std::int64_t truncate_jsonl(const std::filesystem::path& path,
                            const std::function<bool(const Json&)>& keep) {
  std::error_code error;
  const auto type = std::filesystem::status(path, error).type();
  if (type == std::filesystem::file_type::not_found) return 0;
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
