#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace saddle::lab {

/// A game of two players with finitely many actions: the row player gains matrix[i][j], the column
/// player loses it.
struct MatrixGame {
  std::string_view name{};
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<double> matrix{};  ///< row-major

  /// What each row gains against a mixture of columns, and each column costs against one of rows.
  std::vector<double> row_gains(const std::vector<double>& y) const;
  std::vector<double> column_costs(const std::vector<double>& x) const;
};

MatrixGame matching_pennies();
MatrixGame rock_paper_scissors();

/// A mixture of actions for each player.
struct Mixtures {
  std::vector<double> x{}, y{};
};

/// What the players could gain by answering each other best: max_i (A y)_i - min_j (x A)_j, at
/// least 0, and 0 at an equilibrium alone.
double exploitability(const MatrixGame& game, const Mixtures& play);

/// Each player answers the other's actions so far, as if they were a mixture (Brown 1951). The
/// first play is action 0 of both; ties go to the lowest index.
class FictitiousPlayers {
 public:
  /// `in_turn`: the column player sees the row player's new action before it answers.
  explicit FictitiousPlayers(MatrixGame game, bool in_turn = false);
  void play();
  /// The share of each action so far; after at least one play.
  Mixtures mean() const;

 private:
  MatrixGame game_;
  bool in_turn_;
  std::int64_t plays_ = 0;
  Mixtures counts_;
};

/// Multiplicative weights: both at once, x_i grows by exp(eta gain_i), y_j shrinks by exp(-eta
/// cost_j). Optimistic: by twice these gains less the last ones, the first step plain (Rakhlin and
/// Sridharan 2013, arXiv:1311.1869).
class WeightPlayers {
 public:
  WeightPlayers(MatrixGame game, Mixtures start, double eta, bool optimistic);
  void play();
  const Mixtures& last() const { return play_; }
  /// The mean of what was played: the start counts, the mixture of the next play does not.
  Mixtures mean() const;

 private:
  MatrixGame game_;
  Mixtures play_, sums_;
  double eta_;
  bool optimistic_;
  std::int64_t plays_ = 0;
  Mixtures last_gains_;
};

}  // namespace saddle::lab
