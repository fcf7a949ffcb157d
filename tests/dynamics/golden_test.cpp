// Five steps of six objectives on two pairs of networks, against traces of PyTorch in float64
// (shared/golden/training), through the game, the stepper and fused Adam.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "saddle/base/text.h"
#include "saddle/dynamics/stepper.h"
#include "saddle/game/adversarial_game.h"
#include "saddle/nn/chain_networks.h"
#include "saddle/tensor/safetensors.h"
#include "tests/paths.h"

namespace saddle {
namespace {

using Json = nlohmann::json;

constexpr int kSteps = 5;
const std::filesystem::path kFolder =
    std::filesystem::path(test::kSharedDirectory) / "golden/training";

struct Case {
  std::string pair, objective;
  bool exact;          ///< gradients by tangents where the network allows
  bool channels_last;  ///< memory layout of images and weights
};

// Networks made of the named tensors of one prefix of a file.
class Parts {
 public:
  Parts(const Safetensors& file, std::string prefix, bool channels_last)
      : file_(file), prefix_(std::move(prefix)), channels_last_(channels_last) {}

  at::Tensor tensor(int position, const char* name) const {
    const std::string key = cat(prefix_, ".", position, ".", name);
    for (const auto& entry : file_.tensors) {
      if (entry.name != key) continue;
      const at::Tensor copy = entry.tensor.clone();
      return channels_last_ ? channels_last(copy) : copy;
    }
    return {};
  }
  nn::Layer linear(int p) const { return nn::Linear{tensor(p, "weight"), tensor(p, "bias")}; }
  nn::Layer conv(int p, std::int64_t stride, std::int64_t padding) const {
    return nn::Conv{tensor(p, "weight"), tensor(p, "bias"), stride, padding};
  }
  nn::Layer conv_transposed(int p, std::int64_t stride, std::int64_t padding) const {
    return nn::ConvTransposed{tensor(p, "weight"), tensor(p, "bias"), stride, padding, 0};
  }
  nn::Layer batch_norm(int p) const {
    return nn::BatchNorm{tensor(p, "weight"), tensor(p, "bias"), tensor(p, "running_mean"),
                         tensor(p, "running_var")};
  }

 private:
  const Safetensors& file_;
  std::string prefix_;
  bool channels_last_;
};

nn::Chain mlp(const Parts& n) {
  return nn::Chain({n.linear(0), nn::LeakyRelu{}, n.linear(2), nn::LeakyRelu{}, n.linear(4)});
}

nn::Chain dcgan_generator(const Parts& n) {
  return nn::Chain({n.conv_transposed(0, 1, 0), n.batch_norm(1), nn::Relu{},
                    n.conv_transposed(3, 2, 1), n.batch_norm(4), nn::Relu{},
                    n.conv_transposed(6, 2, 1), n.batch_norm(7), nn::Relu{},
                    n.conv_transposed(9, 2, 1), nn::Tanh{}});
}

nn::Chain dcgan_discriminator(const Parts& n, bool batch_norm) {
  if (!batch_norm) {
    return nn::Chain({n.conv(0, 2, 1), nn::LeakyRelu{}, n.conv(2, 2, 1), nn::LeakyRelu{},
                      n.conv(4, 2, 1), nn::LeakyRelu{}, n.conv(6, 1, 0), nn::Flatten{}});
  }
  return nn::Chain({n.conv(0, 2, 1), nn::LeakyRelu{}, n.conv(2, 2, 1), n.batch_norm(3),
                    nn::LeakyRelu{}, n.conv(5, 2, 1), n.batch_norm(6), nn::LeakyRelu{},
                    n.conv(8, 1, 0), nn::Flatten{}});
}

// Rounds come from the file instead of random streams and data; all else is the game itself.
class ReplayedGame final : public Game {
 public:
  ReplayedGame(AdversarialConfig config, const Safetensors& inputs)
      : game_(std::move(config)), inputs_(inputs) {}

