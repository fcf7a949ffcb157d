#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <string_view>

#include "saddle/base/hash.h"

namespace saddle {

using PhiloxCounter = std::array<std::uint32_t, 4>;
using PhiloxKey = std::array<std::uint32_t, 2>;

/// Four random words as a pure function of counter and key: Philox4x32-10
/// (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
constexpr PhiloxCounter philox(PhiloxCounter counter, PhiloxKey key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {
        static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
        static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

/// The two key words of a 64-bit key, low word first.
constexpr PhiloxKey philox_key(std::uint64_t key) {
  return {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)};
}

/// The key of a named random stream of a run: "data", "latent", "init", ...
constexpr std::uint64_t stream_key(std::uint64_t seed, std::string_view stream_name) {
  return mix64(hash64(stream_name) ^ mix64(seed + 0x9e3779b97f4a7c15ULL));
}

/// A float in [0, 1) from the upper 24 bits of a word.
constexpr float uniform_float(std::uint32_t word) {
  return static_cast<float>(word >> 8) * 0x1p-24f;
}

/// A double in [0, 1) from 53 bits of two words; `high` gives the leading bits.
constexpr double uniform_double(std::uint32_t high, std::uint32_t low) {
  const std::uint64_t bits = (std::uint64_t{high} << 32 | low) >> 11;
  return static_cast<double>(bits) * 0x1p-53;
}

/// Two independent standard normal numbers from two words (Box and Muller 1958); |x| < 6.67.
inline std::array<double, 2> normal_pair(std::uint32_t a, std::uint32_t b) {
  const double radius = std::sqrt(-2.0 * std::log((a + 1.0) * 0x1p-32));
  const double angle = 2.0 * std::numbers::pi * (b * 0x1p-32);
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

/// Successive random numbers of one element of a stream. A value: a copy replays the same numbers.
/// Two sequences with different keys or prefixes never overlap; one holds 2^34 words.
class PhiloxSequence {
 public:
  /// `prefix` names the element, for example {rank, move, element}.
  constexpr explicit PhiloxSequence(std::uint64_t key, std::array<std::uint32_t, 3> prefix = {})
      : key_(philox_key(key)), counter_{0, prefix[0], prefix[1], prefix[2]} {}
  /// The sequence of element `index`; `purpose` separates sequences of the same element.
  static constexpr PhiloxSequence of(std::uint64_t key, std::uint64_t index,
                                     std::uint32_t purpose = 0) {
    return PhiloxSequence(
        key, {static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32), purpose});
  }

  /// 32 random bits.
  constexpr std::uint32_t u32() {
    if (used_ == 4) {
      block_ = philox(counter_, key_);
      ++counter_[0];
      used_ = 0;
    }
    return block_[used_++];
  }
  constexpr std::uint64_t u64() {
    const std::uint64_t high = u32();
    return high << 32 | u32();
  }
  /// Uniform in [0, 1), 53 bits.
  constexpr double uniform() {
    const std::uint32_t high = u32();
    return uniform_double(high, u32());
  }
  /// Uniform in [low, high).
  constexpr double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Standard normal; every second call uses the other half of a pair.
  double normal() {
    if (has_spare_) {
      has_spare_ = false;
      return spare_;
    }
    const std::uint32_t a = u32();
    const auto pair = normal_pair(a, u32());
    spare_ = pair[1];
    has_spare_ = true;
    return pair[0];
  }
  double normal(double mean, double deviation) { return mean + deviation * normal(); }
  /// Uniform in {0, ..., n-1} without bias (Lemire 2019, arXiv 1805.10941); 0 when n is 0 or 1.
  constexpr std::uint64_t below(std::uint64_t n) {
    if (n < 2) return 0;
    const std::uint64_t reject_under = (0 - n) % n;
    while (true) {
      const auto product = static_cast<unsigned __int128>(u64()) * n;
      if (static_cast<std::uint64_t>(product) >= reject_under) {
        return static_cast<std::uint64_t>(product >> 64);
      }
    }
  }

 private:
  PhiloxKey key_;
  PhiloxCounter counter_;
  PhiloxCounter block_{};
  std::uint32_t used_ = 4;
  bool has_spare_ = false;
  double spare_ = 0;
};

/// Where element `index` of {0, ..., n-1} goes under the permutation chosen by `key`: a shuffle
/// without state. A Feistel network on the next power of two; what falls outside walks on until it
/// falls inside (Black and Rogaway 2002), fewer than two walks on average. Needs index < n.
constexpr std::uint64_t permuted(std::uint64_t index, std::uint64_t n, std::uint64_t key) {
  if (n < 2) return 0;
  const int bits = std::bit_width(n - 1);
  const int left_bits = bits / 2;
  const int right_bits = bits - left_bits;
  const std::uint64_t left_mask = (std::uint64_t{1} << left_bits) - 1;
  const std::uint64_t right_mask = (std::uint64_t{1} << right_bits) - 1;
  // Halves of one or two bits mix slowly: 4 rounds leave a bias at n = 5 that 12 do not.
  const std::uint64_t rounds = bits <= 8 ? 12 : 4;
  do {
    std::uint64_t left = index >> right_bits;
    std::uint64_t right = index & right_mask;
    for (std::uint64_t round = 0; round < rounds; ++round) {
      const std::uint64_t round_key = key + round * 0x9e3779b97f4a7c15ULL;
      left ^= mix64(mix64(right + round_key) ^ key) & left_mask;
      right ^= mix64(mix64(left + ~round_key) ^ key) & right_mask;
    }
    index = left << right_bits | right;
  } while (index >= n);
  return index;
}

}  // namespace saddle
