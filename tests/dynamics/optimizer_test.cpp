#include "saddle/dynamics/optimizer.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "saddle/base/file.h"
#include "saddle/base/json.h"
#include "saddle/base/text.h"
#include "saddle/tensor/precision.h"
#include "tests/paths.h"

namespace saddle {
namespace {

const at::TensorOptions kDouble = at::TensorOptions().dtype(at::kDouble);

Player one_vector() {
  Player player;
  player.name = "generator";
  at::Tensor w = at::tensor({1.0, -2.0}, kDouble);
  w.set_requires_grad(true);
  player.parameters.push_back({"w", w});
  player.gradients.resize(1);
  return player;
}

// Three steps with the gradients of the reference table.
at::Tensor after_three_steps(const OptimizerConfig& config) {
  Player player = one_vector();
  const auto optimizer = make_optimizer(config, player);
  for (const auto& g : {std::vector<double>{.5, -1}, {.1, 2}, {-.3, .5}}) {
    player.gradients[0] = at::tensor(g, kDouble);
    optimizer->update(player);
  }
  EXPECT_EQ(player.version, 3u);
  return player.parameters[0].tensor.detach();
}

struct OptimizerCase {
  const char* what;
  OptimizerConfig config;
  double w0, w1;
};

class OptimizerGolden : public ::testing::TestWithParam<OptimizerCase> {};

TEST_P(OptimizerGolden, ThreeStepsGiveTheReferenceWeights) {
  const at::Tensor w = after_three_steps(GetParam().config);
  constexpr double kDigitsOfTheTable = 1e-6;
  EXPECT_NEAR(w[0].item().toDouble(), GetParam().w0, kDigitsOfTheTable);
  EXPECT_NEAR(w[1].item().toDouble(), GetParam().w1, kDigitsOfTheTable);
}

INSTANTIATE_TEST_SUITE_P(
    Table, OptimizerGolden,
    ::testing::Values(
        OptimizerCase{"adam", Adam{.lr = 0.1, .beta1 = 0.9, .beta2 = 0.999}, .798625, -1.978175},
        OptimizerCase{"adam without first moment", Adam{.lr = 0.1, .beta1 = 0.0, .beta2 = 0.99},
                      .960233, -2.064125},
        OptimizerCase{"rmsprop", RmsProp{.lr = 0.1, .alpha = 0.99}, .313744, -2.114797},
        OptimizerCase{"sgd with negative momentum", Sgd{.lr = 0.1, .momentum = -0.5}, .987500,
                      -2.075}),
    [](const auto& info) {
      std::string name = info.param.what;
      for (char& c : name) c = c == ' ' ? '_' : c;
      return name;
    });

TEST(Optimizer, EveryRowOfTheTableHasAKnobCalledLr) {
  for (const OptimizerConfig& config : {OptimizerConfig(Adam{}), OptimizerConfig(Sgd{}),
                                        OptimizerConfig(RmsProp{}), OptimizerConfig(Adafactor{})}) {
    const Player player = one_vector();
    const auto optimizer = make_optimizer(config, player);
    bool found = false;
    optimizer->knobs([&](const KnobSlot& slot) { found = found || slot.path == "lr"; });
    EXPECT_TRUE(found);
  }
}

TEST(Optimizer, ALearningRateKnobOfZeroStopsTheWeights) {
  Player player = one_vector();
  const auto optimizer = make_optimizer(Adam{}, player);
  optimizer->knobs([](const KnobSlot& slot) {
    if (slot.path == "lr") {
      at::Tensor value = slot.value;
      value.fill_(0.0);
    }
  });
  player.gradients[0] = at::ones({2}, kDouble);
  optimizer->update(player);
  EXPECT_EQ(player.parameters[0].tensor[0].item().toDouble(), 1.0);
}

TEST(Optimizer, StateMakesTheNextStepTheSame) {
  for (const OptimizerConfig& config :
       {OptimizerConfig(Adam{}), OptimizerConfig(Sgd{.lr = 0.1, .momentum = 0.5}),
        OptimizerConfig(RmsProp{}), OptimizerConfig(Adafactor{})}) {
    Player a = one_vector(), b = one_vector();
    const auto first = make_optimizer(config, a);
    a.gradients[0] = at::tensor({.5, -1.}, kDouble);
    first->update(a);
    const auto second = make_optimizer(config, b);
    restore(*second, snapshot(*first));
    const NoGrad no_grad;
    b.parameters[0].tensor.copy_(a.parameters[0].tensor);
    a.gradients[0] = b.gradients[0] = at::tensor({.1, 2.}, kDouble);
    first->update(a);
    second->update(b);
    EXPECT_TRUE(at::equal(a.parameters[0].tensor, b.parameters[0].tensor));
  }
}

// Weights and gradients of PyTorch's Adafactor, written by tests/dynamics/make_adafactor.py.
TEST(Optimizer, AdafactorFollowsPyTorch) {
  const auto path = std::filesystem::path(test::kSourceDirectory) / "tests/dynamics/adafactor.json";
  const Json cases = parse_json(read_file(path), "test", path.string());
  ASSERT_GE(cases.size(), 3u);
  const auto tensor_of = [](const Json& json) {
    return at::tensor(json["values"].get<std::vector<double>>(), kDouble)
        .view(json["shape"].get<std::vector<std::int64_t>>());
  };
  for (const Json& one : cases) {
    Player player;
    player.name = "generator";
    for (const Json& start : one["start"]) {
      player.parameters.push_back(
          {cat("w", player.parameters.size()), tensor_of(start).set_requires_grad(true)});
    }
    player.gradients.resize(player.parameters.size());
    const Json& c = one["config"];
    const auto optimizer = make_optimizer(Adafactor{.lr = c["lr"].get<double>(),
                                                    .beta2_decay = c["beta2_decay"],
                                                    .eps1 = c["eps1"],
                                                    .eps2 = c["eps2"],
                                                    .clip = c["d"],
                                                    .weight_decay = c["weight_decay"]},
                                          player);
    for (const Json& step : one["steps"]) {
      for (std::size_t i = 0; i < player.parameters.size(); ++i) {
        player.gradients[i] = tensor_of(step["gradients"][i]);
      }
      optimizer->update(player);
      for (std::size_t i = 0; i < player.parameters.size(); ++i) {
        EXPECT_TRUE(at::allclose(player.parameters[i].tensor.detach(),
                                 tensor_of(step["weights"][i]), 1e-12, 1e-14))
            << one["name"] << " " << i;
      }
    }
  }
}

TEST(Optimizer, AdafactorOfAnAbsoluteRateMovesByItFirst) {
  // After one step the second moment is g^2, so that every coordinate moves by lr.
  Player player = one_vector();
  const auto optimizer = make_optimizer(Adafactor{.lr = 0.25, .relative = false}, player);
  player.gradients[0] = at::tensor({.5, -3.}, kDouble);
  optimizer->update(player);
  EXPECT_TRUE(at::allclose(player.parameters[0].tensor.detach(), at::tensor({.75, -1.75}, kDouble),
                           0, 1e-14));
}

TEST(Optimizer, AdafactorKeepsRowsAndColumnsOfAMatrix) {
  Player player;
  player.name = "generator";
  player.parameters.push_back({"w", at::ones({30, 20}, kDouble).set_requires_grad(true)});
  player.gradients.push_back(at::ones({30, 20}, kDouble));
  const auto optimizer = make_optimizer(Adafactor{}, player);
  optimizer->update(player);
  std::int64_t kept = 0;
  for (const auto& entry : snapshot(*optimizer)) kept += entry.tensor.numel();
  EXPECT_EQ(kept, 30 + 20 + 1);  // and the count of steps
}

}  // namespace
}  // namespace saddle
