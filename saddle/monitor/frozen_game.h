#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "saddle/dynamics/tensor_space.h"
#include "saddle/game/game.h"
#include "saddle/monitor/arnoldi.h"
#include "saddle/monitor/field_of.h"
#include "saddle/monitor/golub_kahan.h"
#include "saddle/monitor/path_angle.h"
#include "saddle/monitor/rotation.h"

namespace saddle::monitor {

template <>
struct Entries<TensorSpace> {
  static std::size_t count(const std::vector<at::Tensor>& v);
  static void write(std::vector<at::Tensor>& v, std::span<const double> values);
  static std::vector<double> read(const std::vector<at::Tensor>& v);
};

/// A game whose random inputs stand still, so that its field is a function of its parameters: one
/// Round a player, replayed at every evaluation and never committed. It plays on a copy of the
/// game; the game itself is only read, while it is built. Its vectors are the parameters of all
/// players, one after the other in the game's order.
class FrozenGame {
 public:
  using Vector = TensorSpace::Vector;

  /// `rounds`: one a player in the game's order, drawn from the game itself; `dtype` of the copy:
  /// float64 for differences, whatever the game trains in. Throws Error(kUsage) where the rounds do
  /// not fit the players, or for another dtype than float32 and float64.
  FrozenGame(Game& game, std::vector<Round> rounds, at::ScalarType dtype = at::kDouble);
  /// At the rounds that the game draws for probe `index`: consumes no data and moves no counter.
  static FrozenGame at_probe(Game& game, std::uint64_t index = 0,
                             at::ScalarType dtype = at::kDouble);

  /// Another one with the same rounds, on a copy of its own.
  FrozenGame twin() { return {*game_, rounds_, dtype_}; }

  /// The parameters the game had when it was frozen; a copy.
  Vector point() const { return clone_of(start_); }
  /// Index of the first tensor of each player in a vector, and the number of all tensors.
  const std::vector<std::size_t>& first_tensors() const { return first_; }

  /// Writes v(z) = (-gradient of each player's own loss). Throws Error(kUsage) unless z and v have
  /// the shapes of point().
  void evaluate(const Vector& z, Vector& v);

  /// The evaluations of all rounds at z, whose losses have a graph to the returned leaves.
  struct Losses {
    std::vector<std::unique_ptr<Turn>> turns;  ///< keep the graphs alive
    std::vector<at::Tensor> values;            ///< 0-dim, one a player
    std::vector<at::Tensor> leaves;            ///< all parameters, as in a vector
  };
  /// Throws Error(kUnsupported) where a loss is not differentiable.
  Losses losses(const Vector& z);

 private:
  static Vector clone_of(const Vector& v);
  void move_to(const Vector& z);
  void require_shapes(const Vector& z, const char* what) const;

  std::unique_ptr<Game> game_;
  std::vector<Round> rounds_;
  at::ScalarType dtype_;
  std::vector<std::size_t> first_;
  Vector start_;
};

static_assert(FieldOf<FrozenGame, TensorSpace>);

/// Length of a difference step, as JacobianProduct takes it, for networks with kinks (leaky ReLU)
/// in float64. Steps of kDifferenceStep meet kinks there, and one of them is enough to make a
/// product wrong by more than itself.
inline constexpr double kNetworkStep = 1e-6;

/// J^T r by automatic differentiation of the losses, for games that have them: one graph, made once
/// on a twin of the game, and one pass through it a product. It sees what the losses' graphs see:
/// the u and v that a pass makes from the weights of a spectral norm count as constants there, in
/// differences they do not; SingularValues::mismatch tells.
class TransposedProduct {
 public:
  /// Throws Error(kUnsupported) where a loss is not differentiable.
  TransposedProduct(FrozenGame& game, const TensorSpace::Vector& z);
  void operator()(const TensorSpace::Vector& r, TensorSpace::Vector& out);

 private:
  FrozenGame game_;
  FrozenGame::Losses losses_;
  std::vector<at::Tensor> gradients_;  ///< of each player's own loss, with their graph
};

}  // namespace saddle::monitor
