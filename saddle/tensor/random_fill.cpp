// Compiled with -ffp-contract=off: the same bits with and without fused multiply-add.
// Compiled without errno and traps in float math, which would stop vectorisation.
#include "saddle/tensor/random_fill.h"

#include <bit>
#include <cmath>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define SADDLE_INLINE inline __attribute__((always_inline))

namespace saddle::detail {
namespace {

struct Words {
  std::uint32_t w[4][kRandomLanes];
};

/// The four words of 16 consecutive blocks, lane by lane.
SADDLE_INLINE void philox_lanes(const RandomFill& fill, std::uint32_t first_block, Words& words) {
  for (int i = 0; i < kRandomLanes; ++i) {
    words.w[0][i] = first_block + static_cast<std::uint32_t>(i);
    words.w[1][i] = fill.rank;
    words.w[2][i] = fill.move[0];
    words.w[3][i] = fill.move[1];
  }
  std::uint32_t k0 = fill.key[0];
  std::uint32_t k1 = fill.key[1];
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < kRandomLanes; ++i) {
      const std::uint64_t a = std::uint64_t{0xD2511F53} * words.w[0][i];
      const std::uint64_t b = std::uint64_t{0xCD9E8D57} * words.w[2][i];
      words.w[0][i] = static_cast<std::uint32_t>(b >> 32) ^ words.w[1][i] ^ k0;
      words.w[1][i] = static_cast<std::uint32_t>(b);
      words.w[2][i] = static_cast<std::uint32_t>(a >> 32) ^ words.w[3][i] ^ k1;
      words.w[3][i] = static_cast<std::uint32_t>(a);
    }
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
}

/// ln(x) for normal x in (0, 1]: x = m * 2^e with m in [sqrt(1/2), sqrt(2)), then the series of
/// atanh((m - 1) / (m + 1)), whose first terms suffice because |s| < 0.1716.
SADDLE_INLINE float log_unit(float x) {
  const auto bits = std::bit_cast<std::int32_t>(x);
  const std::int32_t exponent = (bits - 0x3F3504F3) >> 23;
  const float m = std::bit_cast<float>(bits - (exponent << 23));
  const float s = (m - 1.0f) / (m + 1.0f);
  const float s2 = s * s;
  const float series =
      2.0f * s + s * s2 * (0.66666667f + s2 * (0.4f + s2 * (0.2857143f + s2 * 0.2222222f)));
  return series + static_cast<float>(exponent) * 0.69314718f;
}

/// Cosine and sine of 2 pi b / 2^32. The nearest quarter turn is split off exactly in integers;
/// Taylor polynomials serve the rest, |t| <= pi / 4.
SADDLE_INLINE void cos_sin_turn(std::uint32_t b, float& cosine, float& sine) {
  const std::uint32_t quarter = (b + 0x20000000u) >> 30;
  const auto rest = static_cast<std::int32_t>(b - (quarter << 30));
  const float t = static_cast<float>(rest) * 1.4629180792671596e-9f;  // 2 pi / 2^32
  const float t2 = t * t;
  const float s =
      t +
      t * t2 * (-0.16666667f + t2 * (8.3333333e-3f + t2 * (-1.9841270e-4f + t2 * 2.7557319e-6f)));
  const float c =
      1.0f + t2 * (-0.5f + t2 * (4.1666667e-2f + t2 * (-1.3888889e-3f + t2 * 2.4801587e-5f)));
  const bool swap = (quarter & 1u) != 0;
  const float first = swap ? s : c;
  const float second = swap ? c : s;
  // Signs by quarter: cosine + - - +, sine + + - -.
  const std::uint32_t cosine_sign = ((quarter + 1u) & 2u) << 30;
  const std::uint32_t sine_sign = (quarter & 2u) << 30;
  cosine = std::bit_cast<float>(std::bit_cast<std::uint32_t>(first) ^ cosine_sign);
  sine = std::bit_cast<float>(std::bit_cast<std::uint32_t>(second) ^ sine_sign);
}

/// Box and Muller 1958 on two rows of words.
SADDLE_INLINE void normal_rows(const std::uint32_t* radius_words, const std::uint32_t* angle_words,
                               float* cosines, float* sines) {
  for (int i = 0; i < kRandomLanes; ++i) {
    const std::uint32_t a = radius_words[i];
    // (a + 1/2) / 2^32 in two exact parts, so that small values keep all their bits.
    const float u = static_cast<float>(static_cast<std::int32_t>(a >> 8)) * 0x1p-24f +
                    (static_cast<float>(static_cast<std::int32_t>(a & 0xFFu)) + 0.5f) * 0x1p-32f;
    const float radius = std::sqrt(-2.0f * log_unit(u));
    float cosine, sine;
    cos_sin_turn(angle_words[i], cosine, sine);
    cosines[i] = radius * cosine;
    sines[i] = radius * sine;
  }
}

using PhiloxLanes = void (*)(const RandomFill&, std::uint32_t, Words&);

template <PhiloxLanes kPhilox>
SADDLE_INLINE void normal_body(const RandomFill& fill, std::int64_t begin, std::int64_t end,
                               float* out) {
  Words words;
  for (std::int64_t group = begin; group < end; ++group, out += kRandomGroup) {
    kPhilox(fill, static_cast<std::uint32_t>(group * kRandomLanes), words);
    normal_rows(words.w[0], words.w[1], out, out + kRandomLanes);
    normal_rows(words.w[2], words.w[3], out + 2 * kRandomLanes, out + 3 * kRandomLanes);
  }
}

template <PhiloxLanes kPhilox>
SADDLE_INLINE void uniform_body(const RandomFill& fill, std::int64_t begin, std::int64_t end,
                                float* out) {
  Words words;
  for (std::int64_t group = begin; group < end; ++group) {
    kPhilox(fill, static_cast<std::uint32_t>(group * kRandomLanes), words);
    for (int k = 0; k < 4; ++k) {
      for (int i = 0; i < kRandomLanes; ++i) {
        *out++ = static_cast<float>(static_cast<std::int32_t>(words.w[k][i] >> 8)) * 0x1p-24f;
      }
    }
  }
}

#if defined(__x86_64__)
#define SADDLE_AVX2 __attribute__((target("avx2")))

/// The 64-bit products of eight words with one factor, as high and low halves.
SADDLE_AVX2 inline void multiply_words(__m256i v, __m256i factor, __m256i& high, __m256i& low) {
  const __m256i even = _mm256_mul_epu32(v, factor);
  const __m256i odd = _mm256_mul_epu32(_mm256_srli_epi64(v, 32), factor);
  high = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA);
  low = _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA);
}

