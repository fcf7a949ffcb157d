#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "saddle/config/visitor.h"

namespace saddle::nn {

/// A bound on each size, against slips of the keyboard.
inline constexpr config::Range kWidths{.low = 1, .high = 65536};
inline constexpr config::Range kDepths{.low = 1, .high = 64};
/// A DCGAN has 4 times as many channels in its widest layer at 28 and 32 pixels, 8 at 64.
inline constexpr config::Range kDcganWidths{.low = 1, .high = 4096};

/// How a generator is told what to make.
enum class GeneratorCondition {
  kNone,    ///< not at all
  kConcat,  ///< the one-hot label is appended to the latents
};
inline constexpr std::array<std::string_view, 2> kGeneratorConditionWords{"none", "concat"};

/// How a discriminator is told what a sample claims to be.
enum class DiscriminatorCondition {
  kNone,
  kConcat,      ///< one-hot label appended to the features, or as constant planes to the channels
  kProjection,  ///< logit += <embed(y), h>, h the last hidden layer (Miyato 2018, arXiv:1802.05637)
};
inline constexpr std::array<std::string_view, 3> kDiscriminatorConditionWords{"none", "concat",
                                                                              "projection"};

/// Normalisation inside a discriminator.
enum class Norm { kNone, kBatch, kSpectral };
inline constexpr std::array<std::string_view, 3> kNormWords{"none", "batch", "spectral"};

/// What the last layer of a generator is followed by.
enum class Output {
  kAuto,    ///< tanh for images, nothing for points
  kLinear,  ///< nothing
  kTanh,
};
inline constexpr std::array<std::string_view, 3> kOutputWords{"auto", "linear", "tanh"};

/// Fully connected generator: latent - width (depth times) - data, LeakyReLU 0.2 between.
struct MlpGenerator {
  static constexpr std::string_view kName = "mlp";
  static constexpr std::string_view kDoc = "fully connected layers with LeakyReLU 0.2";

  std::int64_t latent = 2;
  std::int64_t width = 128;
  std::int64_t depth = 2;
  std::vector<std::int64_t> widths = {};
  Output output = Output::kAuto;
  GeneratorCondition condition = GeneratorCondition::kNone;

  void fields(config::Visitor& v) {
    v.field("latent", latent, "size of the latent vector", kWidths);
    v.field("width", width, "units of each hidden layer", kWidths);
    v.field("depth", depth, "number of hidden layers", kDepths);
    v.field("widths", widths, "units of the hidden layers one by one; empty: width and depth",
            kWidths);
    v.choice("output", output, kOutputWords, "last step; auto: tanh for images, linear for points");
    v.choice("condition", condition, kGeneratorConditionWords,
             "how labels enter: not at all, or one-hot beside the latents");
  }
  bool operator==(const MlpGenerator&) const = default;
};

/// DCGAN generator (Radford 2015, arXiv:1511.06434): transposed convolutions, batch norm, ReLU,
/// tanh. The image's resolution decides the depth: 28, or a power of two from 8.
struct DcganGenerator {
  static constexpr std::string_view kName = "dcgan";
  static constexpr std::string_view kDoc = "transposed convolutions with batch norm and ReLU";

  std::int64_t latent = 100;
  std::int64_t width = 64;
  bool bias = false;
  GeneratorCondition condition = GeneratorCondition::kNone;

  void fields(config::Visitor& v) {
    v.field("latent", latent, "size of the latent vector", kWidths);
    v.field("width", width, "channels of the last hidden layer; doubles towards the latents",
            kDcganWidths);
    v.field("bias", bias, "a bias in the last layer, which no batch norm follows");
    v.choice("condition", condition, kGeneratorConditionWords,
             "how labels enter: not at all, or one-hot beside the latents");
  }
  bool operator==(const DcganGenerator&) const = default;
};

/// Fully connected discriminator: data - width (depth times) - 1, LeakyReLU 0.2 between.
struct MlpDiscriminator {
  static constexpr std::string_view kName = "mlp";
  static constexpr std::string_view kDoc = "fully connected layers with LeakyReLU 0.2";

  std::int64_t width = 128;
  std::int64_t depth = 2;
  std::vector<std::int64_t> widths = {};
  Norm norm = Norm::kNone;
  DiscriminatorCondition condition = DiscriminatorCondition::kNone;

  void fields(config::Visitor& v) {
    v.field("width", width, "units of each hidden layer", kWidths);
    v.field("depth", depth, "number of hidden layers", kDepths);
    v.field("widths", widths, "units of the hidden layers one by one; empty: width and depth",
            kWidths);
    v.choice("norm", norm, kNormWords,
             "normalisation: of hidden layers, or spectral of all weights");
    v.choice("condition", condition, kDiscriminatorConditionWords,
             "how labels enter: not at all, one-hot beside the input, or as an inner product "
             "with the last hidden layer");
  }
  bool operator==(const MlpDiscriminator&) const = default;
};

/// DCGAN discriminator: strided convolutions with LeakyReLU 0.2, a convolution to one logit.
struct DcganDiscriminator {
  static constexpr std::string_view kName = "dcgan";
  static constexpr std::string_view kDoc = "strided convolutions with LeakyReLU 0.2";

  std::int64_t width = 64;
  Norm norm = Norm::kBatch;
  bool bias = false;
  DiscriminatorCondition condition = DiscriminatorCondition::kNone;

  void fields(config::Visitor& v) {
    v.field("width", width, "channels of the first layer; doubles towards the logit", kDcganWidths);
    v.choice("norm", norm, kNormWords, "normalisation; penalties on the input gradient want none");
    v.field("bias", bias,
            "with batch norm: a bias in the layers that it does not follow; without, all have one");
    v.choice("condition", condition, kDiscriminatorConditionWords,
             "how labels enter: not at all, one-hot beside the input, or as an inner product "
             "with the last hidden layer");
  }
  bool operator==(const DcganDiscriminator&) const = default;
};

/// The table of generators: one row each; `build_generator` makes the network of a row.
using GeneratorConfig = std::variant<MlpGenerator, DcganGenerator>;
/// The table of discriminators.
using DiscriminatorConfig = std::variant<MlpDiscriminator, DcganDiscriminator>;

}  // namespace saddle::nn
