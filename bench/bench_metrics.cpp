// Times distribution metrics on two arrays of features.
//
// Prints a line that names what is timed, then answers each line "run N" on standard input with the
// CPU milliseconds of one of N measurements, all threads together, and "value" with the numbers
// themselves.
#include <ATen/core/Tensor.h>

#include <cstdio>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "saddle/base/clock.h"
#include "saddle/metric/array_spec.h"
#include "saddle/metric/frechet.h"
#include "saddle/metric/manifold.h"
#include "saddle/tensor/device.h"

namespace saddle {
namespace {

using Measurement = std::function<std::vector<double>()>;

std::vector<double> frechet(const at::Tensor& real, const at::Tensor& fake) {
  return {metric::frechet_distance(real, fake).value};
}

std::vector<double> manifold(const at::Tensor& real, const at::Tensor& fake) {
  const auto scores = metric::manifold_scores(metric::FeatureRows(real, "bench", "real"),
                                              metric::FeatureRows(fake, "bench", "fake"), {5});
  const auto& s = scores.front();
  return {s.precision_open, s.recall_open, s.density_open, s.coverage_open};
}

void answer(const std::string& line, const Measurement& measure) {
  if (line == "value") {
    for (const double value : measure()) std::printf("%.17g ", value);
    std::printf("\n");
  } else {
    const std::int64_t count = std::stoll(line.substr(line.find(' ') + 1));
    const double start = process_cpu_seconds();
    for (std::int64_t i = 0; i < count; ++i) measure();
    std::printf("%.6f\n", 1e3 * (process_cpu_seconds() - start) / static_cast<double>(count));
  }
  std::fflush(stdout);
}

int run(const std::string& what, const std::string& real_path, const std::string& fake_path) {
  configure_threads(1);
  const at::Tensor real = metric::read_array(real_path), fake = metric::read_array(fake_path);
  const Measurement measure = [&] {
    return what == "fid" ? frechet(real, fake) : manifold(real, fake);
  };
  std::printf("Saddle, %s\n", what.c_str());
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) answer(line, measure);
  return 0;
}

}  // namespace
}  // namespace saddle

int main(int argc, char** argv) {
  const std::string what = argc == 4 ? argv[1] : "";
  if (what != "fid" && what != "prdc") {
    std::fprintf(stderr, "usage: bench_metrics fid|prdc REAL.npy FAKE.npy\n");
    return 2;
  }
  try {
    return saddle::run(what, argv[2], argv[3]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_metrics: %s\n", error.what());
    return 1;
  }
}
