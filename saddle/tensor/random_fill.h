#pragma once

#include <cstdint>

namespace saddle::detail {

/// Numbers come in groups of 64 = 16 Philox blocks: element e of a stream has group e / 64,
/// lane e % 16, word (e % 64) / 16; its block is 16 * group + lane. Normal numbers take the words
/// in pairs: words 0, 1 give elements of row 0 (cosine) and row 1 (sine), words 2, 3 rows 2 and 3.
inline constexpr std::int64_t kRandomGroup = 64;
inline constexpr int kRandomLanes = 16;

/// What one fill needs: the Philox key and the counter words above the block number.
struct RandomFill {
  std::uint32_t key[2];
  std::uint32_t rank;
  std::uint32_t move[2];
};

/// Writes 64 numbers a group into `out`, for groups [begin, end); out points at group `begin`.
/// Normal: |x| < 6.8, radius from (word + 1/2) / 2^32 rounded to float. Uniform: multiples of 2^-24
/// in [0, 1).
void fill_normal(const RandomFill& fill, std::int64_t begin, std::int64_t end, float* out);
void fill_uniform(const RandomFill& fill, std::int64_t begin, std::int64_t end, float* out);

/// The same without vector instructions chosen at run time: what the fast path must equal.
void fill_normal_portable(const RandomFill& fill, std::int64_t begin, std::int64_t end, float* out);

}  // namespace saddle::detail
