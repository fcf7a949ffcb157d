#include "saddle/lab/replay.h"

#include <ATen/ops/full.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <memory>
#include <utility>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/dynamics/stepper.h"
#include "saddle/game/adversarial_game.h"
#include "saddle/lab/trace_network.h"
#include "saddle/nn/chain_networks.h"
#include "saddle/tensor/precision.h"

namespace saddle::lab {
namespace {

constexpr std::size_t kPlayerD = 1;

[[noreturn]] void refuse_inputs(const TraceRun& run, const std::string& what) {
  throw Error(ErrorCode::kInput, "lab verify", cat(run.inputs.string(), ": ", what));
}

// What the players are given, in float64: first index = step.
struct TraceInputs {
  at::Tensor x_d, x_g;  ///< [steps,B,...]; x_g only where the objective asks for it
  at::Tensor z_d, z_g;  ///< [steps,B,z]
  at::Tensor eps;       ///< [steps,B], only with a penalty between reals and fakes
};

class InputReader {
 public:
  InputReader(const TraceRun& run, const Safetensors& file, std::int64_t steps)
      : run_(run), file_(file), steps_(steps) {
    for (const auto& entry : file.tensors) check_numbers(entry);
  }

  TraceInputs read() const {
    TraceInputs inputs;
    inputs.x_d = tensor("x_d", -1);
    const std::int64_t batch = inputs.x_d.size(1);
    inputs.z_d = latents("z_d", batch);
    inputs.z_g = latents("z_g", -1);
    const auto traits = objective::traits(run_.objective);
    if (traits.reals_in_generator_step) {
      inputs.x_g = tensor("x_g", inputs.z_g.size(1));
      if (inputs.x_g.sizes().slice(2) != inputs.x_d.sizes().slice(2)) {
        refuse_inputs(run_, cat("tensor 'x_g': got ", shape_text(inputs.x_g.sizes()),
                                ", expected samples as in x_d ", shape_text(inputs.x_d.sizes())));
      }
    }
    if (objective::row<objective::WganGp>(run_.penalty)) {
      inputs.eps = tensor("eps", batch);
      if (inputs.eps.numel() != inputs.eps.size(0) * batch) {
        refuse_inputs(run_, cat("tensor 'eps': got ", shape_text(inputs.eps.sizes()),
                                ", expected [", inputs.eps.size(0), ",", batch, "]"));
      }
      inputs.eps = inputs.eps.flatten(1);
    }
    return inputs;
  }

 private:
  void check_numbers(const NamedTensor& entry) const {
    if (entry.name.ends_with("num_batches_tracked")) return;
    const at::ScalarType type = entry.tensor.scalar_type();
    if (type != at::kDouble && type != at::kFloat) {
      refuse_inputs(run_, cat("tensor '", entry.name, "': got ", c10::toString(type),
                              ", expected numbers in float64 or float32"));
    }
    if (!at::isfinite(entry.tensor).all().item<bool>()) {
      refuse_inputs(run_, cat("tensor '", entry.name, "' holds NaN or infinity"));
    }
  }

  // [>= steps, batch >= 1, ...]; a negative batch stands for any.
  at::Tensor tensor(const char* name, std::int64_t batch) const {
    const NamedTensor* found = nullptr;
    for (const auto& entry : file_.tensors) {
      if (entry.name == name) found = &entry;
    }
    if (found == nullptr) {
      refuse_inputs(run_, cat("no tensor '", name, "', which the objective ", run_.name, " needs"));
    }
    const at::Tensor& t = found->tensor;
    const bool fits =
        t.dim() >= 2 && t.size(0) >= steps_ && t.numel() > 0 && (batch < 0 || t.size(1) == batch);
    if (!fits) {
      const std::string rows = batch < 0 ? "a batch" : cat("a batch of ", batch);
      refuse_inputs(run_, cat("tensor '", name, "': got ", shape_text(t.sizes()), ", expected ",
                              steps_, " steps of ", rows));
    }
    return t.to(at::kDouble);
  }

