#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/nn/chain_networks.h"
#include "saddle/nn/families.h"

namespace saddle::nn {
namespace {

constexpr double kDcganSlope = 0.2;
constexpr std::int64_t kOddResolution = 28;  // 4 - 7 - 14 - 28

// How often the 4x4 map (3x3 at 28 pixels) doubles.
std::int64_t doublings(std::string_view who, const Dimensions& data) {
  if (data.resolution == 0) {
    throw Error(
        ErrorCode::kUnsupported, who,
        cat("dcgan makes images: got points of dimension ", data.channels, "; try name = \"mlp\""));
  }
  if (data.resolution == kOddResolution) return 3;
  std::int64_t count = 0;
  while ((4LL << count) < data.resolution) ++count;
  if (count < 1 || (4LL << count) != data.resolution) {
    throw Error(ErrorCode::kUnsupported, who,
                cat("dcgan knows images of 28 pixels and of powers of two from 8: got ",
                    data.resolution, "; try a padding or resizing transform"));
  }
  return count;
}

}  // namespace

std::unique_ptr<Generator> make(const DcganGenerator& config, const Dimensions& data,
                                const Making& making) {
  const std::int64_t count = doublings("generator", data);
  const std::int64_t classes =
      conditioning_classes(config.condition == GeneratorCondition::kConcat, "generator", data);
  std::int64_t width = config.width << (count - 1);
  ChainBuilder chain(making);
  chain.conv_transposed(config.latent + classes, width, 4, 1, 0, false);
  for (std::int64_t i = 1; i < count; ++i) {
    // 28 pixels: the first step goes from 4 to 7 with an odd kernel.
    const std::int64_t kernel = i == 1 && data.resolution == kOddResolution ? 3 : 4;
    chain.batch_norm(width).add(Relu{});
    chain.conv_transposed(width, width / 2, kernel, 2, 1, false);
    width /= 2;
  }
  chain.batch_norm(width).add(Relu{});
  chain.conv_transposed(width, data.channels, 4, 2, 1, config.bias).add(Tanh{});
  return std::make_unique<ChainGenerator>(
      chain.take(),
      ChainGenerator::Shape{.latent = config.latent, .classes = classes, .as_map = true});
}

std::unique_ptr<Discriminator> make(const DcganDiscriminator& config, const Dimensions& data,
                                    const Making& making) {
  const std::int64_t count = doublings("discriminator", data);
  const std::int64_t classes = conditioning_classes(
      config.condition != DiscriminatorCondition::kNone, "discriminator", data);
  const bool batch = config.norm == Norm::kBatch, spectral = config.norm == Norm::kSpectral;
  const bool outer_bias = !batch || config.bias;
  ChainBuilder chain(making);
  std::int64_t in = data.channels;
  if (config.condition == DiscriminatorCondition::kConcat) in += classes;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t out = config.width << i;
    chain.conv(in, out, 4, 2, 1, i == 0 ? outer_bias : !batch);
    if (spectral) chain.spectral_norm(out);
    if (batch && i > 0) chain.batch_norm(out);
    chain.add(LeakyRelu{kDcganSlope});
    in = out;
  }
  chain.conv(in, 1, data.resolution == kOddResolution ? 3 : 4, 1, 0, outer_bias);
  if (spectral) chain.spectral_norm(1);
  chain.add(Flatten{});
  at::Tensor embedding;
  if (config.condition == DiscriminatorCondition::kProjection) {
    embedding = normal_parameter(making, "embed.weight", {classes, in}, 0, 0.02);
  }
  return std::make_unique<ChainDiscriminator>(
      chain.take(), ChainDiscriminator::Shape{.condition = config.condition, .classes = classes},
      embedding);
}

}  // namespace saddle::nn
