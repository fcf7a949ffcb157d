#pragma once

#include <gtest/gtest.h>

#include <string>

#include "saddle/base/error.h"

/// The text of the saddle::Error that `call` throws; a failed test when it throws none.
template <class Call>
std::string data_error_text(const Call& call) {
  try {
    call();
  } catch (const saddle::Error& error) {
    return error.what();
  }
  ADD_FAILURE() << "no saddle::Error was thrown";
  return "";
}
