#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace saddle::monitor {

/// One eigenvalue of the dynamics from how fast successive directions of motion grow and turn, with
/// no evaluation of its own.
struct TwoGradient {
  static constexpr std::string_view kValidFor =
      "every objective; trajectories of toy games, or differences of averaged snapshots of a "
      "network, never its raw gradients, in which stiff modes hide the rotation";

  std::complex<double>
      eigenvalue;  ///< lambda = (multiplier - 1) / interval; Im >= 0 or < 0 as seen
  std::complex<double> multiplier;  ///< mean growth and turn of one interval
  double turns = 0;                 ///< full turns that were averaged over, signed
  std::size_t steps = 0;            ///< intervals that were averaged over
  bool whole_turns = false;  ///< else less than one turn was seen, and per-step values wander
  double in_plane = 1;       ///< share of the squared length of all directions in the plane
  /// growth x cosine of one interval; 1 is the mark of simultaneous play of a pure rotation.
  double simultaneous_mark = 0;
};

/// `directions`: successive v, or successive differences of points, all of one dimension of 2 or
/// more and none of them 0; `interval`: time between two of them (the step size h). In more than 2
/// dimensions the directions are first projected on their leading plane. Averages over as many
/// whole turns as there are. Throws Error(kUsage) for fewer than 3 directions or ill-fitting sizes,
/// Error(kNumeric) for a direction that is 0 or not finite.
TwoGradient two_gradient_eigenvalue(std::span<const std::vector<double>> directions,
                                    double interval);

/// Successive differences of points: n-1 directions of n points.
std::vector<std::vector<double>> differences(std::span<const std::vector<double>> points);

/// Linear dynamics fitted to snapshots (dynamic mode decomposition, Schmid 2010): successive
/// differences of the snapshots are mapped on each other by the best matrix of small rank.
struct ModeFit {
  static constexpr std::string_view kValidFor =
      "every objective; about 8 averaged snapshots, projected on about 8 random directions";

  /// One mode: exp(rate x interval) = multiplier; a turn of more than half a circle an interval
  /// cannot be told from a smaller one.
  struct Mode {
    std::complex<double> multiplier;
    std::complex<double> rate;  ///< per unit of time
  };
  std::vector<Mode> modes;  ///< largest modulus of the multiplier first
  std::size_t rank = 0;     ///< directions kept
  double residual = 0;      ///< |what the fit misses| / |differences after the first|, in [0,1]
};

struct ModeFitOptions {
  /// Directions weaker than this share of the strongest are noise.
  double tolerance = 1e-6;
  std::size_t rank = 0;  ///< at most so many directions; 0: as many as the tolerance leaves
};

/// `snapshots`: at least 4 points of one dimension; `interval`: time between two of them. Throws
/// Error(kUsage) for fewer, ill-fitting sizes or an interval not above 0, Error(kNumeric) where
/// they do not move or are not finite.
ModeFit fit_modes(std::span<const std::vector<double>> snapshots, double interval,
                  const ModeFitOptions& options = {});

}  // namespace saddle::monitor
