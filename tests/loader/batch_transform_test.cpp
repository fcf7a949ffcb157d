#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "saddle/loader/batch.h"
#include "saddle/loader/transform.h"
#include "tests/data/errors.h"

namespace saddle::data {

namespace {

std::vector<float> flat(const at::Tensor& t) {
  const at::Tensor c = t.contiguous();
  return {c.const_data_ptr<float>(), c.const_data_ptr<float>() + c.numel()};
}

at::Tensor bytes(std::vector<int> values, at::IntArrayRef shape) {
  return at::tensor(values).to(at::kByte).view(shape);
}

/// Positions whose flip draw is `wanted`, under seed 0.
std::int64_t position_with_flip(bool wanted) {
  std::int64_t position = 0;
  while (flips(0, position) != wanted) ++position;
  return position;
}

}  // namespace

TEST(Batch, FindsFieldsByNameAndCountsSamples) {
  Batch batch;
  EXPECT_EQ(batch.size(), 0);
  batch.set("x", at::zeros({5, 2}));
  batch.set("label", at::ones({5}, at::kLong));
  EXPECT_TRUE(batch.has("label"));
  EXPECT_FALSE(batch.has("y"));
  EXPECT_EQ(batch.size(), 5);
  batch.set("x", at::zeros({3, 2}));
  EXPECT_EQ(batch.fields.size(), 2u);
  EXPECT_EQ(batch.at("x").size(0), 3);
}

TEST(Batch, MissingFieldNamesTheNearest) {
  Batch batch;
  batch.set("label", at::zeros({1}));
  EXPECT_EQ(data_error_text([&] { batch.at("lable"); }),
            "[data] no field 'lable' in the batch; did you mean 'label'?");
}

TEST(Transform, MapsBytesToMinusOneToOne) {
  const at::Tensor x = bytes({0, 51, 102, 153, 204, 255}, {1, 1, 2, 3});
  const at::Tensor y = transform_images({}, x, 0, {});
  EXPECT_EQ(y.scalar_type(), at::kFloat);
  // u / 127.5 - 1, rounded once by the division and once by the difference.
  const std::vector<float> expected = {
      -1.0f, 51 / 127.5f - 1, 102 / 127.5f - 1, 153 / 127.5f - 1, 204 / 127.5f - 1, 1.0f};
  EXPECT_EQ(flat(y), expected);
}

TEST(Transform, EveryByteAgreesInEveryLayout) {
  const at::Tensor x = at::arange(256, at::kByte).view({1, 1, 16, 16}).repeat({2, 3, 1, 1});
  const at::Tensor plain = transform_images({}, x, 0, {});
  Transform last;
  last.channels_last = true;
  const at::Tensor other = transform_images(last, x, 0, {});
  EXPECT_TRUE(plain.is_contiguous());
  EXPECT_TRUE(other.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(at::equal(plain, other));
  EXPECT_TRUE(at::equal(plain, x.to(at::kFloat) / 127.5 - 1));
  EXPECT_TRUE(
      at::equal(plain, transform_images({}, x.contiguous(at::MemoryFormat::ChannelsLast), 0, {})));
}

TEST(Transform, PadsWithItsValue) {
  Transform pad;
  pad.pad = 1;
  pad.pad_value = 255;
  const at::Tensor y = transform_images(pad, bytes({0, 0}, {1, 1, 1, 2}), 0, {});
  EXPECT_EQ(flat(y), (std::vector<float>{1, 1, 1, 1, 1, -1, -1, 1, 1, 1, 1, 1}));
  EXPECT_EQ(transformed_shape(pad, std::vector<std::int64_t>{1, 28, 30}),
            (std::vector<std::int64_t>{1, 30, 32}));
  EXPECT_EQ(transformed_shape(pad, std::vector<std::int64_t>{2}), (std::vector<std::int64_t>{2}));
}

TEST(Transform, FlipMirrorsTheDrawnImagesOnly) {
  Transform flip;
  flip.flip = true;
  const std::vector<std::int64_t> positions = {position_with_flip(true), position_with_flip(false)};
  const at::Tensor x = bytes({0, 255, 51, 0, 255, 51}, {2, 1, 1, 3});
  for (const bool last : {false, true}) {
    flip.channels_last = last;
    const at::Tensor y = transform_images(flip, x, 0, positions);
    EXPECT_EQ(flat(y[0]), (std::vector<float>{51 / 127.5f - 1, 1, -1}));
    EXPECT_EQ(flat(y[1]), (std::vector<float>{-1, 1, 51 / 127.5f - 1}));
  }
}

TEST(Transform, FlipsHalfOfTheImagesAndDependsOnTheSeed) {
  int flipped = 0, differs = 0;
  for (std::int64_t i = 0; i < 10000; ++i) {
    flipped += flips(7, i);
    differs += flips(7, i) != flips(8, i);
  }
  EXPECT_NEAR(flipped, 5000, 200);  // four standard errors of 50
  EXPECT_NEAR(differs, 5000, 200);
}

TEST(Transform, RefusesOtherTypesAndMissingPositions) {
  EXPECT_EQ(data_error_text([] {
              transform_images({}, at::zeros({2, 3}), 0, {});
            }),
            "[transform] images: got Float [2,3], expected u8 [N,C,H,W]");
  Transform flip;
  flip.flip = true;
  EXPECT_EQ(data_error_text([&] {
              transform_images(flip, at::zeros({2, 1, 2, 2}, at::kByte), 0, {});
            }),
            "[transform] positions: got 0, expected 2");
}

}  // namespace saddle::data
