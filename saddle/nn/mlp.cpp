#include "saddle/nn/chain_networks.h"
#include "saddle/nn/families.h"

namespace saddle::nn {
namespace {

constexpr double kMlpSlope = 0.2;

std::vector<std::int64_t> hidden_widths(const std::vector<std::int64_t>& widths, std::int64_t width,
                                        std::int64_t depth) {
  if (!widths.empty()) return widths;
  return std::vector<std::int64_t>(static_cast<std::size_t>(depth), width);
}

std::int64_t sample_size(const Dimensions& data) {
  return data.resolution > 0 ? data.channels * data.resolution * data.resolution : data.channels;
}

}  // namespace

std::unique_ptr<Generator> make(const MlpGenerator& config, const Dimensions& data,
                                const Making& making) {
  const bool image = data.resolution > 0;
  const std::int64_t classes =
      conditioning_classes(config.condition == GeneratorCondition::kConcat, "generator", data);
  ChainBuilder chain(making);
  std::int64_t in = config.latent + classes;
  for (const std::int64_t out : hidden_widths(config.widths, config.width, config.depth)) {
    chain.linear(in, out).add(LeakyRelu{kMlpSlope});
    in = out;
  }
  chain.linear(in, sample_size(data));
  if (config.output == Output::kTanh || (config.output == Output::kAuto && image)) {
    chain.add(Tanh{});
  }
  if (image) chain.add(Unflatten{data.channels, data.resolution, data.resolution});
  return std::make_unique<ChainGenerator>(
      chain.take(), ChainGenerator::Shape{.latent = config.latent, .classes = classes});
}

std::unique_ptr<Discriminator> make(const MlpDiscriminator& config, const Dimensions& data,
                                    const Making& making) {
  const bool spectral = config.norm == Norm::kSpectral;
  const std::int64_t classes = conditioning_classes(
      config.condition != DiscriminatorCondition::kNone, "discriminator", data);
  ChainBuilder chain(making);
  std::int64_t in = sample_size(data);
  if (config.condition == DiscriminatorCondition::kConcat) in += classes;
  for (const std::int64_t out : hidden_widths(config.widths, config.width, config.depth)) {
    chain.linear(in, out);
    if (spectral) chain.spectral_norm(out);
    if (config.norm == Norm::kBatch) chain.batch_norm(out);
    chain.add(LeakyRelu{kMlpSlope});
    in = out;
  }
  chain.linear(in, 1);
  if (spectral) chain.spectral_norm(1);
  at::Tensor embedding;
  if (config.condition == DiscriminatorCondition::kProjection) {
    embedding = normal_parameter(making, "embed.weight", {classes, in}, 0, 0.02);
  }
  return std::make_unique<ChainDiscriminator>(
      chain.take(),
      ChainDiscriminator::Shape{.condition = config.condition, .classes = classes, .flat = true},
      embedding);
}

}  // namespace saddle::nn
