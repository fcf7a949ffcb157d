#include "saddle/data/holdout.h"

#include <gtest/gtest.h>

#include "tests/base/temporary.h"

namespace saddle::data {

namespace {

using test::expect_error;
using Indices = std::vector<std::int64_t>;

Indices train_of(const Holdout& holdout, std::int64_t count) {
  return held_indices(holdout, Split::kTrain, count, "images", "the set");
}
Indices test_of(const Holdout& holdout, std::int64_t count) {
  return held_indices(holdout, Split::kTest, count, "images", "the set");
}

TEST(Holdout, TakesEveryKthOrTheLastAndTheRestIsForTraining) {
  EXPECT_EQ(train_of({}, 4), (Indices{0, 1, 2, 3}));
  EXPECT_EQ(train_of({.test_every = 3}, 7), (Indices{0, 1, 3, 4, 6}));
  EXPECT_EQ(test_of({.test_every = 3}, 7), (Indices{2, 5}));
  EXPECT_EQ(train_of({.test_last = 2}, 5), (Indices{0, 1, 2}));
  EXPECT_EQ(test_of({.test_last = 2}, 5), (Indices{3, 4}));
}

TEST(Holdout, SplitsCoverAllSamplesOnce) {
  for (const Holdout& holdout : {Holdout{.test_every = 2}, Holdout{.test_every = 7},
                                 Holdout{.test_last = 1}, Holdout{.test_last = 99}}) {
    Indices all = train_of(holdout, 100);
    const Indices test = test_of(holdout, 100);
    all.insert(all.end(), test.begin(), test.end());
    std::ranges::sort(all);
    ASSERT_EQ(all.size(), 100u);
    for (std::int64_t i = 0; i < 100; ++i) EXPECT_EQ(all[static_cast<std::size_t>(i)], i);
  }
}

TEST(Holdout, BothRulesAtOnceAreRefused) {
  expect_error([] { train_of({.test_every = 5, .test_last = 2}, 10); }, ErrorCode::kUsage,
               "[images] data.test_every = 5 and data.test_last = 2 are both set: expected one way "
               "to hold out a test set; set the other to 0");
}

TEST(Holdout, NoTestSetIsAnErrorOfItsOwnKindThatNamesTheKeys) {
  EXPECT_THROW(test_of({}, 10), MissingSplit);
  expect_error([] { test_of({}, 10); }, ErrorCode::kInput,
               "[images] the set has no test set: hold out a part of it with data.test_every = 5 "
               "(every fifth sample) or data.test_last = n, the same when training");
  EXPECT_THROW(test_of({.test_every = 11}, 10), MissingSplit);
  expect_error([] { test_of({.test_every = 11}, 10); }, ErrorCode::kInput,
               "[images] the set has no test set: got 10 samples with data.test_every = 11, "
               "expected at least 11");
}

TEST(Holdout, NothingLeftToTrainOnIsRefused) {
  expect_error([] { train_of({.test_every = 1}, 10); }, ErrorCode::kInput,
               "[images] the set has no training samples left: got 10 samples with data.test_every "
               "= 1, expected some that are not held out");
  expect_error([] { train_of({.test_last = 10}, 10); }, ErrorCode::kInput,
               "[images] the set has no training samples left: got 10 samples with data.test_last "
               "= 10, expected some that are not held out");
  expect_error([] { train_of({.test_last = 2'000'000'000}, 10); }, ErrorCode::kInput,
               "[images] the set has no training samples left: got 10 samples with data.test_last "
               "= 2000000000, expected some that are not held out");
}

}  // namespace

}  // namespace saddle::data
