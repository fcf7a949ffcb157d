#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace saddle::lab {

/// KL(counts, even) in nats of a histogram against K equal cells; every sample counts.
double histogram_divergence(std::span<const std::int64_t> counts);
/// Counts of n draws from K equal cells; a function of stream and repetition.
std::vector<std::int64_t> even_draws(std::int64_t cells, std::int64_t n, std::uint64_t key,
                                     std::uint64_t repetition);
/// The mean of that KL over draws, to second order in 1/n: (K-1)/(2n) + (K^2-1)/(12 n^2).
double histogram_floor(std::int64_t cells, std::int64_t n);

/// Chance that among n draws from N equal values two agree.
double collision_chance(std::int64_t values, std::int64_t n);
/// The smallest n with at least an even chance.
std::int64_t birthday(std::int64_t values);
/// How many draws until the first that was there before.
std::int64_t draws_to_collision(std::int64_t values, std::uint64_t key, std::uint64_t repetition);

/// Precision and recall (Kynkaanniemi 2019), density and coverage (Naeem 2020).
struct Prdc {
  double precision = 0;
  double recall = 0;
  double density = 0;
  double coverage = 0;
};
/// Of rows of `width` numbers; a radius reaches the k-th neighbour, the point itself not counted.
/// More than k rows of each.
Prdc prdc(std::span<const double> real, std::span<const double> fake, std::size_t width,
          std::size_t k);

/// Mean distance over all ordered pairs, self pairs too, of `kept` neighbouring points out of
/// `modes` on a circle, divided by that of all points.
double ring_diversity(int kept, int modes);

}  // namespace saddle::lab
