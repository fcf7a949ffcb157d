#include "saddle/metric/manifold.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>

namespace saddle::metric {

namespace {

constexpr std::int64_t kPairsAtOnce = 32;

/// Balls around the rows of one set: exact squared radii, and bounds on them in float32.
struct Balls {
  std::vector<double> squares;
  std::vector<float> low, high;

  Balls(const Neighbours& own, std::int64_t k, const BoundedPair& pair) {
    const auto n = own.squares.size() / static_cast<std::size_t>(own.k);
    squares.resize(n), low.resize(n), high.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
      squares[i] = own.square(static_cast<std::int64_t>(i), k - 1);
      low[i] = pair.scaled(squares[i], /*upwards=*/false);
      high[i] = pair.scaled(squares[i], /*upwards=*/true);
    }
  }
};

/// For each row of one set: in how many balls of the other set it lies, and whether its own ball
/// holds a row of the other set.
struct Membership {
  std::vector<std::int64_t> closed, open;  ///< balls of the other set that hold the row
  std::vector<std::uint8_t> holds_closed, holds_open;

  explicit Membership(std::int64_t n)
      : closed(static_cast<std::size_t>(n)),
        open(closed.size()),
        holds_closed(closed.size()),
        holds_open(closed.size()) {}
};

/// Real rows against fake rows, a block at a time. Threads share columns, so what belongs to a fake
/// is added atomically; sums of whole numbers do not depend on the order.
class Crossing {
 public:
  Crossing(const FeatureRows& real, const FeatureRows& fake, const Balls& real_balls,
           const Balls& fake_balls, Membership& reals, Membership& fakes)
      : real_(real),
        fake_(fake),
        real_balls_(real_balls),
        fake_balls_(fake_balls),
        reals_(reals),
        fakes_(fakes) {}

  void look(const BoundBlock& b, std::int64_t r) {
    const float own_high = real_balls_.high[b.first_row + r];
    const float* products = b.products + r * b.columns;
    const float* fake_high = fake_balls_.high.data() + b.first_column;
    for (std::int64_t first = 0; first < b.columns; first += kPairsAtOnce) {
      const std::int64_t end = first + std::min(kPairsAtOnce, b.columns - first);
      int near = 0;
      for (std::int64_t c = first; c < end; ++c) {
        const float limit = own_high > fake_high[c] ? own_high : fake_high[c];
        near += b.column_low[c] - 2 * products[c] <= limit - b.row_low[r] ? 1 : 0;
      }
      if (near == 0) continue;
      for (std::int64_t c = first; c < end; ++c) pair(b, r, c, products[c]);
    }
  }

 private:
  struct Inside {
    bool closed = false, open = false;
  };

  void pair(const BoundBlock& b, std::int64_t r, std::int64_t c, float product) {
    const std::int64_t i = b.first_row + r, j = b.first_column + c;
    const float low = b.row_low[r] + (b.column_low[c] - 2 * product);
    const float high = b.row_high[r] + (b.column_high[c] - 2 * product);
    double square = -1;
    const auto inside = [&](const Balls& balls, std::int64_t ball) -> Inside {
      if (low > balls.high[ball]) return {};
      if (high < balls.low[ball]) return {true, true};
      if (square < 0) square = exact_square(real_, i, fake_, j);
      return {square <= balls.squares[ball], square < balls.squares[ball]};
    };
    const Inside in_real = inside(real_balls_, i), in_fake = inside(fake_balls_, j);
    if (in_real.closed) note(reals_, fakes_, i, j, in_real);
    if (in_fake.closed) note(fakes_, reals_, j, i, in_fake);
  }

  static void note(Membership& owners, Membership& others, std::int64_t owner, std::int64_t other,
                   Inside inside) {
    std::atomic_ref(owners.holds_closed[owner]).store(1, std::memory_order_relaxed);
    std::atomic_ref(others.closed[other]).fetch_add(1, std::memory_order_relaxed);
    if (!inside.open) return;
    std::atomic_ref(owners.holds_open[owner]).store(1, std::memory_order_relaxed);
    std::atomic_ref(others.open[other]).fetch_add(1, std::memory_order_relaxed);
  }

  const FeatureRows &real_, &fake_;
  const Balls &real_balls_, &fake_balls_;
  Membership &reals_, &fakes_;
};

double sum_of(const std::vector<std::int64_t>& counts) {
  double sum = 0;
  for (const std::int64_t count : counts) sum += static_cast<double>(count);
  return sum;
}

template <class Numbers>
double positive_share(const Numbers& numbers) {
  const auto count = std::ranges::count_if(numbers, [](auto number) { return number > 0; });
  return static_cast<double>(count) / static_cast<double>(numbers.size());
}

ManifoldScores scores_of(const Membership& reals, const Membership& fakes, std::int64_t k) {
  const double balls = static_cast<double>(k) * static_cast<double>(fakes.closed.size());
  return {.k = k,
          .precision_closed = positive_share(fakes.closed),
          .precision_open = positive_share(fakes.open),
          .recall_closed = positive_share(reals.closed),
          .recall_open = positive_share(reals.open),
          .density_closed = sum_of(fakes.closed) / balls,
          .density_open = sum_of(fakes.open) / balls,
          .coverage_closed = positive_share(reals.holds_closed),
          .coverage_open = positive_share(reals.holds_open)};
}

}  // namespace

std::vector<ManifoldScores> manifold_scores(const FeatureRows& real, const FeatureRows& fake,
                                            const std::vector<std::int64_t>& ks) {
  const std::int64_t most = *std::ranges::max_element(ks);
  const BoundedPair pair(real, fake, "manifold");
  const Neighbours among_reals = nearest_others(real, most);
  const Neighbours among_fakes = nearest_others(fake, most);
  std::vector<Membership> reals(ks.size(), Membership(real.size()));
  std::vector<Membership> fakes(ks.size(), Membership(fake.size()));
  std::vector<Balls> balls;
  balls.reserve(2 * ks.size());
  std::vector<Crossing> crossings;
  for (std::size_t s = 0; s < ks.size(); ++s) {
    balls.emplace_back(among_reals, ks[s], pair);
    balls.emplace_back(among_fakes, ks[s], pair);
    crossings.emplace_back(real, fake, balls[2 * s], balls[2 * s + 1], reals[s], fakes[s]);
  }
  pair.each_block([&](const BoundBlock& b) {
    at::parallel_for(0, b.rows, 8, [&](std::int64_t begin, std::int64_t end) {
      for (Crossing& crossing : crossings) {
        for (std::int64_t r = begin; r < end; ++r) crossing.look(b, r);
      }
    });
  });
  std::vector<ManifoldScores> out;
  for (std::size_t s = 0; s < ks.size(); ++s) out.push_back(scores_of(reals[s], fakes[s], ks[s]));
  return out;
}

double f_score(double precision, double recall) {
  return precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0;
}

}  // namespace saddle::metric
