#pragma once

#include <memory>
#include <string_view>

#include "saddle/base/log.h"
#include "saddle/train/observer.h"

namespace saddle::cli {

/// Messages for people on standard error, above the living status line where there is one.
LogSink terminal_log();

/// The first line of an error's text: LibTorch's own carry a stack of C++ frames after it.
std::string_view first_line(std::string_view text);

/// One living line on a terminal, plain lines in a pipe: samples, rate, time left, losses, what
/// the signals say in words. Writes to standard error.
std::unique_ptr<Observer> status_line();

/// Ends the living line so that what follows starts on a line of its own.
void end_status_line();

}  // namespace saddle::cli
