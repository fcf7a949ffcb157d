#include "saddle/monitor/frozen_game.h"

#include <ATen/ATen.h>

#include <array>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/tensor/autograd.h"
#include "saddle/tensor/precision.h"

namespace saddle::monitor {
namespace {

std::vector<Round> probe_rounds(Game& game, std::uint64_t index) {
  std::vector<Round> rounds;
  for (std::size_t p = 0; p < game.players().size(); ++p) {
    rounds.push_back(game.draw_probe(p, index));
  }
  return rounds;
}

}  // namespace

std::size_t Entries<TensorSpace>::count(const std::vector<at::Tensor>& v) {
  std::size_t n = 0;
  for (const auto& t : v) n += static_cast<std::size_t>(t.numel());
  return n;
}

void Entries<TensorSpace>::write(std::vector<at::Tensor>& v, std::span<const double> values) {
  const NoGrad no_grad;
  std::size_t next = 0;
  for (auto& t : v) {
    const auto n = static_cast<std::size_t>(t.numel());
    const auto part = values.subspan(next, n);
    at::Tensor block = at::empty(t.sizes(), at::kDouble);
    std::copy(part.begin(), part.end(), block.mutable_data_ptr<double>());
    t.detach().copy_(block);
    next += n;
  }
}

std::vector<double> Entries<TensorSpace>::read(const std::vector<at::Tensor>& v) {
  std::vector<double> values;
  for (const auto& t : v) {
    const at::Tensor block = t.detach().to(at::kCPU, at::kDouble).contiguous();
    const double* first = block.const_data_ptr<double>();
    values.insert(values.end(), first, first + block.numel());
  }
  return values;
}

FrozenGame::FrozenGame(Game& game, std::vector<Round> rounds, at::ScalarType dtype)
    : rounds_(std::move(rounds)), dtype_(dtype) {
  if (dtype != at::kDouble && dtype != at::kFloat) {
    throw Error(ErrorCode::kUsage, "microscope",
                cat("the numbers of a frozen game: got ", c10::toString(dtype),
                    ", expected Double or Float"));
  }
  const std::size_t n = game.players().size();
  if (rounds_.size() != n) {
    throw Error(ErrorCode::kUsage, "microscope",
                cat("rounds of a frozen game: got ", rounds_.size(), ", expected one for each of ",
                    n, " players"));
  }
  for (std::size_t p = 0; p < n; ++p) {
    if (rounds_[p].player == p) continue;
    throw Error(ErrorCode::kUsage, "microscope",
                cat("round ", p, " of a frozen game: got one of player ", rounds_[p].player,
                    ", expected the players' order"));
  }
  game_ = game.copy(dtype);
  for (const Player& player : game_->players()) {
    first_.push_back(start_.size());
    for (const auto& p : player.parameters) start_.push_back(p.tensor.detach().clone());
  }
  first_.push_back(start_.size());
}

FrozenGame FrozenGame::at_probe(Game& game, std::uint64_t index, at::ScalarType dtype) {
  return {game, probe_rounds(game, index), dtype};
}

FrozenGame::Vector FrozenGame::clone_of(const Vector& v) {
  return detail::clone<TensorSpace>(v);
}

void FrozenGame::require_shapes(const Vector& z, const char* what) const {
  if (z.size() != start_.size()) {
    throw Error(ErrorCode::kUsage, "microscope",
                cat(what, ": got ", z.size(), " tensors, expected the game's ", start_.size()));
  }
  for (std::size_t i = 0; i < z.size(); ++i) {
    if (z[i].sizes() == start_[i].sizes()) continue;
    throw Error(ErrorCode::kUsage, "microscope",
                cat(what, ": got shape ", shape_text(z[i].sizes()), " for tensor ", i,
                    ", expected ", shape_text(start_[i].sizes())));
  }
}

void FrozenGame::move_to(const Vector& z) {
  require_shapes(z, "a point of a frozen game");
  const NoGrad no_grad;
  std::size_t next = 0;
  for (Player& player : game_->players()) {
    for (auto& p : player.parameters) p.tensor.detach().copy_(z[next++]);
    player.touch();
  }
}

void FrozenGame::evaluate(const Vector& z, Vector& v) {
  move_to(z);
  require_shapes(v, "the field of a frozen game");
  for (std::size_t p = 0; p < rounds_.size(); ++p) {
    const auto turn = game_->play(rounds_[p]);
    const std::array<std::size_t, 1> moved{p};
    turn->gradient(moved);
    const NoGrad no_grad;
    const auto& gradients = game_->players()[p].gradients;
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      v[first_[p] + i].detach().copy_(gradients[i]).neg_();
    }
  }
}

FrozenGame::Losses FrozenGame::losses(const Vector& z) {
  move_to(z);
  Losses losses;
  for (const Player& player : game_->players()) {
    for (const auto& p : player.parameters) losses.leaves.push_back(p.tensor);
  }
  for (std::size_t p = 0; p < rounds_.size(); ++p) {
    losses.turns.push_back(game_->play(rounds_[p]));
    losses.values.push_back(losses.turns.back()->loss(p));
  }
  return losses;
}

TransposedProduct::TransposedProduct(FrozenGame& game, const TensorSpace::Vector& z)
    : game_(game.twin()), losses_(game_.losses(z)) {
  const WithGrad with_grad;
  const auto& first = game_.first_tensors();
  for (std::size_t p = 0; p < losses_.values.size(); ++p) {
    const std::vector<at::Tensor> own(
        losses_.leaves.begin() + static_cast<std::ptrdiff_t>(first[p]),
        losses_.leaves.begin() + static_cast<std::ptrdiff_t>(first[p + 1]));
    for (auto& g : gradients(losses_.values[p], own, /*create_graph=*/true)) {
      gradients_.push_back(std::move(g));
    }
  }
}

void TransposedProduct::operator()(const TensorSpace::Vector& r, TensorSpace::Vector& out) {
  const WithGrad with_grad;
  at::Tensor sum;
  for (std::size_t i = 0; i < gradients_.size(); ++i) {
    if (!gradients_[i].requires_grad()) continue;
    const at::Tensor part = gradients_[i].mul(r[i].detach()).sum();
    sum = sum.defined() ? sum.add(part) : part;
  }
  if (!sum.defined()) {
    TensorSpace::scale(out, 0);
    return;
  }
  // The graph stays for the next product.
  const auto pulled = gradients(sum, losses_.leaves, /*create_graph=*/true, /*allow_unused=*/true);
  const NoGrad no_grad;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (pulled[i].defined()) {
      out[i].detach().copy_(pulled[i].detach()).neg_();
    } else {
      out[i].detach().zero_();
    }
  }
}

}  // namespace saddle::monitor
