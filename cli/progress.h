#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace saddle::cli {

/// Progress of a countable work on standard error: on a terminal one living line with rate and time
/// left, in a pipe a plain line each tenth; nothing for work done within a second. Also asks for
/// SIGINT and SIGTERM while it lives, so that half a file can be removed.
class Progress {
 public:
  /// `what` is a verb, "packing"; `unit` what is counted, "samples".
  Progress(std::string what, std::string unit);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Throws Interrupted when a signal came.
  void operator()(std::int64_t done, std::int64_t total);

 private:
  std::string what_;
  std::string unit_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point shown_;
  std::int64_t tenths_ = 0;
  bool open_ = false;
};

/// A signal asked to stop.
struct Interrupted {
  int signal = 0;
};

}  // namespace saddle::cli
