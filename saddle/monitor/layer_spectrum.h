#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/game/game.h"

namespace saddle::monitor {

struct LayerOptions {
  std::int64_t leading = 5;        ///< singular values a layer, at most; 1 or more
  std::int64_t full_up_to = 1024;  ///< layers with a smaller side up to this are decomposed whole
  std::int64_t rounds = 10;        ///< of block power iteration on larger ones, 1 or more
  std::uint64_t seed = 0;          ///< of its start
};

/// Leading singular values of one weight, flattened to [first axis, all others]. Cost: no
/// evaluation of the game; one decomposition in float64 a layer.
struct LayerSpectrum {
  static constexpr std::string_view kValidFor =
      "every objective; compare a layer with its own past";

  std::string player, name;
  std::int64_t rows = 0, columns = 0;
  std::vector<double> values;            ///< largest first
  bool whole = true;                     ///< else estimated from below by power iteration
  std::optional<double> effective_rank;  ///< exp(entropy of values / their sum), where whole
};

/// Every parameter of two or more axes of every player, in their order. Reads the game, no more.
/// Throws Error(kUsage) for options below 1, Error(kNumeric) naming a weight that is not finite.
std::vector<LayerSpectrum> layer_spectra(Game& game, const LayerOptions& options = {});

}  // namespace saddle::monitor
