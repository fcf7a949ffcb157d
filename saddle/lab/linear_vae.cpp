#include "saddle/lab/linear_vae.h"

#include <cmath>

namespace saddle::lab {

VaeDimension train_vae_dimension(double eigenvalue, double noise) {
  constexpr int kMostRounds = 200'000;
  VaeDimension one{.decoder = 0.1};
  for (int round = 0; round < kMostRounds; ++round) {
    const double before = one.decoder;
    // Given the decoder, the best encoder is the posterior; given the encoder, the best decoder is
    // a regression on it.
    one.encoder = one.decoder / (one.decoder * one.decoder + noise);
    one.spread = noise / (one.decoder * one.decoder + noise);
    one.decoder = one.encoder * eigenvalue / (one.encoder * one.encoder * eigenvalue + one.spread);
    if (std::abs(one.decoder - before) <= 1e-14 * std::abs(before) ||
        std::abs(one.decoder) < 1e-9) {
      break;
    }
  }
  one.mean_variance = one.encoder * one.encoder * eigenvalue;
  one.divergence = 0.5 * (one.mean_variance + one.spread - 1 - std::log(one.spread));
  return one;
}

}  // namespace saddle::lab
