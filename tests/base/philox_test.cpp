#include "saddle/base/philox.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace saddle {
namespace {

TEST(Philox, MatchesTheRandom123KnownAnswers) {
  static_assert(philox({0, 0, 0, 0}, {0, 0}) ==
                PhiloxCounter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  constexpr std::uint32_t kAll = 0xffffffff;
  static_assert(philox({kAll, kAll, kAll, kAll}, {kAll, kAll}) ==
                PhiloxCounter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  static_assert(
      philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
      PhiloxCounter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST(Philox, UniformsStayBelowOne) {
  EXPECT_EQ(uniform_float(0), 0.0f);
  EXPECT_EQ(uniform_float(0xffffffff), 1.0f - 0x1p-24f);
  EXPECT_EQ(uniform_double(0, 0), 0.0);
  EXPECT_EQ(uniform_double(0xffffffff, 0xffffffff), 1.0 - 0x1p-53);
  EXPECT_EQ(uniform_double(0x80000000, 0), 0.5);
}

TEST(Philox, NormalPairHasTheClosedForm) {
  // u1 = 1/2, angle = pi/2: (0, sqrt(2 ln 2)).
  const auto pair = normal_pair(0x7fffffff, 0x40000000);
  EXPECT_NEAR(pair[0], 0, 1e-15);
  EXPECT_NEAR(pair[1], 1.1774100225154747, 1e-15);
  EXPECT_EQ(normal_pair(0xffffffff, 0)[0], 0);
  EXPECT_LT(normal_pair(0, 0)[0], 6.67);
}

TEST(Philox, SequenceIsTheBlocksInOrderAndACopyReplays) {
  PhiloxSequence sequence(0x299f31d0a4093822ULL, {5, 6, 7});
  const PhiloxCounter first = philox({0, 5, 6, 7}, {0xa4093822, 0x299f31d0});
  const PhiloxCounter second = philox({1, 5, 6, 7}, {0xa4093822, 0x299f31d0});
  PhiloxSequence copy = sequence;
  for (std::uint32_t word : first) EXPECT_EQ(sequence.u32(), word);
  for (std::uint32_t word : second) EXPECT_EQ(sequence.u32(), word);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(copy.u32(), first[i]);
  PhiloxSequence large = PhiloxSequence::of(1, 0x500000006ULL, 9);
  EXPECT_EQ(large.u32(), philox({0, 6, 5, 9}, {1, 0})[0]);
}

TEST(Philox, NormalsHaveTheMomentsOfANormal) {
  PhiloxSequence sequence(stream_key(1, "test"));
  constexpr int kCount = 400000;
  double m1 = 0, m2 = 0, m3 = 0, m4 = 0;
  for (int i = 0; i < kCount; ++i) {
    const double x = sequence.normal();
    m1 += x;
    m2 += x * x;
    m3 += x * x * x;
    m4 += x * x * x * x;
  }
  // Deviations of the means: 1, sqrt 2, sqrt 15, sqrt 96 over sqrt n; five of them.
  const double unit = 5 / std::sqrt(kCount);
  EXPECT_NEAR(m1 / kCount, 0, unit);
  EXPECT_NEAR(m2 / kCount, 1, unit * std::sqrt(2.0));
  EXPECT_NEAR(m3 / kCount, 0, unit * std::sqrt(15.0));
  EXPECT_NEAR(m4 / kCount, 3, unit * std::sqrt(96.0));
}

TEST(Philox, BelowIsUniform) {
  PhiloxSequence sequence(2);
  EXPECT_EQ(sequence.below(0), 0u);
  EXPECT_EQ(sequence.below(1), 0u);
  std::vector<int> counts(7);
  for (int i = 0; i < 70000; ++i) ++counts[sequence.below(7)];
  // Deviation of a count: 93; five of them.
  for (int count : counts) EXPECT_NEAR(count, 10000, 465);
  for (int i = 0; i < 100; ++i)
    EXPECT_LT(sequence.below(0xc000000000000000ULL), 0xc000000000000000ULL);
}

TEST(StreamKey, DiffersBySeedAndName) {
  std::set<std::uint64_t> keys;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    for (const char* name : {"data", "latent", "init"}) keys.insert(stream_key(seed, name));
  }
  EXPECT_EQ(keys.size(), 3000u);
}

TEST(Permuted, IsABijectionOfEverySize) {
  for (std::uint64_t n = 1; n <= 300; ++n) {
    std::vector<bool> seen(n);
    for (std::uint64_t i = 0; i < n; ++i) {
      const std::uint64_t to = permuted(i, n, n * 31 + 1);
      ASSERT_LT(to, n);
      ASSERT_FALSE(seen[to]) << "n " << n;
      seen[to] = true;
    }
  }
  std::vector<bool> seen(100003);
  for (std::uint64_t i = 0; i < seen.size(); ++i) seen[permuted(i, seen.size(), 9)] = true;
  EXPECT_EQ(std::count(seen.begin(), seen.end(), true), 100003);
  EXPECT_LT(permuted(12345, ~std::uint64_t{0}, 1), ~std::uint64_t{0});
}

TEST(Permuted, OverKeysEachIndexGoesEverywhere) {
  // Chi-square of a 10 x 10 table of (index, place), 81 degrees of freedom: mean 81,
  // deviation 12.7; the bound is six deviations.
  for (std::uint64_t n : {2, 3, 5, 8, 10}) {
    constexpr int kKeys = 20000;
    std::vector<int> table(n * n);
    for (int key = 0; key < kKeys; ++key) {
      for (std::uint64_t i = 0; i < n; ++i) ++table[i * n + permuted(i, n, stream_key(key, "p"))];
    }
    const double expected = static_cast<double>(kKeys) / static_cast<double>(n);
    double chi = 0;
    for (int count : table) chi += (count - expected) * (count - expected) / expected;
    const double freedom = static_cast<double>((n - 1) * (n - 1));
    EXPECT_LT(chi, freedom + 6 * std::sqrt(2 * freedom) + 6) << "n " << n;
  }
}

TEST(Permuted, AllOrdersOfThreeAreAboutEquallyOften) {
  std::array<int, 27> counts{};
  for (std::uint64_t key = 0; key < 12000; ++key) {
    ++counts[permuted(0, 3, key) * 9 + permuted(1, 3, key) * 3 + permuted(2, 3, key)];
  }
  int orders = 0;
  for (int count : counts) {
    if (count == 0) continue;
    ++orders;
    EXPECT_NEAR(count, 2000, 250);  // deviation 41; six of them
  }
  EXPECT_EQ(orders, 6);
}

TEST(Permuted, NeighboursPartAndFewStayInPlace) {
  constexpr std::uint64_t kSize = 60000;
  int ascents = 0;
  int fixed = 0;
  double distance = 0;
  std::uint64_t last = permuted(0, kSize, 77);
  for (std::uint64_t i = 1; i < kSize; ++i) {
    const std::uint64_t to = permuted(i, kSize, 77);
    ascents += to > last;
    fixed += to == i;
    distance += std::abs(static_cast<double>(to) - static_cast<double>(last));
    last = to;
  }
  // Ascents of a random order: n/2 with deviation sqrt(n/12) = 71.
  EXPECT_NEAR(ascents, 30000, 6 * 71);
  // Mean distance n/3 with deviation near n/(sqrt 18 sqrt n) = 58.
  EXPECT_NEAR(distance / kSize, 20000, 6 * 58);
  EXPECT_LT(fixed, 10);  // Poisson of mean 1
}

}  // namespace
}  // namespace saddle