  std::span<Player> players() override { return game_.players(); }
  Round draw(std::size_t player) override {
    Round round;
    round.player = player;
    const bool discriminator = player == 1;
    round.latents = at_step(discriminator ? "z_d" : "z_g").flatten(1);
    const bool reals_for_g = game_.config().objective.traits.reals_in_generator_step;
    if (discriminator) {
      round.real.set("x", at_step("x_d"));
    } else if (reals_for_g) {
      round.real.set("x", at_step("x_g"));
    }
    if (discriminator && game_.mixes()) round.mixing = at_step("eps");
    return round;
  }
  Round draw_shared(std::size_t player, const Round&) override { return draw(player); }
  std::unique_ptr<Turn> play(const Round& round) override { return game_.play(round); }
  void commit(Turn& turn) override { game_.commit(turn); }
  void project(std::size_t player) override { game_.project(player); }
  std::unique_ptr<Game> copy(at::ScalarType dtype) override { return game_.copy(dtype); }
  void state(StateVisitor& visitor) override { game_.state(visitor); }

  void next_step() { ++step_; }
  AdversarialGame& game() { return game_; }

 private:
  at::Tensor at_step(const char* name) const { return inputs_.at(name)[step_]; }

  AdversarialGame game_;
  const Safetensors& inputs_;
  int step_ = 0;
};

class GoldenTrace : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kFolder)) {
      GTEST_SKIP() << "no golden traces: " << kFolder << " is absent";
    }
    std::ifstream(kFolder / "expected.json") >> expected_;
    pair_ = expected_["pairs"][GetParam().pair];
    row_ = pair_["objectives"][GetParam().objective];
    inputs_ = load_safetensors(kFolder / cat(GetParam().pair, "_inputs.safetensors"));
    trace_ = load_safetensors(kFolder / row_["file"].get<std::string>());
  }

  AdversarialConfig config() const {
    const Case& c = GetParam();
    const Json& numbers = pair_["config"];
    AdversarialConfig config;
    const bool images = c.pair == "dcgan";
    const std::int64_t latent = numbers["z"];
    const std::string d_prefix = row_["initial_D"];
    config.make_generator = [=, this](const at::TensorOptions&) {
      const Parts parts(inputs_, "init.G", c.channels_last);
      return std::make_unique<nn::ChainGenerator>(
          images ? dcgan_generator(parts) : mlp(parts),
          nn::ChainGenerator::Shape{.latent = latent, .as_map = images});
    };
    config.make_discriminator = [=, this](const at::TensorOptions&) {
      const Parts parts(inputs_, d_prefix, c.channels_last);
      return std::make_unique<nn::ChainDiscriminator>(
          images ? dcgan_discriminator(parts, d_prefix == "init.D") : mlp(parts),
          nn::ChainDiscriminator::Shape{.flat = !images}, at::Tensor());
    };
    config.options = at::TensorOptions().dtype(at::kDouble);
    config.channels_last = c.channels_last;
    config.exact_first_order = c.exact;
    config.batch = numbers["batch"];
    const double gamma = numbers["gamma"], lambda = numbers["lambda"];
    using namespace objective;
    if (c.objective == "hinge") config.objective = objective::functions(Hinge{});
    if (c.objective == "lsgan") config.objective = objective::functions(LeastSquares{});
    if (c.objective == "wgan_gp") {
      config.objective = objective::functions(Wasserstein{});
      std::get<2>(config.penalty) = WganGp{.lambda = lambda};
    }
    if (c.objective == "ns_r1") std::get<0>(config.penalty) = R1{.gamma = gamma};
    if (c.objective == "rpgan_r1r2") {
      config.objective = objective::functions(PairedRelativistic{});
      std::get<0>(config.penalty) = R1{.gamma = gamma};
      std::get<1>(config.penalty) = R2{.gamma = gamma};
    }
    return config;
  }

  std::vector<std::unique_ptr<Optimizer>> optimizers(Game& game) const {
    const Json& numbers = pair_["config"];
    std::vector<std::unique_ptr<Optimizer>> list;
    for (const char* rate : {"lrG", "lrD"}) {
      const Adam adam{.lr = numbers[rate].get<double>(),
                      .beta1 = numbers["b1"].get<double>(),
                      .beta2 = numbers["b2"].get<double>(),
                      .eps = numbers["adam_eps"]};
      list.push_back(make_optimizer(adam, game.players()[list.size()]));
    }
    return list;
  }

  void expect_near(const at::Tensor& got, const at::Tensor& expected, const char* what,
                   const std::string& name) const {
    const Json& tolerance = expected_["tolerance"][what];
    const double rtol = tolerance["rtol"], atol = tolerance["atol"];
    ASSERT_EQ(got.sizes(), expected.sizes()) << name;
    const at::Tensor excess = (got.detach() - expected).abs() - rtol * expected.abs() - atol;
    EXPECT_LE(excess.max().item().toDouble(), 0) << name;
  }

  void expect_number(const at::Tensor& got, const char* key, int step) const {
    expect_near(got.detach(), at::scalar_tensor(row_[key][step].get<double>(), at::kDouble),
                "gradients, losses", cat(key, " at step ", step));
  }

  void expect_step(Game& game, const StepReport& report, int step) const {
    ASSERT_EQ(report.moves.size(), 2u);
    for (const Move& move : report.moves) {
      const bool discriminator = move.player == 1;
      expect_number(move.evaluation.total, discriminator ? "loss_d" : "loss_g", step);
      if (discriminator) {
        at::Tensor penalty = at::zeros({}, at::kDouble);
        for (const auto& term : move.evaluation.terms) {
          if (term.name == "adversarial") {
            expect_number(term.tensor, "loss_d_adv", step);
          } else {
            penalty = penalty + term.tensor;
          }
        }
        expect_number(penalty, "loss_d_penalty", step);
        for (const auto& seen : move.observed) {
          const char* side = seen.name == "logits_real" ? "logit.real." : "logit.fake.";
          expect_near(seen.tensor, trace_.at(cat(side, step)).flatten(), "gradients, losses",
                      cat(side, step));
        }
      }
      const Player& player = game.players()[move.player];
      for (std::size_t i = 0; i < player.parameters.size(); ++i) {
        const std::string name =
            cat("grad.", discriminator ? "D" : "G", ".", step, ".", player.parameters[i].name);
        expect_near(player.gradients[i], trace_.at(name), "gradients, losses", name);
      }
    }
  }

  Json expected_, pair_, row_;
  Safetensors inputs_, trace_;
};

