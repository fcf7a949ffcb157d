#pragma once

#include <functional>
#include <string>
#include <vector>

namespace saddle::test {

/// One thing that a user may get wrong.
struct BadCase {
  std::string name;
  /// Makes the input in the working directory; may be empty.
  std::function<void()> make;
  /// What is asked of `saddle`, words divided by blanks. After `data pack PATH` the runner also
  /// tries `data inspect PATH`.
  std::string command;
  int exit_code = 1;
  /// What standard error must hold, parts divided by '~': what was found, expected, to try.
  std::string says;
  bool as_user = false;  ///< not as root, whom no permission stops
};

std::vector<BadCase> bad_arrays();
std::vector<BadCase> bad_archives();
std::vector<BadCase> bad_pictures();
std::vector<BadCase> bad_packed_sets();
std::vector<BadCase> bad_permissions();
std::vector<BadCase> bad_configs();
std::vector<BadCase> bad_commands();
std::vector<BadCase> bad_runs();
std::vector<BadCase> bad_evaluations();

}  // namespace saddle::test
