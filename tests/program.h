#pragma once

#include <string>
#include <vector>

namespace saddle::test {

/// What a finished program left.
struct Finished {
  int exit_code = 0;
  std::string out;
  std::string err;
  double cpu_seconds = 0;  ///< user and system time of all its threads
};

/// Runs the built `saddle` with these words and waits; `directory` is its working directory.
Finished run_saddle(const std::vector<std::string>& words, const std::string& directory = ".");

/// The same for any program, found on PATH; exit code 127 where there is no such program.
Finished run_program(const std::vector<std::string>& words, const std::string& directory = ".");

/// Starts `saddle` and returns its process number; its output goes to `directory`/out.txt and
/// err.txt.
int start_saddle(const std::vector<std::string>& words, const std::string& directory);
/// Whether it has not ended yet; it can still be waited for.
bool still_runs(int process);
/// Waits for it; the exit code, or 128 + signal where a signal ended it.
int wait_for(int process, double* cpu_seconds = nullptr);

std::string file_text(const std::string& path);

}  // namespace saddle::test
