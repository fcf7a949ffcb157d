#include "saddle/lab/sample_floors.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <unordered_set>

#include "saddle/base/philox.h"

namespace saddle::lab {
namespace {

/// Squared distances of the rows of a to those of b, row-major.
std::vector<double> squared_distances(std::span<const double> a, std::span<const double> b,
                                      std::size_t width) {
  const std::size_t n = a.size() / width;
  const std::size_t m = b.size() / width;
  std::vector<double> out(n * m);
  for (std::size_t i = 0; i < n; ++i) {
    const double* const x = a.data() + i * width;
    for (std::size_t j = 0; j < m; ++j) {
      const double* const y = b.data() + j * width;
      // Four sums side by side: one waits for the sum before it.
      double sums[4] = {0, 0, 0, 0};
      std::size_t k = 0;
      for (; k + 4 <= width; k += 4) {
        for (std::size_t lane = 0; lane < 4; ++lane) {
          const double gap = x[k + lane] - y[k + lane];
          sums[lane] += gap * gap;
        }
      }
      for (; k < width; ++k) sums[0] += (x[k] - y[k]) * (x[k] - y[k]);
      out[i * m + j] = sums[0] + sums[1] + sums[2] + sums[3];
    }
  }
  return out;
}

/// Squared distance of each row to its k-th neighbour.
std::vector<double> squared_radii(std::span<const double> rows, std::size_t width, std::size_t k) {
  auto distances = squared_distances(rows, rows, width);
  const std::size_t n = rows.size() / width;
  std::vector<double> out(n);
  for (std::size_t i = 0; i < n; ++i) {
    const auto first = distances.begin() + static_cast<std::ptrdiff_t>(i * n);
    // Place 0 is the point itself.
    std::nth_element(first, first + static_cast<std::ptrdiff_t>(k),
                     first + static_cast<std::ptrdiff_t>(n));
    out[i] = first[static_cast<std::ptrdiff_t>(k)];
  }
  return out;
}

}  // namespace

double histogram_divergence(std::span<const std::int64_t> counts) {
  double n = 0;
  for (const std::int64_t count : counts) n += static_cast<double>(count);
  double out = 0;
  for (const std::int64_t count : counts) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / n;
    out += share * std::log(share * static_cast<double>(counts.size()));
  }
  return out;
}

std::vector<std::int64_t> even_draws(std::int64_t cells, std::int64_t n, std::uint64_t key,
                                     std::uint64_t repetition) {
  auto random = PhiloxSequence::of(key, repetition);
  std::vector<std::int64_t> counts(static_cast<std::size_t>(cells));
  for (std::int64_t i = 0; i < n; ++i) {
    // The bias of a product with 32 bits is below 1e-6 of a cell's mass.
    ++counts[(std::uint64_t{random.u32()} * static_cast<std::uint64_t>(cells)) >> 32];
  }
  return counts;
}

double histogram_floor(std::int64_t cells, std::int64_t n) {
  const auto k = static_cast<double>(cells);
  const auto draws = static_cast<double>(n);
  return (k - 1) / (2 * draws) + (k * k - 1) / (12 * draws * draws);
}

double collision_chance(std::int64_t values, std::int64_t n) {
  double log_apart = 0;
  for (std::int64_t i = 1; i < n; ++i) {
    if (i >= values) return 1;
    log_apart += std::log1p(-static_cast<double>(i) / static_cast<double>(values));
  }
  return -std::expm1(log_apart);
}

std::int64_t birthday(std::int64_t values) {
  double log_apart = 0;
  std::int64_t n = 1;
  while (-std::expm1(log_apart) < 0.5) {
    log_apart += std::log1p(-static_cast<double>(n) / static_cast<double>(values));
    ++n;
  }
  return n;
}

std::int64_t draws_to_collision(std::int64_t values, std::uint64_t key, std::uint64_t repetition) {
  auto random = PhiloxSequence::of(key, repetition);
  std::unordered_set<std::uint64_t> seen;
  while (seen.insert(random.below(static_cast<std::uint64_t>(values))).second) {
  }
  return static_cast<std::int64_t>(seen.size()) + 1;
}

Prdc prdc(std::span<const double> real, std::span<const double> fake, std::size_t width,
          std::size_t k) {
  const std::size_t n = real.size() / width;
  const std::size_t m = fake.size() / width;
  const auto real_radii = squared_radii(real, width, k);
  const auto fake_radii = squared_radii(fake, width, k);
  const auto across = squared_distances(real, fake, width);
  std::vector<char> fake_is_real(m, 0);
  Prdc out;
  double hits = 0;
  for (std::size_t i = 0; i < n; ++i) {
    bool covered = false;
    bool recalled = false;
    for (std::size_t j = 0; j < m; ++j) {
      const double distance = across[i * m + j];
      if (distance < real_radii[i]) {
        covered = true;
        fake_is_real[j] = 1;
        ++hits;
      }
      recalled = recalled || distance < fake_radii[j];
    }
    out.coverage += covered ? 1 : 0;
    out.recall += recalled ? 1 : 0;
  }
  out.coverage /= static_cast<double>(n);
  out.recall /= static_cast<double>(n);
  out.precision = static_cast<double>(std::ranges::count(fake_is_real, 1)) / static_cast<double>(m);
  out.density = hits / (static_cast<double>(k) * static_cast<double>(m));
  return out;
}

double ring_diversity(int kept, int modes) {
  const auto mean = [modes](int points) {
    double sum = 0;
    for (int i = 0; i < points; ++i) {
      for (int j = 0; j < points; ++j) {
        sum += 2 * std::abs(std::sin(std::numbers::pi * (i - j) / modes));
      }
    }
    return sum / (points * points);
  };
  return mean(kept) / mean(modes);
}

}  // namespace saddle::lab
