#include "saddle/tensor/random.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cmath>
#include <set>

#include "saddle/base/philox.h"
#include "saddle/tensor/random_fill.h"
#include "tests/tensor/throws.h"

namespace saddle {
namespace {

const at::TensorOptions kFloats = at::TensorOptions(at::kFloat);

RandomKey key_at(std::uint64_t move) {
  return Streams(42, 3).at("latent", move);
}

TEST(Random, NormalFollowsPhiloxAndBoxMullerInDouble) {
  const detail::RandomFill fill{.key = {123, 456}, .rank = 7, .move = {9, 1}};
  std::vector<float> got(64 * 50);
  detail::fill_normal(fill, 5, 55, got.data());
  for (std::uint32_t e = 0; e < got.size(); ++e) {
    const std::uint32_t block = (5 + e / 64) * 16 + e % 16, row = e % 64 / 16;
    const PhiloxCounter words = philox({block, 7, 9, 1}, {123, 456});
    const double u = static_cast<float>((words[row & 2] + 0.5) * 0x1p-32);
    const double turn = words[(row & 2) + 1] * 0x1p-32;
    const double radius = std::sqrt(-2 * std::log(u));
    const double angle = 2 * std::numbers::pi * turn;
    const double expected = radius * ((row & 1) == 0 ? std::cos(angle) : std::sin(angle));
    // Polynomials in float32; next to radius 0 the logarithm keeps few digits, but of a small
    // number.
    EXPECT_NEAR(got[e], expected, 1e-6) << e;
  }
}

TEST(Random, VectorAndPortableLoopsGiveTheSameBits) {
  const detail::RandomFill fill{.key = {1, 2}, .rank = 3, .move = {4, 5}};
  std::vector<float> fast(64 * 300), plain(fast.size());
  detail::fill_normal(fill, 0, 300, fast.data());
  detail::fill_normal_portable(fill, 0, 300, plain.data());
  EXPECT_EQ(fast, plain);
}

TEST(Random, UniformIsTheUpperBitsOfTheWords) {
  const detail::RandomFill fill{.key = {8, 9}, .rank = 0, .move = {0, 0}};
  std::vector<float> got(128);
  detail::fill_uniform(fill, 0, 2, got.data());
  for (std::uint32_t e = 0; e < got.size(); ++e) {
    const PhiloxCounter words = philox({e / 64 * 16 + e % 16, 0, 0, 0}, {8, 9});
    EXPECT_EQ(got[e], uniform_float(words[e % 64 / 16]));
  }
}

TEST(Random, SameKeySameBitsWhateverTheThreads) {
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const at::Tensor one = random_normal(key_at(1), {200003}, kFloats);
  const at::Tensor one_integers = random_integers(key_at(1), 1000, {50001}, at::kLong);
  at::set_num_threads(2);
  const at::Tensor two = random_normal(key_at(1), {200003}, kFloats);
  EXPECT_TRUE(one.equal(two));
  EXPECT_TRUE(one_integers.equal(random_integers(key_at(1), 1000, {50001}, at::kLong)));
  at::set_num_threads(before);
}

TEST(Random, ShorterShapesAreThePrefixOfLongerOnes) {
  const at::Tensor longer = random_normal(key_at(1), {1000}, kFloats);
  for (const std::int64_t n : {0, 1, 63, 64, 65, 130}) {
    EXPECT_TRUE(random_normal(key_at(1), {n}, kFloats).equal(longer.narrow(0, 0, n)));
  }
  EXPECT_TRUE(
      random_normal(key_at(1), {10, 20}, kFloats).view({-1}).equal(longer.narrow(0, 0, 200)));
}

TEST(Random, DtypesRoundTheSameNumbers) {
  const at::Tensor floats = random_normal(key_at(2), {1000}, kFloats);
  EXPECT_TRUE(random_normal(key_at(2), {1000}, at::kDouble).equal(floats.to(at::kDouble)));
  EXPECT_TRUE(random_normal(key_at(2), {1000}, at::kBFloat16).equal(floats.to(at::kBFloat16)));
  EXPECT_EQ(message_of([] { random_normal(key_at(2), {1}, at::kLong); }),
            "[random] normal numbers as Long: expected a floating-point dtype");
}

TEST(Random, NarrowUniformNumbersStayBelowOne) {
  const at::Tensor wide = random_uniform(key_at(3), {100000}, kFloats);
  EXPECT_GE(wide.min().item<float>(), 0.0f);
  EXPECT_LT(wide.max().item<float>(), 1.0f);
  for (const auto type : {at::kBFloat16, at::kHalf}) {
    const at::Tensor narrow = random_uniform(key_at(3), {100000}, type);
    EXPECT_LT(narrow.to(at::kFloat).max().item<float>(), 1.0f);
    EXPECT_LE((narrow.to(at::kFloat) - wide).max().item<float>(), 0.0f);
  }
}

TEST(Random, MomentsAreThoseOfTheDistribution) {
  const std::int64_t n = 1 << 20;
  const at::Tensor x = random_normal(key_at(4), {n}, at::kDouble);
  const double deviation = 1 / std::sqrt(static_cast<double>(n));
  // Five standard errors: sd 1, sqrt(2), sqrt(15), sqrt(96) of the first four powers.
  EXPECT_NEAR(x.mean().item<double>(), 0, 5 * deviation);
  EXPECT_NEAR(x.pow(2).mean().item<double>(), 1, 5 * 1.4142 * deviation);
  EXPECT_NEAR(x.pow(3).mean().item<double>(), 0, 5 * 3.873 * deviation);
  EXPECT_NEAR(x.pow(4).mean().item<double>(), 3, 5 * 9.798 * deviation);
  const at::Tensor neighbours = x.narrow(0, 0, n - 1).mul(x.narrow(0, 1, n - 1));
  EXPECT_NEAR(neighbours.mean().item<double>(), 0, 5 * deviation);
  // The tail beyond 4: 6.334e-5 of the mass.
  const double tail = x.abs().gt(4).to(at::kDouble).mean().item<double>();
  EXPECT_NEAR(tail, 6.334e-5, 5 * std::sqrt(6.334e-5) * deviation);
  const at::Tensor u = random_uniform(key_at(4), {n}, at::kDouble);
  EXPECT_NEAR(u.mean().item<double>(), 0.5, 5 * 0.2887 * deviation);
  EXPECT_NEAR(x.mul(u).mean().item<double>(), 0, 5 * 0.578 * deviation);
}

TEST(Random, IntegersCoverTheirRangeEvenly) {
  const std::int64_t n = 70000;
  const at::Tensor x = random_integers(key_at(5), 7, {n}, at::kLong);
  const at::Tensor counts = at::bincount(x, {}, 7);
  EXPECT_EQ(counts.numel(), 7);
  // Chi-squared with 6 degrees of freedom: above 27.9 with probability 1e-4.
  const at::Tensor off = counts.to(at::kDouble) - 10000;
  EXPECT_LT(off.square().sum().item<double>() / 10000, 27.9);
  EXPECT_EQ(random_integers(key_at(5), 1, {9}, at::kLong).sum().item<std::int64_t>(), 0);
  EXPECT_EQ(message_of([] { random_integers(key_at(5), 0, {1}, at::kLong); }),
            "[random] integers below 0: expected n >= 1");
}

TEST(Random, EveryPartOfAKeyMatters) {
  const RandomKey base = Streams(1).at("latent", 5);
  const std::vector<RandomKey> keys{base,
                                    Streams(2).at("latent", 5),
                                    Streams(1, 1).at("latent", 5),
                                    Streams(1).at("noise", 5),
                                    Streams(1).at("latent", 6),
                                    Streams(1).at("latent", 5 + (std::uint64_t{1} << 32)),
                                    base.fork("dropout"),
                                    base.fork("mixing"),
                                    base.fork(0),
                                    base.fork(1),
                                    base.fork("dropout").fork("mixing"),
                                    base.fork("mixing").fork("dropout")};
  std::set<float> first;
  for (const RandomKey& key : keys) first.insert(random_normal(key, {1}, kFloats).item<float>());
  EXPECT_EQ(first.size(), keys.size());
  EXPECT_EQ(base, Streams(1).at("latent", 5));
}

TEST(Random, TooManyNumbersOfOneKeyAreRefused) {
  EXPECT_EQ(message_of([] {
              random_normal(key_at(1), {1 << 20, 1 << 20}, kFloats);
            }),
            "[random] shape [1048576,1048576] asks for 1099511627776 numbers of one key, expected "
            "at most 17179869184; fork a key for each part");
}

}  // namespace
}  // namespace saddle