  // [steps,B,z] or [steps,B,z,1,1] -> [steps,B,z].
  at::Tensor latents(const char* name, std::int64_t batch) const {
    const at::Tensor z = tensor(name, batch);
    if (z.dim() < 3 || z.size(2) * z.size(1) * z.size(0) != z.numel()) {
      refuse_inputs(run_, cat("tensor '", name, "': got ", shape_text(z.sizes()),
                              ", expected [steps,B,z] or [steps,B,z,1,1]"));
    }
    return z.flatten(2);
  }

  const TraceRun& run_;
  const Safetensors& file_;
  std::int64_t steps_;
};

// Rounds come from the file instead of random streams and data; all else is the game itself.
class TraceGame final : public Game {
 public:
  TraceGame(AdversarialConfig config, TraceInputs inputs)
      : game_(std::move(config)), inputs_(std::move(inputs)) {}

  std::span<Player> players() override { return game_.players(); }
  Round draw(std::size_t player) override {
    Round round;
    round.player = player;
    const bool discriminator = player == kPlayerD;
    round.latents = (discriminator ? inputs_.z_d : inputs_.z_g)[step_];
    const at::Tensor& real = discriminator ? inputs_.x_d : inputs_.x_g;
    if (real.defined()) round.real.set("x", real[step_]);
    if (discriminator && inputs_.eps.defined()) round.mixing = inputs_.eps[step_];
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
  AdversarialGame game_;
  TraceInputs inputs_;
  std::int64_t step_ = 0;
};

nn::Chain in_layout(nn::Chain chain, bool channels_last_too) {
  if (!channels_last_too) return chain;
  chain.parameters("", [](const std::string&, at::Tensor& t) { t = channels_last(t); });
  return chain;
}

// Both networks, checked against the samples and against each other.
AdversarialConfig game_config(const TraceRun& run, const Safetensors& file,
                              const TraceInputs& inputs, const VerifyOptions& options) {
  const std::string source = run.inputs.string();
  const nn::Chain g =
      in_layout(trace_chain(file, run.initial_generator, TraceSide::kGenerator, source),
                options.channels_last);
  const nn::Chain d =
      in_layout(trace_chain(file, run.initial_discriminator, TraceSide::kDiscriminator, source),
                options.channels_last);
  const std::int64_t latent = inputs.z_d.size(2);
  std::vector<std::int64_t> z{latent};
  if (takes_maps(g)) z = {latent, 1, 1};
  if (inputs.z_g.size(2) != latent) {
    refuse_inputs(
        run, cat("z_g has latents of ", inputs.z_g.size(2), ", expected ", latent, " as in z_d"));
  }
  const at::IntArrayRef sample = inputs.x_d.sizes().slice(2);
  const auto fake = trace_output_shape(g, z, run.initial_generator, source);
  if (at::IntArrayRef(fake) != sample) {
    refuse_inputs(run, cat("the generator makes samples of ", shape_text(fake), ", expected ",
                           shape_text(sample), " as in x_d"));
  }
  const auto logit = trace_output_shape(d, sample, run.initial_discriminator, source);
  if (logit != std::vector<std::int64_t>{1}) {
    refuse_inputs(run, cat("the discriminator ", run.initial_discriminator, " makes ",
                           shape_text(logit), " of a sample, expected one logit"));
  }
  AdversarialConfig config;
  config.make_generator = [g, latent](const at::TensorOptions&) {
    return std::make_unique<nn::ChainGenerator>(
        g, nn::ChainGenerator::Shape{.latent = latent, .as_map = takes_maps(g)});
  };
  config.make_discriminator = [d](const at::TensorOptions&) {
    return std::make_unique<nn::ChainDiscriminator>(
        d, nn::ChainDiscriminator::Shape{.flat = !takes_maps(d)}, at::Tensor());
  };
  config.options = at::TensorOptions().dtype(at::kDouble);
  config.batch = inputs.z_d.size(1);
  config.channels_last = options.channels_last;
  config.exact_first_order = options.exact_first_order;
  config.objective = objective::functions(run.objective);
  config.penalty = run.penalty;
  return config;
}

// Gathers what a trace records.
class Recorder {
 public:
  void step(Game& game, const StepReport& report, std::int64_t step) {
    for (const Move& move : report.moves) {
      const bool discriminator = move.player == kPlayerD;
      const Player& player = game.players()[move.player];
      for (std::size_t i = 0; i < player.parameters.size(); ++i) {
        keep(cat(discriminator ? "grad.D." : "grad.G.", step, ".", player.parameters[i].name),
             player.gradients[i]);
      }
      for (const auto& [name, logits] : move.observed) {
        keep(cat(name == "logits_real" ? "logit.real." : "logit.fake.", step), logits);
      }
      losses(move, discriminator);
    }
  }

