// Times one step (discriminator, then generator) of a network pair on synthetic data.
//
// Prints a line that names the setting, then answers each line "run N" on standard input with the
// CPU milliseconds of one of N steps, so that a driver can alternate it with a peer.
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

#include "bench/pair.h"
#include "saddle/kernel/plan.h"
#include "saddle/tensor/device.h"

namespace saddle {
namespace {

struct Setting {
  std::string net = "dcgan64";
  std::int64_t batch = 128;
  bool shared = false;
  std::string precision = "auto";
};

Setting read_arguments(int argc, char** argv) {
  Setting setting;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto value = [&] { return std::string(i + 1 < argc ? argv[++i] : ""); };
    if (word == "--net") setting.net = value();
    if (word == "--batch") setting.batch = std::stoll(value());
    if (word == "--shared") setting.shared = true;
    if (word == "--precision") setting.precision = value();
  }
  return setting;
}

int run(int argc, char** argv) {
  const Setting setting = read_arguments(argc, argv);
  configure_threads(1);
  flush_denormals(true);
  kernel::use_rules_only(false);
  const Precision precision = setting.precision == "bf16"   ? Precision::kBFloat16
                              : setting.precision == "fp32" ? Precision::kFloat32
                                                            : kernel::fastest_precision(at::kCPU);
  const Alternating dynamics{.latents = setting.shared ? Latents::kShared : Latents::kFresh};
  bench::Pair pair = bench::make_pair(setting.net, setting.batch, precision, dynamics);
  bench::milliseconds(pair, setting.net == "dcgan64" ? 3 : 200);
  std::printf("Saddle, %s%s\n", precision == Precision::kFloat32 ? "fp32" : "bf16",
              setting.shared ? ", shared latents" : ", fresh latents");
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    std::printf("%.6f\n", bench::milliseconds(pair, std::stoll(line.substr(line.find(' ') + 1))));
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace saddle

int main(int argc, char** argv) {
  return saddle::run(argc, argv);
}
