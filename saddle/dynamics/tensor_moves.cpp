#include "saddle/dynamics/tensor_moves.h"

#include <ATen/ATen.h>

#include <array>
#include <utility>

#include "saddle/tensor/autograd.h"
#include "saddle/tensor/precision.h"

namespace saddle {
namespace {

// A loss that a parameter does not reach has a zero gradient there.
TensorSpace::Vector filled(std::vector<at::Tensor> gradients, const TensorSpace::Vector& like) {
  for (std::size_t i = 0; i < like.size(); ++i) {
    if (!gradients[i].defined()) gradients[i] = at::zeros_like(like[i]);
  }
  return gradients;
}

// sum <g, r>, undefined where no part of it can be differentiated further.
at::Tensor paired(const std::vector<at::Tensor>& g, const TensorSpace::Vector& r) {
  at::Tensor sum;
  for (std::size_t i = 0; i < r.size(); ++i) {
    if (!g[i].defined() || !g[i].requires_grad()) continue;
    const at::Tensor term = g[i].mul(r[i]).sum();
    sum = sum.defined() ? sum + term : term;
  }
  return sum;
}

at::Tensor plus(const at::Tensor& a, const at::Tensor& b) {
  if (!a.defined()) return b;
  return b.defined() ? a + b : a;
}

}  // namespace

TensorMoves::TensorMoves(Game& game, std::vector<std::unique_ptr<Optimizer>>& optimizers)
    : game_(game), optimizers_(optimizers) {
  for (Player& player : game.players()) {
    Mover mover;
    for (const auto& p : player.parameters) {
      mover.leaves.push_back(p.tensor);
      mover.values.push_back(p.tensor.detach());
      mover.dimension += static_cast<double>(p.tensor.numel());
    }
    players_.push_back(std::move(mover));
  }
}

void TensorMoves::begin_step() {
  report_ = {};
  any_ = false;
}

void TensorMoves::evaluate(std::size_t player) {
  players_[player].round = game_.draw(player);
  play(player, /*commits=*/true);
}

void TensorMoves::evaluate_shared(std::size_t player) {
  players_[player].round =
      any_ ? game_.draw_shared(player, *players_[last_].round) : game_.draw(player);
  play(player, /*commits=*/true);
}

void TensorMoves::evaluate_again(std::size_t player) {
  play(player, /*commits=*/true);
}

void TensorMoves::imagine(std::size_t player) {
  play(player, /*commits=*/false);
}

void TensorMoves::play(std::size_t player, bool commits) {
  Mover& mover = players_[player];
  ++report_.evaluations;
  mover.look = game_.play(*mover.round);
  const std::array<std::size_t, 1> moved{player};
  auto evaluations = mover.look->gradient(moved);
  // Methods write directions in place, which an expanded gradient cannot take.
  for (at::Tensor& g : direction(player)) {
    if (!g.is_non_overlapping_and_dense()) g = g.contiguous();
  }
  if (!commits) return;
  mover.turn = mover.look;
  Move move{player, std::move(evaluations.front()), mover.turn->observed()};
  std::erase_if(report_.moves, [&](const Move& m) { return m.player == player; });
  report_.moves.push_back(std::move(move));
  last_ = player;
  any_ = true;
}

void TensorMoves::move(std::size_t player) {
  optimizers_[player]->update(game_.players()[player]);
}

void TensorMoves::settle(std::size_t player) {
  Mover& mover = players_[player];
  game_.commit(*mover.turn);
  game_.project(player);
  mover.turn.reset();
  mover.look.reset();
}

TensorMoves::Vector& TensorMoves::point(std::size_t player) {
  game_.players()[player].touch();
  return players_[player].values;
}

at::Tensor TensorMoves::loss(std::size_t player) {
  report_.evaluations += 2;
  return players_[player].look->loss(player);
}

TensorMoves::Vector TensorMoves::product(std::size_t player, const Profile<TensorSpace>& r) {
  const WithGrad with_grad;
  // (J r)_p = sum_q d(grad_p L_p)/dz_q r_q = grad_p sum_q <grad_q L_p, r_q>.
  Vector wanted, along;
  for (std::size_t q = 0; q < r.size(); ++q) {
    if (r[q].empty()) continue;
    wanted.insert(wanted.end(), players_[q].leaves.begin(), players_[q].leaves.end());
    along.insert(along.end(), r[q].begin(), r[q].end());
  }
  const Vector& own = players_[player].leaves;
  const at::Tensor slope =
      paired(gradients(loss(player), wanted, /*create_graph=*/true, /*allow_unused=*/true), along);
  if (!slope.defined()) return TensorSpace::zeros_like(own);
  return filled(gradients(slope, own, /*create_graph=*/false, /*allow_unused=*/true), own);
}

Profile<TensorSpace> TensorMoves::transposed(const Profile<TensorSpace>& r) {
  const WithGrad with_grad;
  at::Tensor total;
  for (std::size_t p = 0; p < r.size(); ++p) {
    if (r[p].empty()) continue;
    total = plus(total, paired(gradients(loss(p), players_[p].leaves, /*create_graph=*/true,
                                         /*allow_unused=*/true),
                               r[p]));
  }
  Vector all;
  for (const Mover& mover : players_) {
    all.insert(all.end(), mover.leaves.begin(), mover.leaves.end());
  }
  const Vector found =
      total.defined()
          ? filled(gradients(total, all, /*create_graph=*/false, /*allow_unused=*/true), all)
          : TensorSpace::zeros_like(all);
  Profile<TensorSpace> parts;
  auto next = found.begin();
  for (const Mover& mover : players_) {
    const auto end = next + static_cast<std::ptrdiff_t>(mover.leaves.size());
    parts.emplace_back(next, end);
    next = end;
  }
  return parts;
}

TensorMoves::Vector TensorMoves::cross(std::size_t player, std::size_t other) {
  const WithGrad with_grad;
  --report_.evaluations;  // one gradient, not differentiated again
  const Vector& leaves = players_[other].leaves;
  return filled(gradients(loss(player), leaves, /*create_graph=*/false, /*allow_unused=*/true),
                leaves);
}

}  // namespace saddle