TEST_P(GoldenTrace, LossesGradientsAndWeightsOfFiveSteps) {
  ReplayedGame game(config(), inputs_);
  Stepper stepper(game, Alternating{}, optimizers(game));
  for (int step = 0; step < kSteps; ++step) {
    expect_step(game, stepper.step(), step);
    game.next_step();
  }
  const auto expect_final = [&](const char* prefix) {
    return [=, this](const std::string& name, at::Tensor& t) {
      expect_near(t, trace_.at(cat(prefix, name)), "final weights", cat(prefix, name));
    };
  };
  game.game().generator().parameters(expect_final("final.G."));
  game.game().generator().buffers(expect_final("final.G."));
  game.game().discriminator().parameters(expect_final("final.D."));
  game.game().discriminator().buffers(expect_final("final.D."));
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const char* pair : {"mlp", "dcgan"}) {
    for (const char* objective : {"ns", "hinge", "lsgan", "wgan_gp", "ns_r1", "rpgan_r1r2"}) {
      cases.push_back({pair, objective, true, false});
      cases.push_back({pair, objective, false, false});
      if (std::string_view(pair) == "dcgan") cases.push_back({pair, objective, true, true});
    }
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Traces, GoldenTrace, ::testing::ValuesIn(all_cases()),
                         [](const auto& info) {
                           const Case& c = info.param;
                           return cat(c.pair, "_", c.objective, c.exact ? "_tangent" : "_autograd",
                                      c.channels_last ? "_channels_last" : "");
                         });

}  // namespace
}  // namespace saddle