/// philox_lanes for CPUs with AVX2: compilers do not find these vectors themselves.
SADDLE_AVX2 inline void philox_lanes_avx2(const RandomFill& fill, std::uint32_t first_block,
                                          Words& words) {
  const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  const __m256i factor_a = _mm256_set1_epi32(static_cast<int>(0xD2511F53u));
  const __m256i factor_b = _mm256_set1_epi32(static_cast<int>(0xCD9E8D57u));
  for (int half = 0; half < 2; ++half) {
    __m256i c0 =
        _mm256_add_epi32(_mm256_set1_epi32(static_cast<int>(first_block) + 8 * half), lanes);
    __m256i c1 = _mm256_set1_epi32(static_cast<int>(fill.rank));
    __m256i c2 = _mm256_set1_epi32(static_cast<int>(fill.move[0]));
    __m256i c3 = _mm256_set1_epi32(static_cast<int>(fill.move[1]));
    std::uint32_t k0 = fill.key[0];
    std::uint32_t k1 = fill.key[1];
    for (int round = 0; round < 10; ++round) {
      __m256i a_high, a_low, b_high, b_low;
      multiply_words(c0, factor_a, a_high, a_low);
      multiply_words(c2, factor_b, b_high, b_low);
      c0 = _mm256_xor_si256(_mm256_xor_si256(b_high, c1), _mm256_set1_epi32(static_cast<int>(k0)));
      c1 = b_low;
      c2 = _mm256_xor_si256(_mm256_xor_si256(a_high, c3), _mm256_set1_epi32(static_cast<int>(k1)));
      c3 = a_low;
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
    const __m256i rows[4] = {c0, c1, c2, c3};
    for (int k = 0; k < 4; ++k) {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(words.w[k] + 8 * half), rows[k]);
    }
  }
}

SADDLE_AVX2 void normal_avx2(const RandomFill& fill, std::int64_t begin, std::int64_t end,
                             float* out) {
  normal_body<philox_lanes_avx2>(fill, begin, end, out);
}
SADDLE_AVX2 void uniform_avx2(const RandomFill& fill, std::int64_t begin, std::int64_t end,
                              float* out) {
  uniform_body<philox_lanes_avx2>(fill, begin, end, out);
}
bool has_avx2() {
  static const bool has = __builtin_cpu_supports("avx2") != 0;
  return has;
}
#endif

}  // namespace

void fill_normal(const RandomFill& fill, std::int64_t begin, std::int64_t end, float* out) {
#if defined(__x86_64__)
  if (has_avx2()) return normal_avx2(fill, begin, end, out);
#endif
  normal_body<philox_lanes>(fill, begin, end, out);
}

void fill_normal_portable(const RandomFill& fill, std::int64_t begin, std::int64_t end,
                          float* out) {
  normal_body<philox_lanes>(fill, begin, end, out);
}

void fill_uniform(const RandomFill& fill, std::int64_t begin, std::int64_t end, float* out) {
#if defined(__x86_64__)
  if (has_avx2()) return uniform_avx2(fill, begin, end, out);
#endif
  uniform_body<philox_lanes>(fill, begin, end, out);
}

}  // namespace saddle::detail
