#include "saddle/metric/sample_set.h"

#include <gmock/gmock.h>

#include "tests/metric/fixtures.h"

namespace saddle::test {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string set_error(const at::Tensor& array, const at::Tensor& labels = {}) {
  try {
    metric::array_set(array, labels, "a.npy");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInput);
    return error.what();
  }
  return "no error";
}

TEST(ArraySet, RowsAndImagesAreToldByTheirDimensions) {
  const auto shape = [](at::IntArrayRef sizes) {
    return metric::array_set(at::zeros(sizes), {}, "a")->shape();
  };
  using Shape = std::vector<std::int64_t>;
  EXPECT_EQ(shape({7}), Shape{1});
  EXPECT_EQ(shape({7, 3}), Shape{3});
  EXPECT_EQ(shape({7, 4, 5}), (Shape{1, 4, 5}));
  EXPECT_EQ(shape({7, 3, 4, 5}), (Shape{3, 4, 5}));
  EXPECT_FALSE(metric::array_set(at::zeros({7, 3}), {}, "a")->images());
  EXPECT_TRUE(metric::array_set(at::zeros({7, 4, 5}), {}, "a")->images());
}

TEST(ArraySet, WhatIsNoSetOfSamplesIsRefused) {
  constexpr const char* kExpected =
      ", expected rows [n,d] or images [n,C,H,W], with a sample at least";
  const auto refused = [&](const std::string& got) {
    return "[eval] a.npy: got " + got + kExpected;
  };
  EXPECT_EQ(set_error({}), refused("nothing"));
  EXPECT_EQ(set_error(at::scalar_tensor(3.0, at::kDouble)), refused("Double []"));
  EXPECT_EQ(set_error(at::zeros({0, 4})), refused("Float [0,4]"));
  EXPECT_EQ(set_error(at::zeros({4, 0})), refused("Float [4,0]"));
  EXPECT_EQ(set_error(at::zeros({2, 2, 2, 2, 2})), refused("Float [2,2,2,2,2]"));
  EXPECT_EQ(set_error(at::zeros({4, 2}).to(at::kBool)), refused("Bool [4,2]"));
  EXPECT_EQ(set_error(at::zeros({4, 2}).to(at::kComplexFloat)), refused("ComplexFloat [4,2]"));
}

TEST(ArraySet, ImagesOutOfRangeAreRefusedWithTheirRange) {
  EXPECT_EQ(set_error(at::tensor({0.0, 255.0, 3.0, 4.0}).view({1, 1, 2, 2})),
            "[eval] images of a.npy: got Double from 0 to 255, expected u8, or floats in [-1,1]");
  EXPECT_EQ(set_error(at::ones({1, 2, 2}, at::kLong)),
            "[eval] images of a.npy: got Long from 1 to 1, expected u8, or floats in [-1,1]");
  EXPECT_EQ(set_error(at::full({1, 2, 2}, NAN)),
            "[eval] images of a.npy: got Float from nan to nan, expected u8, or floats in [-1,1]");
  EXPECT_EQ(set_error(at::full({1, 2, 2}, 1.0).to(at::kBFloat16)), "no error");
  EXPECT_EQ(set_error(at::full({1, 2, 2}, 200).to(at::kByte)), "no error");
}

TEST(ArraySet, LabelsAreWholeNumbersOnePerSample) {
  const at::Tensor x = at::zeros({3, 2});
  EXPECT_EQ(set_error(x, at::zeros({4}, at::kLong)),
            "[eval] labels of a.npy: got Long [4], expected whole numbers [3]");
  EXPECT_EQ(set_error(x, at::zeros({3})),
            "[eval] labels of a.npy: got Float [3], expected whole numbers [3]");
  EXPECT_EQ(set_error(x, at::zeros({3, 1}, at::kLong)),
            "[eval] labels of a.npy: got Long [3,1], expected whole numbers [3]");
  const auto set = metric::array_set(x, at::tensor({2, 0, 1}).to(at::kByte), "a.npy");
  EXPECT_TRUE(at::equal(set->read(1, 2).at("label"), at::tensor({0, 1}, at::kLong)));
}

