#include "saddle/lab/matrix_games.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace saddle::lab {
namespace {

std::size_t lowest_best(const std::vector<double>& values) {
  return static_cast<std::size_t>(std::ranges::max_element(values) - values.begin());
}

std::size_t lowest_least(const std::vector<double>& values) {
  return static_cast<std::size_t>(std::ranges::min_element(values) - values.begin());
}

std::vector<double> shares(std::vector<double> values) {
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  for (double& value : values) value /= sum;
  return values;
}

void add(std::vector<double>& sum, const std::vector<double>& values) {
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += values[i];
}

}  // namespace

std::vector<double> MatrixGame::row_gains(const std::vector<double>& y) const {
  std::vector<double> gains(rows, 0.0);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) gains[i] += matrix[i * columns + j] * y[j];
  }
  return gains;
}

std::vector<double> MatrixGame::column_costs(const std::vector<double>& x) const {
  std::vector<double> costs(columns, 0.0);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) costs[j] += matrix[i * columns + j] * x[i];
  }
  return costs;
}

MatrixGame matching_pennies() {
  return {"matching pennies", 2, 2, {1, -1, -1, 1}};
}

MatrixGame rock_paper_scissors() {
  return {"rock, paper, scissors", 3, 3, {0, -1, 1, 1, 0, -1, -1, 1, 0}};
}

double exploitability(const MatrixGame& game, const Mixtures& play) {
  return std::ranges::max(game.row_gains(play.y)) - std::ranges::min(game.column_costs(play.x));
}

FictitiousPlayers::FictitiousPlayers(MatrixGame game, bool in_turn)
    : game_(std::move(game)),
      in_turn_(in_turn),
      counts_{std::vector<double>(game_.rows, 0.0), std::vector<double>(game_.columns, 0.0)} {}

void FictitiousPlayers::play() {
  // Counts are whole numbers, so that gains are exact and ties are ties.
  std::size_t row = 0, column = 0;
  if (plays_++ > 0) {
    row = lowest_best(game_.row_gains(counts_.y));
    if (in_turn_) counts_.x[row] += 1;
    column = lowest_least(game_.column_costs(counts_.x));
    if (in_turn_) counts_.x[row] -= 1;
  }
  counts_.x[row] += 1;
  counts_.y[column] += 1;
}

Mixtures FictitiousPlayers::mean() const {
  return {shares(counts_.x), shares(counts_.y)};
}

WeightPlayers::WeightPlayers(MatrixGame game, Mixtures start, double eta, bool optimistic)
    : game_(std::move(game)),
      play_(std::move(start)),
      sums_{std::vector<double>(game_.rows, 0.0), std::vector<double>(game_.columns, 0.0)},
      eta_(eta),
      optimistic_(optimistic) {}

void WeightPlayers::play() {
  add(sums_.x, play_.x);
  add(sums_.y, play_.y);
  Mixtures gains{game_.row_gains(play_.y), game_.column_costs(play_.x)};
  if (plays_++ == 0) last_gains_ = gains;
  const auto reweigh = [&](std::vector<double>& mixture, const std::vector<double>& now,
                           const std::vector<double>& before, double sign) {
    for (std::size_t i = 0; i < mixture.size(); ++i) {
      const double foreseen = optimistic_ ? 2 * now[i] - before[i] : now[i];
      mixture[i] *= std::exp(sign * eta_ * foreseen);
    }
    mixture = shares(std::move(mixture));
  };
  reweigh(play_.x, gains.x, last_gains_.x, 1);
  reweigh(play_.y, gains.y, last_gains_.y, -1);
  last_gains_ = std::move(gains);
}

Mixtures WeightPlayers::mean() const {
  return {shares(sums_.x), shares(sums_.y)};
}

}  // namespace saddle::lab
