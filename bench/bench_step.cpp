// Times one step (discriminator, then generator) of a network pair on synthetic data.
//
// Prints a line that names the setting, then answers each line "run N" on standard input with the
// CPU milliseconds of one of N steps, so that a driver can alternate it with a peer.
#include <ATen/ATen.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include "saddle/base/clock.h"
#include "saddle/dynamics/stepper.h"
#include "saddle/game/adversarial_game.h"
#include "saddle/kernel/plan.h"
#include "saddle/nn/build.h"
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

struct Pair {
  std::unique_ptr<AdversarialGame> game;
  std::unique_ptr<Stepper> stepper;
};

Pair make_pair(const Setting& setting, Precision precision) {
  const bool image = setting.net == "dcgan64";
  const nn::Dimensions data{.channels = image ? 3 : 2, .resolution = image ? 64 : 0};
  nn::GeneratorConfig generator = nn::MlpGenerator{};
  nn::DiscriminatorConfig discriminator = nn::MlpDiscriminator{};
  if (image) generator = nn::DcganGenerator{};
  if (image) discriminator = nn::DcganDiscriminator{};
  const Streams streams(0);
  at::Tensor x =
      image ? at::rand({setting.batch, 3, 64, 64}).mul(2).sub(1) : at::randn({setting.batch, 2});
  if (image) x = channels_last(x);
  AdversarialConfig config;
  config.make_generator = [=](const at::TensorOptions& o) {
    return nn::build_generator(generator, data, streams.at("init", 0), o, image);
  };
  config.make_discriminator = [=](const at::TensorOptions& o) {
    return nn::build_discriminator(discriminator, data, streams.at("init", 1), o, image);
  };
  config.options = at::TensorOptions().dtype(at::kFloat);
  config.objective = objective::functions(objective::NonSaturating{});
  config.next_batch = [x] {
    data::Batch batch;
    batch.set("x", x);
    return batch;
  };
  config.batch = setting.batch;
  config.precision = precision;
  config.channels_last = image;
  config.shared_latents = setting.shared;
  Pair pair;
  pair.game = std::make_unique<AdversarialGame>(std::move(config));
  const Adam adam{.lr = image ? 2e-4 : 1e-3, .beta1 = image ? .5 : 0., .beta2 = image ? .999 : .99};
  std::vector<std::unique_ptr<Optimizer>> optimizers;
  for (const Player& player : pair.game->players()) {
    optimizers.push_back(make_optimizer(adam, player));
  }
  const Alternating dynamics{.latents = setting.shared ? Latents::kShared : Latents::kFresh};
  pair.stepper = std::make_unique<Stepper>(*pair.game, dynamics, std::move(optimizers));
  return pair;
}

double milliseconds(Pair& pair, std::int64_t steps) {
  const double start = process_cpu_seconds();
  for (std::int64_t i = 0; i < steps; ++i) pair.stepper->step();
  return 1e3 * (process_cpu_seconds() - start) / static_cast<double>(steps);
}

int run(int argc, char** argv) {
  const Setting setting = read_arguments(argc, argv);
  configure_threads(1);
  flush_denormals(true);
  kernel::use_rules_only(false);
  const Precision precision = setting.precision == "bf16"   ? Precision::kBFloat16
                              : setting.precision == "fp32" ? Precision::kFloat32
                                                            : kernel::fastest_precision(at::kCPU);
  Pair pair = make_pair(setting, precision);
  milliseconds(pair, setting.net == "dcgan64" ? 3 : 200);
  std::printf("Saddle, %s%s\n", precision == Precision::kFloat32 ? "fp32" : "bf16",
              setting.shared ? ", shared latents" : ", fresh latents");
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    std::printf("%.6f\n", milliseconds(pair, std::stoll(line.substr(line.find(' ') + 1))));
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace saddle

int main(int argc, char** argv) {
  return saddle::run(argc, argv);
}