  void network(const std::string& prefix, auto& network) {
    const auto visit = [&](const std::string& name, at::Tensor& t) { keep(prefix + name, t); };
    network.parameters(visit);
    network.buffers(visit);
  }

  NamedTensors take() {
    keep("loss_d_adv", at::stack(adversarial_));
    keep("loss_d_penalty", at::stack(penalty_));
    keep("loss_d", at::stack(discriminator_));
    keep("loss_g", at::stack(generator_));
    return std::move(tensors_);
  }

 private:
  void keep(const std::string& name, const at::Tensor& t) {
    tensors_.push_back({name, t.detach().contiguous().clone()});
  }

  void losses(const Move& move, bool discriminator) {
    (discriminator ? discriminator_ : generator_).push_back(move.evaluation.total);
    if (!discriminator) return;
    at::Tensor penalty = at::zeros({}, at::kDouble);
    for (const auto& term : move.evaluation.terms) {
      if (term.name == "adversarial") {
        adversarial_.push_back(term.tensor);
      } else {
        penalty = penalty.add(term.tensor);
      }
    }
    penalty_.push_back(penalty);
  }

  NamedTensors tensors_;
  std::vector<at::Tensor> adversarial_, penalty_, discriminator_, generator_;
};

// PyTorch counts the training passes of each batch norm. Three a step go through D, reals and
// fakes of its own update and the fakes of G's, and where G's objective sees reals one more; two a
// step go through G.
void count_batches(const TraceRun& run, const Safetensors& file, std::int64_t steps,
                   NamedTensors& tensors) {
  const std::int64_t d_passes = objective::traits(run.objective).reals_in_generator_step ? 4 : 3;
  const auto count = [&](const std::string& from, const std::string& to, std::int64_t passes) {
    for (const auto& [name, value] : file.tensors) {
      if (!name.starts_with(from + ".") || !name.ends_with(".running_mean")) continue;
      const std::string path =
          name.substr(from.size(), name.size() - from.size() - std::string("running_mean").size());
      std::int64_t before = 0;
      for (const auto& entry : file.tensors) {
        if (entry.name == from + path + "num_batches_tracked" && entry.tensor.numel() == 1) {
          before = entry.tensor.item<std::int64_t>();
        }
      }
      tensors.push_back({to + path + "num_batches_tracked",
                         at::full({}, static_cast<double>(before + passes * steps), at::kDouble)});
    }
  };
  count(run.initial_generator, "final.G", 2);
  count(run.initial_discriminator, "final.D", d_passes);
}

}  // namespace

NamedTensors replay_run(const TraceRun& run, const Safetensors& inputs, std::int64_t steps,
                        const VerifyOptions& options) {
  const TraceInputs given = InputReader(run, inputs, steps).read();
  TraceGame game(game_config(run, inputs, given, options), given);
  std::vector<std::unique_ptr<Optimizer>> optimizers;
  optimizers.push_back(make_optimizer(run.generator, game.players()[0]));
  optimizers.push_back(make_optimizer(run.discriminator, game.players()[kPlayerD]));
  Stepper stepper(game, Alternating{}, std::move(optimizers));
  Recorder recorder;
  for (std::int64_t step = 0; step < steps; ++step) {
    recorder.step(game, stepper.step(), step);
    game.next_step();
  }
  NamedTensors tensors;
  {
    recorder.network("final.G.", game.game().generator());
    recorder.network("final.D.", game.game().discriminator());
    tensors = recorder.take();
  }
  count_batches(run, inputs, steps, tensors);
  return tensors;
}

}  // namespace saddle::lab
