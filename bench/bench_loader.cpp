// Times the loader: from files to float batches in the layout that networks read.
//
// Prints a line that names the set, then answers each line "run N" on standard input with the CPU
// milliseconds of one of N batches, all threads together, so that a driver can alternate it with a
// peer.
#include <ATen/core/Tensor.h>

#include <cstdio>
#include <iostream>
#include <string>

#include "saddle/base/clock.h"
#include "saddle/base/error.h"
#include "saddle/data/detect.h"
#include "saddle/loader/loader.h"
#include "saddle/tensor/device.h"

namespace saddle {
namespace {

double milliseconds(data::Loader& loader, std::int64_t batches) {
  const double start = process_cpu_seconds();
  for (std::int64_t i = 0; i < batches; ++i) loader.next();
  return 1e3 * (process_cpu_seconds() - start) / static_cast<double>(batches);
}

int run(const std::string& path, std::int64_t batch) {
  configure_threads(1);
  const auto config = data::detect_source(path);
  if (!config) throw Error(ErrorCode::kInput, "bench", path + ": no data that is read here");
  data::Loader loader(data::open_source(*config, data::Split::kTrain, path),
                      {.batch_size = batch, .workers = 0, .transform = {.channels_last = true}});
  milliseconds(loader, 2);
  std::printf("Saddle, %s\n",
              std::visit([](const auto& row) { return row.kName; }, *config).data());
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    std::printf("%.6f\n", milliseconds(loader, std::stoll(line.substr(line.find(' ') + 1))));
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace saddle

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: bench_loader PATH BATCH\n");
    return 2;
  }
  try {
    return saddle::run(argv[1], std::stoll(argv[2]));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_loader: %s\n", error.what());
    return 1;
  }
}