TEST(ArraySet, IdentityIsThatOfShapeTypeValuesAndLabels) {
  const at::Tensor x = normal(1, {6, 2});
  const auto identity = [](const at::Tensor& a, const at::Tensor& labels = {}) {
    return metric::array_set(a, labels, "a")->identity();
  };
  EXPECT_EQ(identity(x), identity(x.clone()));
  EXPECT_EQ(identity(x), identity(x.t().contiguous().t()));  // strides are no part of it
  EXPECT_NE(identity(x), identity(x.view({3, 4})));
  EXPECT_NE(identity(x), identity(x.to(at::kFloat)));
  EXPECT_NE(identity(x), identity(x, at::zeros({6}, at::kLong)));
  at::Tensor other = x.clone();
  other[5][1] += 1;
  EXPECT_NE(identity(x), identity(other));
}

TEST(ArraySet, AnOrderOfASeedKeepsLabelsAndPairs) {
  const at::Tensor x = at::arange(300, at::kDouble).unsqueeze(1);
  const at::Tensor labels = at::arange(300, at::kLong);
  const auto set = metric::array_set(x, labels, "a", 1), plain = metric::array_set(x, labels, "a");
  const data::Batch some = set->read(0, 100);
  EXPECT_TRUE(at::equal(some.at("x").flatten().to(at::kLong), some.at("label")));
  // A fair choice of 0 to 299: the mean of 100 has the sd 7.1.
  EXPECT_NEAR(some.at("x").mean().item<double>(), 149.5, 5 * 7.1);
  EXPECT_TRUE(at::equal(set->read(40, 60).at("x"), some.at("x").narrow(0, 40, 60)));
  EXPECT_TRUE(at::equal(set->read_paired(5, 20), x.narrow(0, 5, 20)));
  EXPECT_EQ(set->identity(), plain->identity());
  EXPECT_NE(set->cache_key(), plain->cache_key());
  EXPECT_NE(set->cache_key(), metric::array_set(x, labels, "a", 2)->cache_key());
}

/// Latents of the key, with a class each.
data::Batch draw_pairs(const RandomKey& key, std::int64_t n) {
  data::Batch batch;
  batch.set("x", random_normal(key, {n, 3}, at::TensorOptions().dtype(at::kFloat)));
  batch.set("label",
            random_integers(key.fork("class"), 5, {n}, at::TensorOptions().dtype(at::kLong)));
  return batch;
}

TEST(GeneratedSet, ASampleIsTheSameWhateverIsReadWithIt) {
  const auto set = metric::generated_set(draw_pairs, "g", "weights", 3);
  EXPECT_TRUE(set->endless());
  const data::Batch whole = set->read(0, 1600);
  for (const auto& [first, count] :
       {std::pair{0, 1}, {499, 2}, {500, 500}, {1, 1300}, {1599, 1}, {250, 750}, {0, 500}}) {
    const data::Batch part = set->read(first, count);
    for (const char* field : {"x", "label"}) {
      EXPECT_TRUE(at::equal(part.at(field), whole.at(field).narrow(0, first, count)))
          << field << " " << first;
    }
  }
  const at::Tensor x = whole.at("x");
  EXPECT_FALSE(at::equal(x.narrow(0, 0, 500), x.narrow(0, 500, 500)));
  EXPECT_NEAR(x.mean().item<double>(), 0, 4 / std::sqrt(4800.0));
}

TEST(GeneratedSet, SeedAndWeightsTellItApart) {
  const auto set = [](const std::string& identity, std::uint64_t seed) {
    return metric::generated_set(draw_pairs, "g", identity, seed);
  };
  EXPECT_EQ(set("w", 1)->identity(), set("w", 1)->identity());
  EXPECT_NE(set("w", 1)->identity(), set("w", 2)->identity());
  EXPECT_NE(set("w", 1)->identity(), set("v", 1)->identity());
  EXPECT_EQ(set("", 1)->identity(), "");
  EXPECT_EQ(set("", 1)->cache_key(), "");
  EXPECT_FALSE(at::equal(set("w", 1)->read(0, 9).at("x"), set("w", 2)->read(0, 9).at("x")));
}

