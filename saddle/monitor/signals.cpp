#include "saddle/monitor/signals.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "saddle/tensor/precision.h"

namespace saddle::monitor {
namespace {

double item(const at::Tensor& value) {
  return value.item().toDouble();
}

// Sum of squares of a list of tensors, as the square root on the device.
at::Tensor global_norm(const std::vector<at::Tensor>& tensors) {
  std::vector<at::Tensor> squares;
  for (const auto& t : tensors) {
    if (t.defined()) squares.push_back(t.norm().to(at::kDouble).square());
  }
  return squares.empty() ? at::zeros({}, at::kDouble) : at::stack(squares).sum().sqrt();
}

// Puts `sum`, which a checkpoint may have left on the CPU, where `value` is.
void meet(at::Tensor& sum, const at::Tensor& value) {
  if (sum.device() != value.device()) sum = sum.to(value.device());
}

// Share of entries where a > b; a tie counts half, as a coin would decide it.
double share_above(const at::Tensor& a, const at::Tensor& b) {
  return item((a > b).to(at::kDouble).mean() + (a == b).to(at::kDouble).mean().mul(0.5));
}

}  // namespace

double Reading::value(std::string_view name) const {
  for (const auto& signal : signals) {
    if (signal.name == name) return signal.value;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

void SignalBook::add(std::string name, const at::Tensor& value) {
  for (auto& mean : means_) {
    if (mean.name != name) continue;
    meet(mean.sum, value);
    mean.sum.add_(value);
    ++mean.count;
    return;
  }
  means_.push_back({std::move(name), value.detach().to(at::kDouble).clone(), 1});
}

void SignalBook::watch(const Move& moved, const Player& player, std::int64_t place,
                       std::int64_t step) {
  if (watched_.size() <= moved.player) watched_.resize(moved.player + 1);
  Watched& watched = watched_[moved.player];
  watched.place = place;
  // The loss comes first: a bad loss makes every gradient bad, and is the better name for it.
  std::vector<at::Tensor> norms{moved.evaluation.total.detach().to(at::kDouble).reshape({})};
  std::vector<at::Tensor> present;
  const bool first = watched.names.empty();
  if (first) watched.names.push_back(player.name + " loss");
  for (std::size_t i = 0; i < player.gradients.size(); ++i) {
    if (!player.gradients[i].defined()) continue;
    present.push_back(player.gradients[i]);
    if (first) watched.names.push_back(player.name + "." + player.parameters[i].name + " gradient");
  }
  if (!present.empty()) {
    for (const auto& norm : at::_foreach_norm(present, 2)) norms.push_back(norm.to(at::kDouble));
  }
  const at::Tensor row = at::stack(norms);
  if (first) {
    watched.norm_sums = at::zeros_like(row);
    watched.first_bad = at::full_like(row, -1, at::kLong);
  }
  meet(watched.norm_sums, row);
  meet(watched.first_bad, row);
  watched.norm_sums.add_(row.square());
  ++watched.count;
  // The first bad step wins: once set, it stays.
  watched.first_bad.masked_fill_(row.isfinite().logical_not_().logical_and_(watched.first_bad < 0),
                                 step);
}

void SignalBook::observe(const StepReport& report, Game& game, std::int64_t step) {
  const NoGrad no_grad;
  const auto players = game.players();
  last_step_ = step;
  for (std::size_t place = 0; place < report.moves.size(); ++place) {
    const Move& moved = report.moves[place];
    const Player& player = players[moved.player];
    add("loss." + player.name + ".total", moved.evaluation.total);
    for (const auto& term : moved.evaluation.terms) {
      add("loss." + player.name + "." + term.name, term.tensor);
    }
    watch(moved, player, static_cast<std::int64_t>(place), step);
    for (const auto& observed : moved.observed) {
      bool known = false;
      for (auto& last : last_observed_) {
        if (last.name == observed.name) {
          last.tensor = observed.tensor;
          known = true;
        }
      }
      if (!known) last_observed_.push_back(observed);
    }
  }
}

void SignalBook::read_watched(Game& game, Reading& reading) const {
  const auto players = game.players();
  for (std::size_t p = 0; p < watched_.size(); ++p) {
    const Watched& watched = watched_[p];
    if (watched.count == 0) continue;
    const at::Tensor sums = watched.norm_sums.cpu();
    const double squares = item(sums.slice(0, 1).sum()) / static_cast<double>(watched.count);
    reading.signals.push_back({"gradient_norm." + players[p].name, std::sqrt(squares)});
    std::vector<at::Tensor> weights;
    for (const auto& parameter : players[p].parameters) weights.push_back(parameter.tensor);
    reading.signals.push_back({"weight_norm." + players[p].name, item(global_norm(weights))});
  }
}

BadNumber SignalBook::first_bad() const {
  BadNumber first;
  // In the order of moves: within a step, the player who moved first is the one to name.
  std::vector<const Watched*> in_order;
  for (const Watched& watched : watched_) {
    if (watched.count > 0) in_order.push_back(&watched);
  }
  std::ranges::stable_sort(in_order, {}, [](const Watched* watched) { return watched->place; });
  for (const Watched* one : in_order) {
    const Watched& watched = *one;
    const at::Tensor bad = watched.first_bad.cpu();
    const auto* steps = bad.const_data_ptr<std::int64_t>();
    for (std::size_t t = 0; t < watched.names.size(); ++t) {
      const bool earlier = first.step < 0 || steps[t] < first.step;
      if (steps[t] >= 0 && earlier) first = {watched.names[t], steps[t]};
    }
  }
  return first;
}

void SignalBook::read_logits(Reading& reading, bool anchored) const {
  at::Tensor real, fake;
  for (const auto& observed : last_observed_) {
    const at::Tensor values = observed.tensor.detach().to(at::kCPU, at::kFloat).flatten();
    if (observed.name == "logits_real") real = values;
    if (observed.name == "logits_fake") fake = values;
  }
  if (!real.defined() || !fake.defined()) return;
  reading.samples = {{"logits.real", real}, {"logits.fake", fake}};
  reading.signals.push_back({"logits.real.mean", item(real.mean())});
  reading.signals.push_back({"logits.fake.mean", item(fake.mean())});
  reading.signals.push_back({"logits.real.sd", item(real.std(/*unbiased=*/false))});
  reading.signals.push_back({"logits.fake.sd", item(fake.std(/*unbiased=*/false))});
  if (anchored) {
    const at::Tensor zero = at::zeros({}, real.options());
    const double right = share_above(real, zero) + share_above(zero, fake);
    reading.signals.push_back({"accuracy.discriminator", right / 2});
  }
  if (real.numel() == fake.numel()) {
    // Share of pairs that D orders rightly: valid also where only differences mean something.
    reading.signals.push_back({"pairs_ordered", share_above(real, fake)});
  }
}

// An update can overflow, and a loss can stay finite at an infinite logit.
void SignalBook::find_bad_at_end(Game& game, Reading& reading) const {
  for (const auto& sample : reading.samples) {
    if (reading.bad.step >= 0 || sample.tensor.isfinite().all().item().toBool()) continue;
    reading.bad = {sample.name, last_step_};
  }
  for (const auto& player : game.players()) {
    const double norm = reading.value("weight_norm." + player.name);
    if (reading.bad.step >= 0 || std::isfinite(norm) || last_step_ < 0) continue;
    const std::string name = first_not_finite(player.parameters);
    if (!name.empty()) reading.bad = {player.name + "." + name, last_step_};
  }
}

Reading SignalBook::read(Game& game, bool anchored) {
  const NoGrad no_grad;
  Reading reading;
  for (const auto& mean : means_) {
    reading.signals.push_back({mean.name, item(mean.sum) / static_cast<double>(mean.count)});
  }
  read_watched(game, reading);
  reading.bad = first_bad();
  read_logits(reading, anchored);
  find_bad_at_end(game, reading);
  means_.clear();
  watched_.clear();
  last_observed_.clear();
  return reading;
}

void SignalBook::state(StateVisitor& visitor) {
  auto means = static_cast<std::int64_t>(means_.size());
  visitor.number("means", means);
  means_.resize(static_cast<std::size_t>(means));
  for (std::size_t i = 0; i < means_.size(); ++i) {
    const std::string path = "mean." + std::to_string(i);
    visitor.text(path + ".name", means_[i].name);
    visitor.tensor(path + ".sum", means_[i].sum);
    visitor.number(path + ".count", means_[i].count);
  }
  auto players = static_cast<std::int64_t>(watched_.size());
  visitor.number("players", players);
  watched_.resize(static_cast<std::size_t>(players));
  for (std::size_t p = 0; p < watched_.size(); ++p) {
    const std::string path = "watched." + std::to_string(p);
    auto names = static_cast<std::int64_t>(watched_[p].names.size());
    visitor.number(path + ".names", names);
    watched_[p].names.resize(static_cast<std::size_t>(names));
    for (std::size_t i = 0; i < watched_[p].names.size(); ++i) {
      visitor.text(path + ".name." + std::to_string(i), watched_[p].names[i]);
    }
    if (names == 0) continue;
    visitor.tensor(path + ".norm_sums", watched_[p].norm_sums);
    visitor.tensor(path + ".first_bad", watched_[p].first_bad);
    visitor.number(path + ".count", watched_[p].count);
    visitor.number(path + ".place", watched_[p].place);
  }
}

std::string first_not_finite(const StateDict& state) {
  for (const auto& entry : state) {
    const at::Tensor& t = entry.tensor;
    if (t.is_floating_point() && !t.isfinite().all().item().toBool()) return entry.name;
  }
  return "";
}

std::string in_words(const Reading& reading, bool anchored) {
  if (reading.bad.step >= 0) return "not a number";
  const double ordered = reading.value("pairs_ordered");
  const double g_gradient = reading.value("gradient_norm.generator");
  if (g_gradient < 1e-7) return "G gets no gradient";
  if (ordered > 0.995) return "D sees through every fake";
  if (anchored && reading.value("accuracy.discriminator") < 0.35) return "D is fooled";
  if (ordered > 0.9) return "D is ahead";
  if (ordered < 0.35) return "G is ahead";
  return "balanced";
}

}  // namespace saddle::monitor
