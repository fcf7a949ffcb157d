#include "saddle/loader/array_source.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "saddle/loader/batch.h"
#include "tests/data/errors.h"

namespace saddle::data {

TEST(ArraySource, ReadsRowsAndChecksLabels) {
  const at::Tensor x = at::arange(12, at::kFloat).view({4, 3});
  const at::Tensor labels = at::tensor(std::vector<std::int64_t>{0, 2, 1, 2});
  const auto source = array_source(x, labels);
  EXPECT_EQ(source->size(), 4);
  EXPECT_EQ(source->classes(), 3);
  const Batch batch = read_batch(*source, std::vector<std::int64_t>{3, 1});
  EXPECT_TRUE(at::equal(batch.at("x"), at::stack({x[3], x[1]})));
  EXPECT_TRUE(at::equal(batch.at("label"), at::tensor(std::vector<std::int64_t>{2, 2})));
  EXPECT_EQ(source->class_counts(), (std::vector<std::int64_t>{1, 1, 2}));
  EXPECT_EQ(source->fingerprint(), array_source(x.clone(), labels.clone())->fingerprint());
  EXPECT_NE(source->fingerprint(), array_source(x + 1, labels)->fingerprint());
  EXPECT_EQ(data_error_text([&] { array_source(x, labels, 2); }),
            "[data] label of sample 1: got 2, expected 0 or more and less than 2");
  EXPECT_EQ(data_error_text([&] { array_source(x, labels - 1); }),
            "[data] label of sample 0: got -1, expected 0 or more");
  EXPECT_EQ(data_error_text([&] { array_source(x, labels.slice(0, 0, 3)); }),
            "[data] labels: got Long [3], expected Long [4], one for each sample");
  EXPECT_EQ(data_error_text([&] {
              array_source(at::empty({0, 3}));
            }),
            "[data] no samples: got an empty array, expected [N,...]");
  EXPECT_EQ(data_error_text([&] {
              read_batch(*source, std::vector<std::int64_t>{4, 0});
            }),
            "[data] sample index: got 4, expected less than 4");
  EXPECT_EQ(data_error_text([&] { subset(*source, 2, 3); }),
            "[data] subset: got samples 2 to 4, expected within 0 to 3");
  EXPECT_EQ(data_error_text([] {
              array_source(at::zeros({2, 3}, at::kHalf));
            }),
            "[data] samples: got Half, expected 8-bit unsigned images, whole numbers, float or "
            "double; convert them with Tensor::to");
  EXPECT_EQ(subset(*source, 1, 3)->size(), 3);
}

TEST(ArraySource, PlainArraysAreCopiedAndReadAsTensorsAre) {
  std::vector<float> points{1, 2, 3, 4, 5, 6};
  const std::vector<std::int64_t> labels{2, 0, 1};
  const auto source = array_source(points, {2}, labels);
  const at::Tensor x = at::tensor(points).view({3, 2});
  EXPECT_EQ(source->fingerprint(), array_source(x, at::tensor(labels))->fingerprint());
  EXPECT_EQ(source->classes(), 3);
  points[0] = 9;
  EXPECT_TRUE(at::equal(read_batch(*source, std::vector<std::int64_t>{0, 1, 2}).at("x"), x));
  const auto images = array_source(std::vector<std::uint8_t>(24, 7), {3, 2, 2});
  EXPECT_EQ(images->size(), 2);
  EXPECT_EQ(images->fields().front(),
            (FieldSpec{.name = "x", .dtype = codec::ElementType::kU8, .shape = {3, 2, 2}}));
}

TEST(ArraySource, PlainArraysThatEndWithinASampleAreRefused) {
  const std::vector<float> seven(7);
  EXPECT_EQ(data_error_text([&] { array_source(seven, {2}); }),
            "[data] got 7 numbers, which are no whole number of samples of shape [2]");
  EXPECT_EQ(data_error_text([&] { array_source(std::vector<float>(), {2}); }),
            "[data] got 0 numbers, which are no whole number of samples of shape [2]");
  EXPECT_EQ(data_error_text([&] { array_source(seven, {0}); }),
            "[data] got 7 numbers, which are no whole number of samples of shape [0]");
  const std::int64_t huge = std::int64_t{1} << 32;
  EXPECT_EQ(data_error_text([&] {
              array_source(seven, {huge, huge, 1});
            }),
            "[data] got 7 numbers, which are no whole number of samples of shape "
            "[4294967296,4294967296,1]");
  EXPECT_EQ(data_error_text([&] {
              array_source(seven, {-1, -7});
            }),
            "[data] got 7 numbers, which are no whole number of samples of shape [-1,-7]");
}

}  // namespace saddle::data
