#include "saddle/data/stacked.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <numeric>

#include "saddle/data/digits.h"
#include "tests/base/temporary.h"

namespace saddle::data {
namespace {

/// Pictures 1 x 2 whose pixels say which one they are, two labels.
class FewPictures final : public Source {
 public:
  explicit FewPictures(std::int64_t channels = 1, std::int64_t classes = 2)
      : classes_(classes),
        fields_{{"label", codec::ElementType::kI64, {}},
                {"x", codec::ElementType::kU8, {channels, 1, 2}}} {}
  const std::vector<FieldSpec>& fields() const override { return fields_; }
  std::int64_t size() const override { return 5; }
  std::int64_t classes() const override { return classes_; }
  void read(std::span<const std::int64_t> indices, std::span<const Buffer> out) const override {
    for (std::size_t i = 0; i < indices.size(); ++i) {
      numbers<std::int64_t>(out[0])[i] = indices[i] % 2;
      for (std::size_t k = 0; k < 2; ++k) {
        numbers<std::uint8_t>(out[1])[2 * i + k] = static_cast<std::uint8_t>(10 * indices[i]) + k;
      }
    }
  }
  std::string fingerprint() const override { return "few"; }

 private:
  std::int64_t classes_;
  std::vector<FieldSpec> fields_;
};

std::vector<std::int64_t> labels_of(const std::vector<std::byte>& bytes) {
  std::vector<std::int64_t> labels(bytes.size() / sizeof(std::int64_t));
  std::memcpy(labels.data(), bytes.data(), bytes.size());
  return labels;
}

TEST(Stacked, LayersAreTheSamplesOfTheWorldInTurn) {
  const auto digits = make_source(DigitsWorld{}, Split::kTrain, "");
  const auto stacked = stacked_source(digits, 3);
  EXPECT_EQ(stacked->classes(), 1000);
  EXPECT_EQ(stacked->size(), Source::kEndless);
  EXPECT_EQ(stacked->fields()[0].shape, (std::vector<std::int64_t>{3, 28, 28}));
  const std::vector<std::int64_t> some{7, 2};
  const std::vector<std::int64_t> layers{21, 22, 23, 6, 7, 8};
  const auto pictures = read_bytes(*stacked, some);
  const auto singles = read_bytes(*digits, layers);
  EXPECT_EQ(pictures[0], singles[0]);
  const auto digit = labels_of(singles[1]);
  EXPECT_EQ(labels_of(pictures[1]),
            (std::vector<std::int64_t>{100 * digit[0] + 10 * digit[1] + digit[2],
                                       100 * digit[3] + 10 * digit[4] + digit[5]}));
}

TEST(Stacked, OfAFiniteSetDrawsEachLayerByItself) {
  const auto few = std::make_shared<FewPictures>();
  const auto stacked = stacked_source(few, 2);
  EXPECT_EQ(stacked->classes(), 4);
  constexpr std::int64_t kPictures = 5000;
  std::vector<std::int64_t> all(kPictures);
  std::iota(all.begin(), all.end(), 0);
  const auto pictures = read_bytes(*stacked, all);
  const auto labels = labels_of(pictures[1]);
  std::array<int, 25> pairs{};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const int first = static_cast<int>(pictures[0][4 * i]) / 10;
    const int second = static_cast<int>(pictures[0][4 * i + 2]) / 10;
    EXPECT_EQ(static_cast<int>(pictures[0][4 * i + 3]), 10 * second + 1);
    EXPECT_EQ(labels[i], 2 * (first % 2) + second % 2);
    ++pairs[static_cast<std::size_t>(5 * first + second)];
  }
  // 200 of each pair, standard deviation 14; chi-square with 24 degrees passes 51 once in 1000.
  double chi = 0;
  for (const int count : pairs) chi += (count - 200.0) * (count - 200.0) / 200;
  EXPECT_LT(chi, 51);
}

TEST(Stacked, IsAFunctionOfIndexAndSeed) {
  const auto few = std::make_shared<FewPictures>();
  const std::vector<std::int64_t> up{0, 1, 2, 3, 4, 5, 6, 7}, last{7};
  const auto all = read_bytes(*stacked_source(few, 3, 4), up);
  EXPECT_EQ(read_bytes(*stacked_source(few, 3, 4), up), all);
  const auto alone = read_bytes(*stacked_source(few, 3, 4), last);
  EXPECT_TRUE(std::equal(alone[0].begin(), alone[0].end(), all[0].end() - 6));
  EXPECT_NE(read_bytes(*stacked_source(few, 3, 5), up), all);
  EXPECT_NE(stacked_source(few, 3, 4)->fingerprint(), stacked_source(few, 3, 5)->fingerprint());
  EXPECT_EQ(stacked_source(few, 3)->fingerprint(), "stacked v1 layers=3 seed=0 of few");
}

TEST(Stacked, RefusesWhatCannotBeStacked) {
  const auto few = std::make_shared<FewPictures>();
  test::expect_error(
      [] { stacked_source(std::make_shared<FewPictures>(3), 2); }, ErrorCode::kInput,
      "[data] pictures to stack: got samples of shape [3,1,2], expected grey pictures of "
      "8 bits [1,H,W]");
  test::expect_error([] { stacked_source(std::make_shared<FewPictures>(1, 0), 2); },
                     ErrorCode::kInput, "[data] pictures to stack: got no labels, expected some");
  for (const std::int64_t layers : {0, 32}) {
    test::expect_error([&] { stacked_source(few, layers); }, ErrorCode::kUsage,
                       "[data] layers to stack: got " + std::to_string(layers) +
                           " of 2 classes, expected at least one and at most 2^31 classes in all");
  }
}

}  // namespace
}  // namespace saddle::data
