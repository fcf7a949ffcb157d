#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

/// True when SADDLE_TEST_ALL=1 is in the environment, as `./check --all` sets it: tests that take
/// longer than 20 s run only then, and otherwise skip with a printed reason.
inline bool saddle_test_all() {
  const char* value = std::getenv("SADDLE_TEST_ALL");
  return value != nullptr && std::string_view(value) == "1";
}

/// Prints a measured number; ./check gathers these lines at its end.
inline void report_figure(const std::string& name, double value) {
  std::printf("[  FIGURE  ] %s: %.6g\n", name.c_str(), value);
  std::fflush(stdout);
}
