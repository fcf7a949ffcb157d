#include "saddle/game/adversarial_turn.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/nn/chain.h"
#include "saddle/nn/tangent.h"
#include "saddle/objective/objective.h"
#include "saddle/objective/penalty.h"
#include "saddle/tensor/autograd.h"

namespace saddle {
namespace {

constexpr std::size_t kG = 0;
constexpr std::size_t kD = 1;

// Frozen parameters get no gradient: the generator's step must not pay for the discriminator's.
class Frozen {
 public:
  explicit Frozen(Player& player) : player_(player) { set(false); }
  ~Frozen() { set(true); }
  Frozen(const Frozen&) = delete;
  Frozen& operator=(const Frozen&) = delete;

 private:
  void set(bool on) {
    for (auto& p : player_.parameters) p.tensor.set_requires_grad(on);
  }
  Player& player_;
};

// Losses are computed in float32 or wider whatever the networks compute in.
at::ScalarType loss_dtype(const at::Tensor& x) {
  return x.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
}

// First row and number of rows of a place in the batch of n reals, m fakes and n mixtures.
std::pair<std::int64_t, std::int64_t> rows_of(objective::Place place, std::int64_t n,
                                              std::int64_t m) {
  switch (place) {
    case objective::Place::kReals:
      return {0, n};
    case objective::Place::kFakes:
      return {n, m};
    case objective::Place::kMixed:
      return {n + m, n};
  }
  return {0, 0};
}

nn::Condition joined(const nn::Condition& a, const nn::Condition& b) {
  nn::Condition both;
  if (a.labels.defined() && b.labels.defined()) both.labels = at::cat({a.labels, b.labels});
  return both;
}

// Axis-1 entries of a chain's input that belong to the sample; a condition may follow them.
std::int64_t sample_channels(const at::Tensor& x, const at::Tensor& chain_input) {
  return chain_input.dim() == 2 ? x.numel() / x.size(0) : x.size(1);
}

std::vector<at::Tensor> tensors(const Player& player) {
  std::vector<at::Tensor> list;
  for (const auto& p : player.parameters) list.push_back(p.tensor);
  return list;
}

Evaluation detached(const at::Tensor& value, NamedTensors terms) {
  for (auto& term : terms) term.tensor = term.tensor.detach();
  return {value.detach(), std::move(terms)};
}

}  // namespace

AdversarialTurn::AdversarialTurn(AdversarialGame& game, Round round)
    : game_(game), round_(std::move(round)) {
  const AdversarialConfig& config = game_.config();
  // A round of a float32 game is replayed in float64 by the microscope's copy.
  const auto dtype = c10::typeMetaToScalarType(config.options.dtype());
  round_.latents = round_.latents.to(config.options.device(), dtype);
  for (nn::Condition* c : {&round_.real_condition, &round_.fake_condition}) {
    if (c->vector.defined()) c->vector = c->vector.to(config.options.device(), dtype);
    if (c->image.defined()) c->image = c->image.to(config.options.device(), dtype);
  }
  if (round_.mixing.defined()) round_.mixing = round_.mixing.to(config.options.device(), dtype);
  if (round_.real.has("x")) {
    real_ = round_.real.at("x").to(config.options.device(), dtype);
    if (config.channels_last) real_ = channels_last(real_);
  }
}

bool AdversarialTurn::uses_tangents() const {
  return game_.config().exact_first_order &&
         game_.discriminator().piecewise_linear_chain() != nullptr;
}

nn::Pass AdversarialTurn::pass(bool record, std::string_view use) {
  ledger().owned_by(use == "G" ? kG : kD);
  return {
      .training = true, .ledger = record ? &ledger() : nullptr, .noise = round_.noise.fork(use)};
}

const at::Tensor& AdversarialTurn::reals() const {
  if (!real_.defined()) {
    throw Error(ErrorCode::kUnsupported, "game",
                "this loss needs real samples: got a round of the generator; draw one of the "
                "discriminator");
  }
  return real_;
}

at::Tensor AdversarialTurn::generate(bool with_graph) {
  const auto& shared = game_.shared_fake();
  // The discriminator's round has evaluated this batch already and has put its changes of state
  // into its own ledger.
  const bool recorded =
      generator_recorded_ || (round_.player == kG && shared.latents.is_same(round_.latents) &&
                              shared.version == game_.players()[kG].version);
  generator_recorded_ = true;
  std::optional<NoGrad> no_grad;
  std::optional<WithGrad> with_grad;
  if (with_graph) {
    with_grad.emplace();
  } else {
    no_grad.emplace();
  }
  const PrecisionScope scope(game_.config().precision, game_.config().options.device());
  return game_.generator().forward(round_.latents, round_.fake_condition, pass(!recorded, "G"));
}

at::Tensor AdversarialTurn::generate_by_tangents(nn::Chain& chain) {
  const NoGrad no_grad;
  const PrecisionScope scope(game_.config().precision, game_.config().options.device());
  fake_pass_ = std::make_shared<nn::TangentPass>(
      chain, game_.generator().chain_input(round_.latents, round_.fake_condition));
  return fake_pass_->output();
}

at::Tensor AdversarialTurn::fake(bool for_gradient) {
  const std::uint64_t version = game_.players()[kG].version;
  if (fake_.defined() && fake_version_ == version && (fake_serves_ || !for_gradient)) return fake_;
  auto& shared = game_.shared_fake();
  fake_version_ = version;
  if (round_.player == kG && shared.fake.defined() && shared.version == version &&
      shared.latents.is_same(round_.latents)) {
    // It serves one backward pass.
    fake_ = std::exchange(shared.fake, at::Tensor());
    fake_pass_ = std::exchange(shared.pass, nullptr);
    fake_serves_ = true;
    return fake_;
  }
  // What is kept for the generator's round is its own to use up.
  const bool keep = game_.config().shared_latents && round_.player == kD;
  const bool hand_over = keep && !for_gradient;
  nn::Chain* chain = uses_tangents() ? game_.generator().piecewise_linear_chain() : nullptr;
  fake_ = chain != nullptr ? generate_by_tangents(*chain) : generate(for_gradient || keep);
  fake_serves_ = for_gradient;
  if (keep) shared = {round_.latents, hand_over ? fake_ : at::Tensor(), fake_pass_, version};
  if (!for_gradient) fake_pass_ = nullptr;
  return fake_;
}

// Every recorded call has a name of its own, so that dropout differs between reals and fakes.
nn::Scores AdversarialTurn::judge(const at::Tensor& x, const nn::Condition& condition,
                                  std::string_view use, bool record) {
  const PrecisionScope scope(game_.config().precision, game_.config().options.device());
  return game_.discriminator().forward(x, condition, pass(record, use));
}

std::vector<Evaluation> AdversarialTurn::gradient(std::span<const std::size_t> players) {
  // Asked for first, so that one forward pass serves all players.
  if (std::find(players.begin(), players.end(), kG) != players.end()) fake(/*for_gradient=*/true);
  std::vector<Evaluation> evaluations;
  for (const std::size_t player : players) {
    if (!uses_tangents()) {
      evaluations.push_back(by_autograd(player));
    } else if (player == kD) {
      evaluations.push_back(discriminator_by_tangents());
    } else {
      evaluations.push_back(generator_by_tangents());
    }
  }
  return evaluations;
}

Evaluation AdversarialTurn::discriminator_by_tangents() {
  const NoGrad no_grad;
  nn::Discriminator& d = game_.discriminator();
  const at::Tensor& real = reals();
  const at::Tensor fake = this->fake(/*for_gradient=*/false).detach().to(real.dtype());
  const std::int64_t n = real.size(0), m = fake.size(0);
  std::vector<at::Tensor> parts_of_batch{real, fake};
  nn::Condition condition = joined(round_.real_condition, round_.fake_condition);
  const bool mixes = game_.mixes();
  if (mixes) {
    parts_of_batch.push_back(mixed(fake));
    condition = joined(condition, round_.real_condition);
  }
  const PrecisionScope scope(game_.config().precision, game_.config().options.device());
  const at::Tensor input = d.chain_input(at::cat(parts_of_batch), condition);
  nn::TangentPass tangents(*d.piecewise_linear_chain(), input);
  const at::Tensor logits = tangents.logits().to(loss_dtype(real));
  logits_real_ = logits.narrow(0, 0, n);
  logits_fake_ = logits.narrow(0, n, m);
  const auto loss =
      objective::discriminator_gradients(game_.config().objective, logits_real_, logits_fake_);
  Evaluation evaluation{loss.loss, {{"adversarial", loss.loss}}};
  at::Tensor scale = at::cat({loss.d_real, loss.d_fake});
  at::Tensor direction;
  if (mixes) scale = at::cat({scale, at::zeros({n}, scale.options())});
  if (!game_.penalties().empty()) {
    const at::Tensor& slopes = tangents.input_gradient(sample_channels(real, input));
    direction = at::zeros_like(slopes);
    for (const auto& [penalty, strength] : game_.penalties()) {
      const auto [first, count] = rows_of(penalty.place, n, m);
      const objective::PenaltyDirection pull =
          penalty.direction(slopes.narrow(0, first, count), strength);
      direction.narrow(0, first, count).add_(pull.direction);
      evaluation.terms.push_back({penalty.name, pull.value});
      evaluation.total = evaluation.total + pull.value;
    }
  }
  const std::int64_t parts = n == m ? static_cast<std::int64_t>(parts_of_batch.size()) : 1;
  game_.players()[kD].gradients = tangents.weight_gradients(scale, direction, parts);
  return evaluation;
}

Evaluation AdversarialTurn::generator_by_tangents() {
  const at::Tensor fake = this->fake(/*for_gradient=*/true);
  const objective::Traits& traits = game_.config().objective.traits;
  nn::Discriminator& d = game_.discriminator();
  at::Tensor towards;
  Evaluation evaluation;
  {
    const NoGrad no_grad;
    const PrecisionScope scope(game_.config().precision, game_.config().options.device());
    const at::Tensor x = fake.detach();
    const at::Tensor input = d.chain_input(x, round_.fake_condition);
    nn::TangentPass tangents(*d.piecewise_linear_chain(), input);
    logits_fake_ = tangents.logits().to(loss_dtype(x));
    if (traits.reals_in_generator_step) {
      logits_real_ = judge(reals(), round_.real_condition, "D.real", false).logits;
      logits_real_ = logits_real_.to(loss_dtype(x));
    }
    const auto loss =
        objective::generator_gradients(game_.config().objective, logits_real_, logits_fake_);
    evaluation = {loss.loss, {{"adversarial", loss.loss}}};
    towards = tangents.scaled_input_gradient(loss.d_fake, sample_channels(x, input))
                  .view_as(x)
                  .to(x.scalar_type());
  }
  Player& player = game_.players()[kG];
  player.gradients = fake_pass_ != nullptr ? fake_pass_->weight_gradients(towards, {})
                                           : gradients(fake, towards, tensors(player));
  drop_graph();
  return evaluation;
}

// A backward pass has used the graph up; the numbers still serve.
void AdversarialTurn::drop_graph() {
  fake_ = fake_.detach();
  fake_pass_ = nullptr;
  fake_serves_ = false;
}

Evaluation AdversarialTurn::by_autograd(std::size_t player) {
  Player& moved = game_.players()[player];
  if (player == kD) {
    const Total total = discriminator_total(fake(/*for_gradient=*/false).detach());
    moved.gradients = gradients(total.value, tensors(moved));
    return detached(total.value, total.terms);
  }
  const Frozen frozen(game_.players()[kD]);
  const Total total = generator_total(fake(/*for_gradient=*/true));
  moved.gradients = gradients(total.value, tensors(moved));
  drop_graph();
  return detached(total.value, total.terms);
}

at::Tensor AdversarialTurn::loss(std::size_t player) {
  // Fakes of its own: a graph serves one backward pass, and this one belongs to the caller.
  const at::Tensor fake = generate(/*with_graph=*/true);
  return player == kD ? discriminator_total(fake).value : generator_total(fake).value;
}

AdversarialTurn::Total AdversarialTurn::discriminator_total(const at::Tensor& fake) {
  const WithGrad with_grad;
  // One scope for all passes, so that weights are converted once.
  const PrecisionScope scope(game_.config().precision, game_.config().options.device());
  const bool record = !discriminator_recorded_;
  discriminator_recorded_ = true;
  // Two calls, reals first: batch statistics of the two must not mix.
  const nn::Scores real_scores = judge(reals(), round_.real_condition, "D.real", record);
  const nn::Scores fake_scores = judge(fake, round_.fake_condition, "D.fake", record);
  logits_real_ = real_scores.logits.detach();
  logits_fake_ = fake_scores.logits.detach();
  Total total;
  total.value = objective::discriminator_loss(game_.config().objective, real_scores, fake_scores);
  total.terms.push_back({"adversarial", total.value});
  add_penalties(total, fake);
  return total;
}

void AdversarialTurn::add_penalties(Total& total, const at::Tensor& fake) {
  using objective::Place;
  for (const auto& [penalty, strength] : game_.penalties()) {
    const at::Tensor x = penalty.place == Place::kReals   ? reals()
                         : penalty.place == Place::kFakes ? fake
                                                          : mixed(fake);
    const nn::Condition& condition =
        penalty.place == Place::kFakes ? round_.fake_condition : round_.real_condition;
    const at::Tensor value = penalty.value(
        [&](const at::Tensor& at_x) { return judge(at_x, condition, "D.penalty", false).logits; },
        x, strength);
    total.value = total.value + value;
    total.terms.push_back({penalty.name, value});
  }
}

at::Tensor AdversarialTurn::mixed(const at::Tensor& fake) const {
  return objective::mix(reals(), fake.to(real_.dtype()), round_.mixing);
}

AdversarialTurn::Total AdversarialTurn::generator_total(const at::Tensor& fake) {
  const WithGrad with_grad;
  const PrecisionScope scope(game_.config().precision, game_.config().options.device());
  const bool record = !discriminator_recorded_;
  discriminator_recorded_ = true;
  const nn::Scores fake_scores = judge(fake, round_.fake_condition, "D.fake", record);
  nn::Scores real_scores;
  if (game_.config().objective.traits.reals_in_generator_step) {
    real_scores = judge(reals(), round_.real_condition, "D.real", record);
    logits_real_ = real_scores.logits.detach();
  }
  logits_fake_ = fake_scores.logits.detach();
  Total total;
  total.value = objective::generator_loss(game_.config().objective, real_scores, fake_scores);
  total.terms.push_back({"adversarial", total.value});
  return total;
}

NamedTensors AdversarialTurn::observed() const {
  NamedTensors seen;
  // Real logits of a generator's round exist only for paired objectives; the discriminator's
  // round always has both, so that one is the record.
  if (round_.player == kD && logits_real_.defined()) {
    seen.push_back({"logits_real", logits_real_});
    seen.push_back({"logits_fake", logits_fake_});
  }
  return seen;
}

}  // namespace saddle
