#include "saddle/metric/memorisation.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/metric/neighbours.h"

namespace saddle::metric {

namespace {

constexpr double kDuplicateQuantile = 0.1;
constexpr double kAlarmErrors = 4;
constexpr std::int64_t kUnitsAtOnce = 1024;
constexpr double kRoundedSquare = 1e-8;  // above the error of each_square_block
// Of unit rows: what is left of equal ones after rounding.
constexpr double kNoDiversity = 1e-26;

double quantile(std::vector<double> values, double q) {
  std::ranges::sort(values);
  const double place = q * static_cast<double>(values.size() - 1);
  const auto low = static_cast<std::size_t>(place);
  const std::size_t high = std::min(low + 1, values.size() - 1);
  return values[low] + (place - static_cast<double>(low)) * (values[high] - values[low]);
}

/// n of the rows at equal steps, so that a sorted set keeps its shares.
FeatureRows spaced_rows(const FeatureRows& rows, std::int64_t n) {
  const at::Tensor places = at::arange(n, at::kLong) * rows.size();
  return FeatureRows(rows.rows().index_select(0, places.div(n, "floor")), "memorisation", "rows");
}

std::vector<double> roots(const std::vector<double>& squares) {
  std::vector<double> out(squares.size());
  std::ranges::transform(squares, out.begin(), [](double s) { return std::sqrt(s); });
  return out;
}

/// Pairs (a, b) with a > b; ties one half.
double pairs_above(std::vector<double> a, std::vector<double> b) {
  std::ranges::sort(b);
  double sum = 0;
  for (const double value : a) {
    const auto [first, last] = std::ranges::equal_range(b, value);
    sum += static_cast<double>(first - b.begin()) + static_cast<double>(last - first) / 2;
  }
  return sum;
}

}  // namespace

Memorisation memorisation(const FeatureRows& train, const FeatureRows& unseen,
                          const FeatureRows& fake) {
  require_one_width(train, unseen, "memorisation");
  require_one_width(train, fake, "memorisation");
  const std::int64_t equal = std::min(train.size(), unseen.size());
  const Neighbours to_train = nearest(fake, train, 1);
  const Neighbours from_unseen = nearest(unseen, train, 1);
  const Neighbours near_train =
      equal < train.size() ? nearest(fake, spaced_rows(train, equal), 1) : to_train;
  const Neighbours near_unseen =
      nearest(fake, equal < unseen.size() ? spaced_rows(unseen, equal) : unseen, 1);
  Memorisation out;
  for (std::size_t i = 0; i < to_train.squares.size(); ++i) {
    const double a = near_train.squares[i], b = near_unseen.squares[i];
    out.share += a < b ? 1 : a == b ? 0.5 : 0;
  }
  const auto n = static_cast<double>(fake.size()), m = static_cast<double>(unseen.size());
  out.share /= n;
  out.copies = std::ranges::count(to_train.squares, 0.0);
  out.unseen_copies = std::ranges::count(from_unseen.squares, 0.0);
  out.limit = 0.5 + kAlarmErrors * 0.5 / std::sqrt(n);
  // Squares keep the order and the ties of distances.
  out.mann_whitney_u = pairs_above(to_train.squares, from_unseen.squares);
  out.z = (out.mann_whitney_u - m * n / 2) / std::sqrt(m * n * (m + n + 1) / 12);
  const std::vector<double> distances = roots(to_train.squares);
  out.fake_distance = quantile(distances, 0.5);
  out.unseen_distance = quantile(roots(from_unseen.squares), 0.5);
  for (std::size_t i = 0; i < distances.size(); ++i) {
    out.nearest.push_back({static_cast<std::int64_t>(i), to_train.indices[i], distances[i]});
  }
  return out;
}

Birthday birthday(const FeatureRows& samples, double tau) {
  if (!(tau > 0) || samples.size() < 2) {
    throw Error(ErrorCode::kInput, "birthday",
                cat("got ", samples.size(), " rows and tau ", tau,
                    ", expected at least 2 rows and a distance above 0"));
  }
  Birthday out;
  out.pairs = samples.size() * (samples.size() - 1) / 2;
  const double limit = tau * tau;
  const auto is_close = [&](double square, std::int64_t i, std::int64_t j) {
    // Squares of blocks are rounded; pairs at just this distance are no closer than it.
    if (std::abs(square - limit) < kRoundedSquare * limit) {
      square = exact_square(samples, i, samples, j);
    }
    return square < limit;
  };
  each_square_block(samples, samples, /*own=*/true, [&](const SquareBlock& block) {
    for (std::int64_t r = 0; r < block.rows; ++r) {
      const std::int64_t i = block.first_row + r;
      const double* row = block.squares + r * block.columns;
      for (std::int64_t c = std::max<std::int64_t>(0, i + 1 - block.first_column);
           c < block.columns; ++c) {
        out.close_pairs += is_close(row[c], i, block.first_column + c) ? 1 : 0;
      }
    }
  });
  out.support = out.close_pairs > 0
                    ? static_cast<double>(out.pairs) / static_cast<double>(out.close_pairs)
                    : std::numeric_limits<double>::infinity();
  return out;
}

double duplicate_distance(const FeatureRows& real) {
  if (real.size() < 2) {
    throw Error(ErrorCode::kInput, "birthday",
                "rows of the real set: got 1, expected at least 2 to find the distance tau of "
                "duplicates; give birthday.tau");
  }
  const FeatureRows even(real.rows().slice(0, 0, real.size(), 2), "birthday", "real rows");
  const FeatureRows odd(real.rows().slice(0, 1, real.size(), 2), "birthday", "real rows");
  return quantile(roots(nearest(even, odd, 1).squares), kDuplicateQuantile);
}

double pairwise_diversity(const FeatureRows& rows) {
  if (rows.size() < 2) {
    throw Error(ErrorCode::kInput, "diversity", "rows: got 1, expected at least 2");
  }
  const auto units = [&rows](std::int64_t first) {
    const at::Tensor x = rows.doubles(first, std::min(kUnitsAtOnce, rows.size() - first));
    const at::Tensor scaled = x / x.abs().amax(1, /*keepdim=*/true);
    if (!at::isfinite(scaled).all().item<bool>()) {
      throw Error(ErrorCode::kNumeric, "diversity",
                  "got a row of zeros, which has no direction; expected features that are not "
                  "all 0");
    }
    return scaled / scaled.square().sum(1, /*keepdim=*/true).sqrt();
  };
  const auto n = static_cast<double>(rows.size());
  at::Tensor mean = at::zeros({rows.dimension()}, at::kDouble);
  for (std::int64_t first = 0; first < rows.size(); first += kUnitsAtOnce) {
    mean += units(first).sum(0) / n;
  }
  // The sum of |u_i - u_j|^2 over all ordered pairs is 2 n times that of |u_i - mean|^2.
  double sum = 0;
  for (std::int64_t first = 0; first < rows.size(); first += kUnitsAtOnce) {
    sum += (units(first) - mean).square().sum().item<double>();
  }
  const double diversity = 2 * sum / (n - 1);
  return diversity < kNoDiversity ? 0 : diversity;
}

}  // namespace saddle::metric
