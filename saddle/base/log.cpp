#include "saddle/base/log.h"

#include <cerrno>
#include <cstdio>
#include <mutex>
#include <utility>

#include "saddle/base/clock.h"
#include "saddle/base/file.h"
#include "saddle/base/text.h"

namespace saddle {

struct Log::State {
  std::mutex mutex;
  LogSink sink;
};

std::string_view to_text(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "info";
}

Log::Log(LogSink sink) {
  if (!sink) return;
  state_ = std::make_shared<State>();
  state_->sink = std::move(sink);
}

void Log::write(LogLevel level, std::string_view text) const {
  if (!state_) return;
  const std::lock_guard lock(state_->mutex);
  state_->sink(level, text);
}

LogSink tee(std::vector<LogSink> sinks) {
  return [sinks = std::move(sinks)](LogLevel level, std::string_view text) {
    for (const LogSink& sink : sinks) {
      if (sink) sink(level, text);
    }
  };
}

LogSink file_log(const std::filesystem::path& path) {
  const std::shared_ptr<std::FILE> file(std::fopen(path.c_str(), "ae"), [](std::FILE* f) {
    if (f != nullptr) std::fclose(f);
  });
  if (!file) throw_io_error("log", "write", path, errno);
  return [file](LogLevel level, std::string_view text) {
    const std::string line = cat(utc_text(unix_seconds()), " ", to_text(level), ": ", text, "\n");
    std::fwrite(line.data(), 1, line.size(), file.get());
    std::fflush(file.get());
  };
}

}  // namespace saddle
