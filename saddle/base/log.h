#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace saddle {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

/// "debug", "info", "warning", "error".
std::string_view to_text(LogLevel level);

/// Where messages go. The library never prints: the command line gives it a sink.
using LogSink = std::function<void(LogLevel, std::string_view)>;

/// A copyable handle to a sink; calls from several threads are passed on one at a time.
class Log {
 public:
  /// Silent.
  Log() = default;
  /*implicit*/ Log(LogSink sink);

  void write(LogLevel level, std::string_view text) const;
  void debug(std::string_view text) const { write(LogLevel::kDebug, text); }
  void info(std::string_view text) const { write(LogLevel::kInfo, text); }
  void warning(std::string_view text) const { write(LogLevel::kWarning, text); }
  void error(std::string_view text) const { write(LogLevel::kError, text); }

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// A sink that passes each message to all of `sinks`.
LogSink tee(std::vector<LogSink> sinks);

/// A sink that appends "2024-05-01T12:00:00Z info: text" lines to a file.
/// Throws Error(kIo) when the file cannot be opened; later failures are ignored.
LogSink file_log(const std::filesystem::path& path);

}  // namespace saddle
