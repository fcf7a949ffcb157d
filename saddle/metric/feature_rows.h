#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string_view>

namespace saddle::metric {

/// Rows of features made ready for blocked distances: exact numbers, and centred float32 copies
/// whose products are fast.
class FeatureRows {
 public:
  /// rows [n,d] of any real dtype; float32 and float64 are kept as they are, others become float64.
  /// Throws Error(kInput) unless it is a matrix with n, d >= 1, Error(kNumeric) on NaN, Inf and
  /// float64 rows whose largest number is beyond 1e150 or, but for 0, below 1e-150: their squares
  /// are no doubles. `what` names the rows in messages.
  FeatureRows(const at::Tensor& rows, std::string_view component, std::string_view what);

  std::int64_t size() const { return rows_.size(0); }
  std::int64_t dimension() const { return rows_.size(1); }
  const at::Tensor& rows() const { return rows_; }
  /// Rows first .. first + count - 1 as float64 [count,d].
  at::Tensor doubles(std::int64_t first, std::int64_t count) const;
  /// Mean of the rows, float64 [d].
  at::Tensor mean() const;

 private:
  at::Tensor rows_;  ///< [n,d] float32 or float64, contiguous, on the CPU
};

/// |a_i - b_j|^2 in float64 from the differences of the numbers as they were given: 0 exactly for
/// equal rows, and the same whichever side a row stands on. Rows of one width.
double exact_square(const FeatureRows& a, std::int64_t i, const FeatureRows& b, std::int64_t j);

/// A block of bounds on squared distances of rows of two sets, in units of `BoundedPair::scale`
/// squared: between low[i] + low[j] - 2 p and high[i] + high[j] - 2 p for the product p.
struct BoundBlock {
  std::int64_t first_row = 0, rows = 0, first_column = 0, columns = 0;
  const float* products = nullptr;                            ///< [rows, columns]
  const float *row_low = nullptr, *row_high = nullptr;        ///< [rows]
  const float *column_low = nullptr, *column_high = nullptr;  ///< [columns]
};

/// Two sets of rows, or one against itself, as scaled float32 with bounds on every rounding error.
class BoundedPair {
 public:
  /// Throws Error(kInput) naming `component` when the widths differ.
  BoundedPair(const FeatureRows& a, const FeatureRows& b, std::string_view component);
  explicit BoundedPair(const FeatureRows& own);

  /// Hands every block to `use`, a after b in rising order. Of a set against itself every block is
  /// seen from both sides, so that all pairs (i, j) and (j, i) come, (i, i) too; each product is
  /// worked out once. For each row the columns come in rising order.
  void each_block(const std::function<void(const BoundBlock&)>& use) const;
  /// An exact squared distance as a bound that is not below it (above = true) or not above it.
  float scaled(double square, bool above) const;

 private:
  struct Side {
    at::Tensor rows;       ///< [n,d] float32, centred and scaled
    at::Tensor low, high;  ///< [n] float32: the squared norm less and plus its share of the error
  };
  static Side prepare(const FeatureRows& rows, const at::Tensor& centre, double scale);

  Side a_, b_;
  bool own_ = false;
  double scale_ = 1;
};

/// Squared distances of rows of two sets in float64, in blocks of [rows, columns]; those much
/// smaller than the rows' norms are worked out from differences, so that the relative error stays
/// below 1e-9 and equal rows have 0. With `own` (a and b the same set) only blocks on and above the
/// diagonal come.
struct SquareBlock {
  std::int64_t first_row = 0, rows = 0, first_column = 0, columns = 0;
  const double* squares = nullptr;  ///< [rows, columns]
};
void each_square_block(const FeatureRows& a, const FeatureRows& b, bool own,
                       const std::function<void(const SquareBlock&)>& use);

/// Throws Error(kInput) when the widths of two sets differ.
void require_one_width(const FeatureRows& a, const FeatureRows& b, std::string_view component);

}  // namespace saddle::metric
