#pragma once

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "saddle/base/error.h"
#include "saddle/config/reader.h"
#include "saddle/config/visitor.h"

namespace saddle::config::test {

struct MlpNet {
  static constexpr std::string_view kName = "mlp";
  static constexpr std::string_view kDoc = "a stack of linear layers";
  std::int64_t width = 128;
  std::vector<std::int64_t> hidden{64, 64};
  bool operator==(const MlpNet&) const = default;
  void fields(Visitor& v) {
    v.field("width", width, "units in a layer", kPositive);
    v.field("hidden", hidden, "units of each layer", kPositive);
  }
};

struct DcganNet {
  static constexpr std::string_view kName = "dcgan";
  static constexpr std::string_view kDoc = "strided convolutions";
  std::int64_t channels = 32;
  double slope = 0.2;
  bool operator==(const DcganNet&) const = default;
  void fields(Visitor& v) {
    v.field("channels", channels, "base width", {.low = 1, .high = 1024});
    v.field("slope", slope, "of the leaky ReLU", kNotNegative);
  }
};

struct R1 {
  static constexpr std::string_view kName = "r1";
  static constexpr std::string_view kDoc = "gradient norm on reals";
  Schedule gamma = 0.1;
  std::int64_t every = 1;
  bool operator==(const R1&) const = default;
  void fields(Visitor& v) {
    v.field("gamma", gamma, "weight", kNotNegative);
    v.field("every", every, "steps between two uses", kPositive);
  }
};

struct WeightClip {
  static constexpr std::string_view kName = "weight_clip";
  static constexpr std::string_view kDoc = "clamps weights";
  double limit = 0.01;
  bool operator==(const WeightClip&) const = default;
  void fields(Visitor& v) { v.field("limit", limit, "largest weight", kPositive); }
};

struct Bare {
  static constexpr std::string_view kName = "bare";
  static constexpr std::string_view kDoc = "a component without keys";
  bool operator==(const Bare&) const = default;
  void fields(Visitor&) {}
};

struct Saturating {
  static constexpr std::string_view kName = "saturating";
  static constexpr std::string_view kDoc = "the first GAN loss";
  bool operator==(const Saturating&) const = default;
  void fields(Visitor&) {}
};

struct Hinge {
  static constexpr std::string_view kName = "hinge";
  static constexpr std::string_view kDoc = "margin loss";
  double margin = 1;
  bool operator==(const Hinge&) const = default;
  void fields(Visitor& v) { v.field("margin", margin, "where it flattens", kPositive); }
};

enum class Order { kShuffled, kSorted };
inline constexpr std::array<std::string_view, 2> kOrderWords{"shuffled", "sorted"};

struct OptimizerConfig {
  Schedule lr = 2e-4;
  std::vector<double> betas{0, 0.99};
  bool operator==(const OptimizerConfig&) const = default;
  void fields(Visitor& v) {
    v.field("lr", lr, "step size", kPositive);
    v.field("betas", betas, "decay of the moments", kProbability);
  }
};

struct PlayersConfig {
  OptimizerConfig generator;
  OptimizerConfig discriminator;
  bool operator==(const PlayersConfig&) const = default;
  void fields(Visitor& v) {
    v.group("generator", generator, "of G");
    v.group("discriminator", discriminator, "of D");
  }
};

struct RootConfig {
  std::string title = "run";
  bool flip = false;
  std::int64_t batch = 64;
  double dropout = 0;
  Length length{200000, Length::Unit::kSamples};
  std::vector<std::string> tags;
  Order order = Order::kShuffled;
  std::variant<MlpNet, DcganNet> generator;
  std::variant<Saturating, Hinge> objective;
  PlayersConfig optimizer;
  std::tuple<std::optional<R1>, std::optional<WeightClip>, std::optional<Bare>> penalty;
  bool operator==(const RootConfig&) const = default;

  void fields(Visitor& v) {
    v.field("title", title, "a name for people");
    v.field("flip", flip, "mirror images");
    v.field("batch", batch, "samples a step", kPositive);
    v.field("dropout", dropout, "share of units dropped", {.low = 0, .high = 0.9});
    v.field("length", length, "how long to train");
    v.field("tags", tags, "words to find the run by");
    v.choice("order", order, kOrderWords, "order of the data");
    v.variant("generator", generator, "the network");
    v.variant("objective", objective, "the loss");
    v.group("optimizer", optimizer, "how players move");
    v.components("penalty", penalty, "what D pays for");
  }

  DcganNet& dcgan() { return std::get<DcganNet>(generator); }
  MlpNet& mlp() { return std::get<MlpNet>(generator); }
  std::optional<R1>& r1() { return std::get<0>(penalty); }
};

inline Source preset(std::string text) {
  return {.text = std::move(text),
          .name = "preset mnist",
          .rank = kPresetRank,
          .kind = Source::Kind::kPreset};
}
inline Source file(std::string text, std::string name = "my.toml", int rank = kFileRank) {
  return {.text = std::move(text), .name = std::move(name), .rank = rank};
}
inline Source set(const std::vector<std::string>& assignments) {
  return set_source(assignments);
}

inline RootConfig loaded(const std::vector<Source>& sources) {
  RootConfig root;
  load(root, sources);
  return root;
}

/// The message of the usage error that loading provokes; "" when there is none.
inline std::string load_error(const std::vector<Source>& sources) {
  RootConfig root;
  try {
    load(root, sources);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    EXPECT_EQ(error.component(), "config");
    EXPECT_EQ(root, RootConfig()) << "a failed load must change nothing";
    return error.message();
  }
  return "";
}
inline std::string file_error(std::string text) {
  return load_error({file(std::move(text))});
}

}  // namespace saddle::config::test