TEST(GeneratedSet, NanIsRefused) {
  const auto nan = [](const RandomKey&, std::int64_t n) {
    data::Batch batch;
    batch.set("x", at::full({n, 2}, NAN));
    return batch;
  };
  try {
    metric::generated_set(nan, "g", "w", 0);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNumeric);
    EXPECT_THAT(error.what(), HasSubstr("NaN"));
  }
}

/// Points 0, 1, ... n - 1, sorted by class as folders are.
std::shared_ptr<const data::Source> sorted_points(std::int64_t n, std::int64_t classes) {
  const at::Tensor x = at::arange(n, at::kFloat).unsqueeze(1);
  return data::array_source(x, at::arange(n, at::kLong).mul(classes).div(n, "floor"));
}

TEST(SourceSet, TheFirstSamplesAreAFairChoice) {
  constexpr std::int64_t kN = 4000, kClasses = 4, kRead = 1000;
  const auto set = metric::source_set(sorted_points(kN, kClasses), {}, "s", 1);
  const data::Batch all = set->read(0, kN);
  EXPECT_TRUE(at::equal(std::get<0>(all.at("x").flatten().sort()), at::arange(kN, at::kFloat)));
  const at::Tensor counts = at::bincount(set->read(0, kRead).at("label"), {}, kClasses);
  // Hypergeometric: 250 each, sd sqrt(1000 .25 .75 .75) = 11.9.
  EXPECT_LT((counts - kRead / kClasses).abs().max().item<double>(), 5 * 11.9);
  EXPECT_TRUE(at::equal(set->read(7, 300).at("x"), all.at("x").narrow(0, 7, 300)));
  // Labels go with their samples.
  EXPECT_TRUE(at::equal(all.at("label"),
                        all.at("x").flatten().mul(kClasses).div(kN).floor().to(at::kLong)));
}

TEST(SourceSet, ItsOrderIsThatOfTheSeedAndPairsHaveNone) {
  const auto source = sorted_points(300, 3);
  const auto set = [&](std::uint64_t seed) { return metric::source_set(source, {}, "s", seed); };
  const auto first = [&](std::uint64_t seed) { return set(seed)->read(0, 300).at("x"); };
  EXPECT_TRUE(at::equal(first(1), first(1)));
  EXPECT_FALSE(at::equal(first(1), first(2)));
  EXPECT_EQ(set(1)->identity(), set(2)->identity());
  EXPECT_NE(set(1)->cache_key(), set(2)->cache_key());
  EXPECT_TRUE(at::equal(set(1)->read_paired(5, 20).flatten(), at::arange(5, 25, at::kFloat)));
}

TEST(SourceSet, ImagesArePaddedAndThatIsPartOfTheirIdentity) {
  const auto source = data::array_source(byte_noise(3, {10, 3, 4, 4}));
  const auto plain = metric::source_set(source, {}, "s", 0);
  const auto padded =
      metric::source_set(source, {.pad = 2, .pad_value = 255, .flip = true}, "s", 0);
  EXPECT_EQ(padded->shape(), (std::vector<std::int64_t>{3, 8, 8}));
  const at::Tensor inner = padded->read(0, 10).at("x").slice(2, 2, 6).slice(3, 2, 6);
  EXPECT_TRUE(at::equal(inner, plain->read(0, 10).at("x")));  // never mirrored
  EXPECT_EQ(padded->read(0, 1).at("x").index({0, 0, 0, 0}).item<float>(), 1);
  EXPECT_NE(plain->identity(), padded->identity());
}

}  // namespace
}  // namespace saddle::test
