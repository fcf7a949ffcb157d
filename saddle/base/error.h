#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace saddle {

/// What kind of thing went wrong; the command line turns it into an exit code.
enum class ErrorCode {
  kUsage,        ///< wrong flags or config: exit 2
  kInput,        ///< a file or data that cannot be used as it is: exit 1
  kIo,           ///< the system refused: disk full, no permission: exit 1
  kNumeric,      ///< NaN, Inf or an impossible number while computing: exit 1
  kUnsupported,  ///< two things that do not go together: exit 2
  kInternal,     ///< a broken promise inside the program: exit 1
};

/// The one exception type of the library.
/// Its text reads `[component] what was wrong: got X, expected Y; try Z`.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, std::string_view component, std::string_view message);

  ErrorCode code() const { return code_; }
  const std::string& component() const { return component_; }
  /// The message without the component.
  const std::string& message() const { return message_; }

 private:
  ErrorCode code_;
  std::string component_;
  std::string message_;
};

/// The process exit code for an error of this kind: 2 for wrong use, 1 for a failure.
int exit_code(ErrorCode code);

}  // namespace saddle
