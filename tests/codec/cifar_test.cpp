#include "saddle/codec/cifar.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <filesystem>

#include "saddle/base/file.h"
#include "saddle/codec/gzip.h"
#include "tests/base/temporary.h"
#include "tests/codec/hostile.h"
#include "tests/paths.h"

namespace saddle::codec {
namespace {

using test::expect_error;

/// A record whose pixels are `fill`, `fill` + 1, ...
std::string record(std::string labels, int fill) {
  for (int i = 0; i < 3072; ++i) labels += static_cast<char>((fill + i) % 256);
  return labels;
}

void expect_refused(const std::string& bytes, CifarKind kind, const std::string& text) {
  expect_error([&] { parse_cifar(bytes, "f", kind); }, ErrorCode::kInput, "[cifar] 'f' " + text);
}

TEST(Cifar, RecordsAreALabelAndThreePlanes) {
  const CifarBatch batch =
      parse_cifar(record("\x09", 3) + record(std::string(1, '\0'), 7), "f", CifarKind::k10);
  EXPECT_EQ(batch.count(), 2);
  EXPECT_EQ(batch.labels, (std::vector<std::uint8_t>{9, 0}));
  EXPECT_TRUE(batch.coarse.empty());
  ASSERT_EQ(batch.pixels.size(), 2u * 3072);
  EXPECT_EQ(batch.pixels[0], 3);
  EXPECT_EQ(batch.pixels[1025], (3 + 1025) % 256);
  EXPECT_EQ(batch.pixels[3072], 7);
}

TEST(Cifar, HundredClassesHaveACoarseLabelFirst) {
  const CifarBatch batch = parse_cifar(record("\x13\x63", 1), "f", CifarKind::k100);
  EXPECT_EQ(batch.coarse, std::vector<std::uint8_t>{19});
  EXPECT_EQ(batch.labels, std::vector<std::uint8_t>{99});
  EXPECT_EQ(batch.pixels[0], 1);
  EXPECT_EQ(cifar_record_bytes(CifarKind::k10), 3073u);
  EXPECT_EQ(cifar_record_bytes(CifarKind::k100), 3074u);
}

TEST(Cifar, RefusesWrongFiles) {
  expect_refused("", CifarKind::k10, "holds no records");
  expect_refused(gzip(""), CifarKind::k100, "holds no records");
  expect_refused(
      record("\x01", 0).substr(1), CifarKind::k10,
      "has a wrong size: got 3072 bytes, expected a multiple of 3073 for CIFAR-10; is it "
      "truncated?");
  expect_refused(
      record("\x01\x01", 0), CifarKind::k10,
      "has a wrong size: got 3074 bytes, expected a multiple of 3073 for CIFAR-10; it has "
      "the size of CIFAR-100");
  expect_refused(gzip(record("\x01", 0)), CifarKind::k100,
                 "has a wrong size: got 3073 bytes, expected a multiple of 3074 for CIFAR-100; it "
                 "has the size of CIFAR-10");
  expect_refused(record("\x01", 0) + record("\x0a", 0), CifarKind::k10,
                 "has a wrong label in record 1: got 10, expected 0 to 9 for CIFAR-10");
  expect_refused(record("\x14\x01", 0), CifarKind::k100,
                 "has a wrong coarse label in record 0: got 20, expected 0 to 19 for CIFAR-100");
  expect_refused(record("\x01\x64", 0), CifarKind::k100,
                 "has a wrong label in record 0: got 100, expected 0 to 99 for CIFAR-100");
  expect_error([] { parse_cifar(gzip(record("\x01", 0)), "f", CifarKind::k10, 3072); },
               ErrorCode::kInput, "[gzip] 'f' unpacks to more than 3072 bytes");
}

TEST(Cifar, BrokenFilesAreRefusedOrHoldTogether) {
  const std::string plain = record("\x01", 0) + record("\x02", 5);
  for (const std::string& good : {plain, gzip(plain)}) {
    const auto result = test::try_broken_copies(
        good,
        [](const std::string& bytes) {
          const CifarBatch batch = parse_cifar(bytes, "f", CifarKind::k10, 1 << 20);
          EXPECT_EQ(batch.pixels.size(), batch.labels.size() * 3072);
          for (const std::uint8_t label : batch.labels) EXPECT_LT(label, 10);
        },
        13);
    EXPECT_GT(result.refused, 100);
  }
}

TEST(Cifar, ReadsTheFirstFourThousandRecords) {
  const std::filesystem::path path = std::filesystem::path(test::kSharedDirectory) /
                                     "data/cifar10/cifar10_lossless_first4000.bin.gz";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path;
  const CifarBatch batch = read_cifar(path, CifarKind::k10);
  ASSERT_EQ(batch.count(), 4000);
  const std::vector<std::uint8_t> first(batch.labels.begin(), batch.labels.begin() + 10);
  EXPECT_EQ(first, (std::vector<std::uint8_t>{6, 9, 9, 4, 1, 1, 2, 7, 8, 3}));
  std::array<int, 10> counts{};
  for (const std::uint8_t label : batch.labels) ++counts.at(label);
  // Class counts, channel means and deviations published beside the file.
  EXPECT_EQ(counts, (std::array<int, 10>{396, 366, 420, 384, 422, 393, 414, 385, 407, 413}));
  const std::array<double, 3> means = {.4916, .4818, .4447}, deviations = {.2471, .2440, .2625};
  for (std::size_t channel = 0; channel < 3; ++channel) {
    double sum = 0, squares = 0;
    for (std::size_t image = 0; image < 4000; ++image) {
      for (std::size_t i = 0; i < 1024; ++i) {
        const double x = batch.pixels[(image * 3 + channel) * 1024 + i] / 255.0;
        sum += x;
        squares += x * x;
      }
    }
    const double mean = sum / 4'096'000;
    EXPECT_NEAR(mean, means[channel], 5e-5);  // four digits are published
    EXPECT_NEAR(std::sqrt(squares / 4'096'000 - mean * mean), deviations[channel], 5e-5);
  }
}

}  // namespace
}  // namespace saddle::codec
