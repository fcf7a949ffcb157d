#include "saddle/metric/neighbours.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <limits>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::metric {

namespace {

constexpr float kFar = std::numeric_limits<float>::infinity();
constexpr std::int64_t kColumnsAtOnce = 32;

struct Neighbour {
  double square = 0;
  std::int64_t index = 0;
  auto operator<=>(const Neighbour&) const = default;
};

/// What is known of the k nearest neighbours of one row while columns go by.
class Nearest {
 public:
  explicit Nearest(std::int64_t k) : k_(static_cast<std::size_t>(k)) {}

  /// No column whose lower bound is above this can be one of the k nearest.
  float limit() const { return limit_; }

  /// `exact` gives the squared distance to a column, `scaled` turns it into an upper bound.
  template <class Exact, class Scaled>
  void add(std::int64_t column, float low, float high, const Exact& exact, const Scaled& scaled) {
    open_.push_back({low, column});
    if (highs_.size() < k_ || high < highs_.front()) {
      highs_.push_back(high);
      std::push_heap(highs_.begin(), highs_.end());
      if (highs_.size() > k_) {
        std::pop_heap(highs_.begin(), highs_.end());
        highs_.pop_back();
      }
      if (highs_.size() == k_) limit_ = std::min(limit_, highs_.front());
    }
    if (open_.size() >= kOpenAtMost) {
      std::erase_if(open_, [this](const Open& o) { return o.low > limit_; });
      if (open_.size() >= kOpenAtMost / 2) settle(exact, scaled);
    }
  }

  /// Works out what is open; the k nearest are then in `best`.
  template <class Exact, class Scaled>
  void settle(const Exact& exact, const Scaled& scaled) {
    for (const Open& o : open_) {
      if (o.low <= limit_) best_.push_back({exact(o.column), o.column});
    }
    open_.clear();
    std::sort(best_.begin(), best_.end());
    if (best_.size() < k_) return;
    best_.resize(k_);
    // Nothing is nearer than 0, and of equal distances the lower index, which came earlier, wins.
    limit_ = best_.back().square == 0 ? -kFar : std::min(limit_, scaled(best_.back().square));
  }

  const std::vector<Neighbour>& best() const { return best_; }

 private:
  static constexpr std::size_t kOpenAtMost = 128;
  struct Open {
    float low;
    std::int64_t column;
  };

  std::size_t k_;
  float limit_ = kFar;
  std::vector<float> highs_;  ///< heap of the k smallest upper bounds
  std::vector<Open> open_;    ///< may be among the k nearest
  std::vector<Neighbour> best_;
};

/// Whether any of the columns' lower bounds is at most `limit`.
bool any_near(const float* products, const float* low, std::int64_t count, float limit) {
  int near = 0;
  for (std::int64_t c = 0; c < count; ++c) near += low[c] - 2 * products[c] <= limit ? 1 : 0;
  return near > 0;
}

Neighbours search(const BoundedPair& pair, const FeatureRows& queries, const FeatureRows& points,
                  bool own, std::int64_t k) {
  const std::int64_t n = queries.size();
  std::vector<Nearest> state(static_cast<std::size_t>(n), Nearest(k));
  const auto scaled = [&pair](double square) { return pair.scaled(square, /*upwards=*/true); };
  const auto look = [&](const BoundBlock& b, std::int64_t r) {
    const std::int64_t i = b.first_row + r;
    Nearest& row = state[static_cast<std::size_t>(i)];
    const auto exact = [&](std::int64_t column) {
      return exact_square(queries, i, points, column);
    };
    const float* products = b.products + r * b.columns;
    for (std::int64_t first = 0; first < b.columns; first += kColumnsAtOnce) {
      const std::int64_t count = std::min(kColumnsAtOnce, b.columns - first);
      if (!any_near(products + first, b.column_low + first, count, row.limit() - b.row_low[r])) {
        continue;
      }
      for (std::int64_t c = first; c < first + count; ++c) {
        const float low = b.row_low[r] + (b.column_low[c] - 2 * products[c]);
        const std::int64_t column = b.first_column + c;
        if (low > row.limit() || (own && column == i)) continue;
        const float high = b.row_high[r] + (b.column_high[c] - 2 * products[c]);
        row.add(column, low, high, exact, scaled);
      }
    }
  };
  pair.each_block([&](const BoundBlock& b) {
    at::parallel_for(0, b.rows, 8, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t r = begin; r < end; ++r) look(b, r);
    });
  });
  Neighbours out{k, std::vector<double>(static_cast<std::size_t>(n * k)),
                 std::vector<std::int64_t>(static_cast<std::size_t>(n * k))};
  at::parallel_for(0, n, 64, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      Nearest& row = state[static_cast<std::size_t>(i)];
      row.settle([&](std::int64_t column) { return exact_square(queries, i, points, column); },
                 scaled);
      for (std::int64_t rank = 0; rank < k; ++rank) {
        out.squares[i * k + rank] = row.best()[rank].square;
        out.indices[i * k + rank] = row.best()[rank].index;
      }
    }
  });
  return out;
}

void require_points(std::int64_t size, std::int64_t k, bool own) {
  if (k >= 1 && (own ? size > k : size >= k)) return;
  throw Error(ErrorCode::kInput, "neighbours",
              cat("rows: got ", size, " for k = ", k, ", expected ",
                  own ? "more than k" : "at least k", "; try more samples or a smaller k"));
}

}  // namespace

Neighbours nearest(const FeatureRows& queries, const FeatureRows& points, std::int64_t k) {
  require_points(points.size(), k, /*own=*/false);
  return search(BoundedPair(queries, points, "neighbours"), queries, points, /*own=*/false, k);
}

Neighbours nearest_others(const FeatureRows& rows, std::int64_t k) {
  require_points(rows.size(), k, /*own=*/true);
  return search(BoundedPair(rows), rows, rows, /*own=*/true, k);
}

}  // namespace saddle::metric
