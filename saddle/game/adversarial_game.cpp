#include "saddle/game/adversarial_game.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/game/adversarial_turn.h"

namespace saddle {
namespace {

constexpr double kLargestStrength = 1e6;

template <class Network>
Player player_of(std::string name, Network& network) {
  Player player;
  player.name = std::move(name);
  network.parameters([&](const std::string& path, at::Tensor& t) {
    t.set_requires_grad(true);
    player.parameters.push_back({path, t});
  });
  network.buffers([&](const std::string& path, at::Tensor& t) {
    player.buffers.push_back({path, t});
  });
  player.gradients.resize(player.parameters.size());
  return player;
}

// Copies parameters and buffers of equal structure, converting the dtype.
template <class Network>
void copy_tensors(Network& from, Network& to) {
  const NoGrad no_grad;
  std::vector<at::Tensor> source;
  const auto collect = [&](const std::string&, at::Tensor& t) { source.push_back(t); };
  from.parameters(collect);
  from.buffers(collect);
  std::size_t next = 0;
  const auto assign = [&](const std::string&, at::Tensor& t) { t.copy_(source[next++]); };
  to.parameters(assign);
  to.buffers(assign);
}

}  // namespace

AdversarialGame::AdversarialGame(AdversarialConfig config)
    : config_(std::move(config)),
      generator_(config_.make_generator(config_.options)),
      discriminator_(config_.make_discriminator(config_.options)) {
  objective::check(config_.objective);
  players_.push_back(player_of("generator", *generator_));
  players_.push_back(player_of("discriminator", *discriminator_));
  for (auto& penalty : objective::gradient_penalties(config_.penalty)) {
    const at::Tensor strength =
        at::full({}, penalty.schedule.from, config_.options.requires_grad(false));
    penalties_.push_back({std::move(penalty), strength});
  }
}

bool AdversarialGame::mixes() const {
  return std::ranges::any_of(
      penalties_, [](const auto& p) { return p.penalty.place == objective::Place::kMixed; });
}

Round AdversarialGame::next_round(std::size_t player) {
  Round round;
  round.player = player;
  round.move = static_cast<std::uint64_t>(moves_++);
  round.noise = config_.streams.at("noise", round.move);
  return round;
}

bool AdversarialGame::needs_reals(std::size_t player) const {
  return player == 1 || config_.objective.traits.reals_in_generator_step;
}

AdversarialGame::Keys AdversarialGame::keys_of(std::uint64_t move) const {
  const Streams& streams = config_.streams;
  return {streams.at("latent", move), streams.at("label", move), streams.at("penalty", move)};
}

void AdversarialGame::draw_latents(Round& round, const Keys& keys) const {
  round.latents =
      random_normal(keys.latent, {config_.batch, generator_->latent_size()}, config_.options);
  if (config_.draw_labels) {
    round.fake_condition.labels =
        config_.draw_labels(keys.label, config_.batch).to(config_.options.device());
  }
}

void AdversarialGame::set_reals(Round& round, data::Batch batch, const Keys& keys) const {
  round.real = std::move(batch);
  const at::Device device = config_.options.device();
  at::Tensor x = round.real.at("x").to(device, c10::typeMetaToScalarType(config_.options.dtype()));
  if (config_.channels_last) x = channels_last(x);
  round.real.set("x", x);
  if (round.real.has("label")) round.real_condition.labels = round.real.at("label").to(device);
  // A pair is judged under one label: that of its real half.
  if (config_.objective.traits.paired && round.fake_condition.labels.defined()) {
    round.fake_condition.labels = round.real_condition.labels;
  }
  if (round.player == 1 && mixes()) {
    round.mixing = random_uniform(keys.penalty, {round.real.size()}, config_.options);
  }
}

Round AdversarialGame::draw(std::size_t player) {
  Round round = next_round(player);
  const Keys keys = keys_of(round.move);
  draw_latents(round, keys);
  if (!needs_reals(player)) return round;
  if (!config_.next_batch) {
    throw Error(ErrorCode::kInternal, "game",
                "this copy of the game has no data: it replays rounds but draws none");
  }
  set_reals(round, config_.next_batch(), keys);
  return round;
}

Round AdversarialGame::draw_probe(std::size_t player, std::uint64_t index) {
  if (needs_reals(player) && !config_.probe_batch) {
    throw Error(ErrorCode::kUnsupported, "game",
                cat("a probe of player '", players_[player].name,
                    "' needs real samples: got a game without data for probes; draw it from the "
                    "game in training, or give AdversarialConfig::probe_batch"));
  }
  const RandomKey probe = config_.streams.at("probe", index);
  const Keys keys{probe.fork("latent"), probe.fork("label"), probe.fork("penalty")};
  Round round{.player = player, .move = index};
  round.noise = probe.fork("noise");
  draw_latents(round, keys);
  if (needs_reals(player)) set_reals(round, config_.probe_batch(index), keys);
  return round;
}

Round AdversarialGame::draw_shared(std::size_t player, const Round& shared) {
  Round round = next_round(player);
  round.latents = shared.latents;
  round.fake_condition = shared.fake_condition;
  if (config_.objective.traits.reals_in_generator_step) {
    round.real = shared.real;
    round.real_condition = shared.real_condition;
  }
  return round;
}

std::unique_ptr<Turn> AdversarialGame::play(const Round& round) {
  return std::make_unique<AdversarialTurn>(*this, round);
}

void AdversarialGame::project(std::size_t player) {
  const auto& clip = objective::row<objective::WeightClip>(config_.penalty);
  if (player != 1 || !clip) return;
  objective::clip_weights(players_[1].parameters, clip->c);
  players_[1].touch();
}

std::unique_ptr<Game> AdversarialGame::copy(at::ScalarType dtype) {
  AdversarialConfig config = config_;
  config.options = config.options.dtype(dtype);
  config.next_batch = nullptr;
  config.probe_batch = nullptr;
  auto twin = std::make_unique<AdversarialGame>(std::move(config));
  copy_tensors(*generator_, *twin->generator_);
  copy_tensors(*discriminator_, *twin->discriminator_);
  twin->moves_ = moves_;
  const NoGrad no_grad;
  for (std::size_t i = 0; i < penalties_.size(); ++i) {
    twin->penalties_[i].strength.copy_(penalties_[i].strength);
  }
  return twin;
}

void AdversarialGame::state(StateVisitor& visitor) {
  const auto visit = [&](const std::string& prefix) {
    return [&visitor, prefix](const std::string& name, at::Tensor& t) {
      at::Tensor values = t.detach();
      visitor.tensor(prefix + name, values);
    };
  };
  generator_->parameters(visit("generator."));
  generator_->buffers(visit("generator."));
  discriminator_->parameters(visit("discriminator."));
  discriminator_->buffers(visit("discriminator."));
  visitor.number("moves", moves_);
  shared_fake_ = {};
  for (Player& player : players_) player.touch();
}

void AdversarialGame::knobs(const KnobVisitor& visit) {
  for (const auto& [penalty, strength] : penalties_) {
    visit({penalty.knob, strength, penalty.schedule, 0, kLargestStrength});
  }
}

}  // namespace saddle
