#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "saddle/base/error.h"

namespace saddle {

/// The message of the Error that `call` throws, "" when it throws none.
inline std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace saddle
