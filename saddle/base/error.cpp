#include "saddle/base/error.h"

namespace saddle {

Error::Error(ErrorCode code, std::string_view component, std::string_view message)
    : std::runtime_error("[" + std::string(component) + "] " + std::string(message)),
      code_(code),
      component_(component),
      message_(message) {}

int exit_code(ErrorCode code) {
  return code == ErrorCode::kUsage || code == ErrorCode::kUnsupported ? 2 : 1;
}

}  // namespace saddle
