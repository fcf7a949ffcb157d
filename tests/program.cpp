#include "tests/program.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/paths.h"

namespace saddle::test {
namespace {

// Spawned, not forked: a fork of a sanitized process copies the tables of all its shadow memory.
int start(const std::vector<std::string>& words, const std::string& directory,
          const std::string& out, const std::string& err) {
  std::vector<char*> argv;
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  constexpr int kHow = O_CREAT | O_TRUNC | O_WRONLY;
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), kHow, 0644);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), kHow, 0644);
  ::posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
  int process = 0;
  const int error = ::posix_spawnp(&process, argv[0], &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error == 0) return process;
  process = ::fork();
  if (process == 0) ::_exit(127);
  return process;
}

std::vector<std::string> saddle_command(std::vector<std::string> words) {
  words.insert(words.begin(), kProgram);
  return words;
}

}  // namespace

std::string file_text(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

bool still_runs(int process) {
  siginfo_t ended{};
  const int options = WEXITED | WNOHANG | WNOWAIT;
  return ::waitid(P_PID, static_cast<id_t>(process), &ended, options) == 0 && ended.si_pid == 0;
}

int wait_for(int process, double* cpu_seconds) {
  int status = 0;
  rusage usage{};
  ::wait4(process, &status, 0, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  if (cpu_seconds != nullptr) *cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int start_saddle(const std::vector<std::string>& words, const std::string& directory) {
  return start(saddle_command(words), directory, directory + "/out.txt", directory + "/err.txt");
}

Finished run_saddle(const std::vector<std::string>& words, const std::string& directory) {
  return run_program(saddle_command(words), directory);
}

Finished run_program(const std::vector<std::string>& words, const std::string& directory) {
  std::string pattern = (std::filesystem::temp_directory_path() / "saddle-cli-XXXXXX").string();
  const std::string scratch = ::mkdtemp(pattern.data());
  Finished finished;
  finished.exit_code =
      wait_for(start(words, directory, scratch + "/out", scratch + "/err"), &finished.cpu_seconds);
  finished.out = file_text(scratch + "/out");
  finished.err = file_text(scratch + "/err");
  std::filesystem::remove_all(scratch);
  return finished;
}

}  // namespace saddle::test
