#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "saddle/base/eigen.h"
#include "saddle/dynamics/flat_game.h"

namespace saddle {

/// One step of a dynamics as a matrix, for a game and a dynamics that are linear in points and
/// memory together: row-major [n,n], n counting both.
struct OneStep {
  std::vector<double> matrix;
  std::size_t n = 0;

  /// The asymptotic factor per step.
  double radius() const { return spectral_radius(matrix, n); }
};

namespace one_step {

// Visits the vectors of a method's memory, and lets its counters be.
class Vectors {
 public:
  explicit Vectors(std::vector<std::vector<double>*>& list) : list_(list) {}
  void profile(std::string_view, Profile<FlatSpace>& profile) {
    for (auto& vector : profile) list_.push_back(&vector);
  }
  void points(std::string_view, std::size_t, Profile<FlatSpace>& points) { profile("", points); }
  void number(std::string_view, std::int64_t&) {}

 private:
  std::vector<std::vector<double>*>& list_;
};

}  // namespace one_step

/// The matrix of `steps` steps from zero, where `row` moves a game with zeros of these sizes by
/// plain steps of `rates`. As many steps go before, so that a method has begun.
template <class Row, Field F>
OneStep one_step_matrix(const Row& row, const F& field, const std::vector<std::size_t>& sizes,
                        const std::vector<double>& rates, int steps = 1) {
  Profile<FlatSpace> zeros;
  for (const std::size_t size : sizes) zeros.emplace_back(size, 0.0);
  OneStep result;
  for (std::size_t column = 0;; ++column) {
    FlatStepper<Row, F> stepper(row, FlatGame<F>(field, zeros, rates));
    for (int i = 0; i < steps; ++i) stepper.step();
    std::vector<std::vector<double>*> state;
    for (std::size_t p = 0; p < sizes.size(); ++p) state.push_back(&stepper.game().point(p));
    one_step::Vectors vectors(state);
    stepper.method().remember(vectors);
    if (result.n == 0) {
      for (const auto* vector : state) result.n += vector->size();
      result.matrix.resize(result.n * result.n);
    }
    std::size_t entry = column;
    for (auto* vector : state) {
      if (entry < vector->size()) {
        (*vector)[entry] = 1;
        break;
      }
      entry -= vector->size();
    }
    for (int i = 0; i < steps; ++i) stepper.step();
    std::size_t to = 0;
    for (const auto* vector : state) {
      for (const double value : *vector) result.matrix[to++ * result.n + column] = value;
    }
    if (column + 1 == result.n) return result;
  }
}

}  // namespace saddle
