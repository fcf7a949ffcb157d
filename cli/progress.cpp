#include "cli/progress.h"

#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "saddle/base/clock.h"
#include "saddle/base/text.h"

namespace saddle::cli {
namespace {

volatile std::sig_atomic_t asked_to_stop = 0;

extern "C" void on_stop(int signal) {
  asked_to_stop = signal;
}

void handle(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

Progress::Progress(std::string what, std::string unit)
    : what_(std::move(what)),
      unit_(std::move(unit)),
      start_(std::chrono::steady_clock::now()),
      shown_(start_) {
  handle(on_stop);
}

Progress::~Progress() {
  handle(SIG_DFL);
  if (open_) std::fputs("\r\033[K", stderr);
}

void Progress::operator()(std::int64_t done, std::int64_t total) {
  if (asked_to_stop != 0) throw Interrupted{asked_to_stop};
  const auto now = std::chrono::steady_clock::now();
  if (done == 0) {  // what came before, opening and such, says nothing about the rate
    start_ = now;
    tenths_ = 0;
  }
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  const std::int64_t tenths = total > 0 ? 10 * done / total : 10;
  const bool due = terminal ? now - shown_ >= std::chrono::milliseconds(200) : tenths > tenths_;
  if (seconds < 1 || !due) return;
  tenths_ = tenths;
  shown_ = now;
  const double rate = static_cast<double>(done) / seconds;
  const std::string text =
      cat(what_, ": ", grouped(done), " of ", grouped(total), " ", unit_, ", ",
          grouped(static_cast<std::int64_t>(rate)), "/s, left ",
          duration_text(static_cast<double>(total - done) / std::max(rate, 1e-9)));
  std::fprintf(stderr, terminal ? "\r%s\033[K" : "%s\n", text.c_str());
  std::fflush(stderr);
  open_ = terminal;
}

}  // namespace saddle::cli
