// The launcher: answers what needs no LibTorch itself, and starts the engine beside it for the
// rest.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "cli/options.h"
#include "cli/text_verbs.h"
#include "cli/torch_free.h"
#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::cli {
namespace {

// Settings that the C library and OpenMP read only when a process starts. Large tensors stay on
// the heap instead of being mapped and returned at every step.
void set_engine_environment() {
  ::setenv("GLIBC_TUNABLES",
           "glibc.malloc.hugetlb=1:glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=34359738368:"
           "glibc.malloc.top_pad=67108864",
           /*overwrite=*/0);
  ::setenv("OMP_PROC_BIND", "false", /*overwrite=*/0);
}

int start_engine(char** argv) {
  const std::string engine = (executable_directory() / "saddle-engine").string();
  set_engine_environment();
  ::execv(engine.c_str(), argv);
  throw Error(ErrorCode::kIo, "launcher",
              cat("cannot start ", engine, ": ", std::strerror(errno),
                  "; it must lie beside this program: build it or install again"));
}

int run(int argc, char** argv) {
  const Command command = parse_command_line(argc, argv);
  if (const auto code = answer_without_torch(command)) return *code;
  return start_engine(argv);
}

}  // namespace
}  // namespace saddle::cli

int main(int argc, char** argv) {
  try {
    const int code = saddle::cli::run(argc, argv);
    saddle::cli::flush_output();
    return code;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "saddle: %s\n", saddle::cli::failure_text(error, "launcher").c_str());
    const auto* known = dynamic_cast<const saddle::Error*>(&error);
    return known != nullptr ? saddle::exit_code(known->code()) : 1;
  }
}
