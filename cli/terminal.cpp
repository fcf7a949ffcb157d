#include "cli/terminal.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "saddle/base/clock.h"
#include "saddle/base/text.h"

namespace saddle::cli {
namespace {

// Whether a living line stands on the terminal; the program has one terminal.
bool line_is_open = false;

bool on_terminal() {
  static const bool yes = ::isatty(STDERR_FILENO) == 1;
  return yes;
}

void clear_line() {
  if (line_is_open) std::fputs("\r\033[K", stderr);
  line_is_open = false;
}

std::string loss_text(const monitor::Reading& reading) {
  char text[64];
  std::snprintf(text, sizeof text, "D %.3f  G %.3f", reading.value("loss.discriminator.total"),
                reading.value("loss.generator.total"));
  return text;
}

std::string rate_text(double rate) {
  char text[32];
  std::snprintf(text, sizeof text, "%.0f/s", rate);
  return text;
}

// The first metrics of a measurement: "fid 12.3  kid 0.004".
std::string metrics_text(std::span<const metric::MetricValue> values) {
  constexpr std::size_t kShown = 3;
  std::string text;
  for (const metric::MetricValue& m : values.first(std::min(kShown, values.size()))) {
    char number[32];
    std::snprintf(number, sizeof number, "%.4g", m.value);
    text += cat("  ", m.name, " ", number);
  }
  return text;
}

class StatusLine final : public Observer {
 public:
  void on_metrics(std::int64_t samples, std::span<const metric::MetricValue> values) override {
    const std::string text = metrics_text(values);
    metrics_ = cat("  [at ", grouped(samples), text, "]");
    // No tick comes after the closing one.
    if (!closed_) return;
    clear_line();
    std::fprintf(stderr, "measured at %s samples%s\n", grouped(samples).c_str(), text.c_str());
  }

  void on_tick(const Tick& tick) override {
    // The last step may go beyond the length.
    const double share = std::min(
        100.0, 100.0 * static_cast<double>(tick.samples) / static_cast<double>(tick.run_samples));
    char percent[16];
    std::snprintf(percent, sizeof percent, "%5.1f%%", share);
    const std::string text = cat(percent, "  ", grouped(tick.samples), " samples  ",
                                 rate_text(tick.rate), "  left ", duration_text(tick.seconds_left),
                                 "  ", loss_text(tick.reading), metrics_, "  ", tick.words);
    closed_ = tick.samples >= tick.run_samples;
    clear_line();
    std::fputs(text.c_str(), stderr);
    if (on_terminal() && !closed_) {
      line_is_open = true;
    } else {
      std::fputc('\n', stderr);
    }
    std::fflush(stderr);
  }

 private:
  std::string metrics_;  ///< of the last measurement
  bool closed_ = false;  ///< whether the last tick was the run's end
};

}  // namespace

LogSink terminal_log() {
  return [](LogLevel level, std::string_view text) {
    if (level == LogLevel::kDebug) return;
    clear_line();
    const bool loud = level == LogLevel::kWarning || level == LogLevel::kError;
    const std::string line = loud ? cat(to_text(level), ": ", text) : std::string(text);
    std::fprintf(stderr, "%s\n", line.c_str());
  };
}

std::string_view first_line(std::string_view text) {
  return text.substr(0, text.find('\n'));
}

std::unique_ptr<Observer> status_line() {
  return std::make_unique<StatusLine>();
}

void end_status_line() {
  if (line_is_open) std::fputc('\n', stderr);
  line_is_open = false;
}

}  // namespace saddle::cli
