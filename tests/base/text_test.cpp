#include "saddle/base/text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "saddle/base/error.h"

namespace saddle {
namespace {

TEST(Text, NumbersAreTheShortestThatReadBack) {
  EXPECT_EQ(number(0.1), "0.1");
  EXPECT_EQ(number(0.1f), "0.1");
  EXPECT_EQ(number(1e-8), "1e-08");
  EXPECT_EQ(number(1e22), "1e+22");
  EXPECT_EQ(number(100000.0), "100000");
  EXPECT_EQ(number(-0.0), "-0");
  EXPECT_EQ(number(-std::nan("")), "nan");
  EXPECT_EQ(number(-std::numeric_limits<double>::infinity()), "-inf");
  EXPECT_EQ(number(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  for (double x : {1.0 / 3, 6.02214076e23, 5e-324, 123456789.123}) {
    EXPECT_EQ(std::strtod(number(x).c_str(), nullptr), x) << number(x);
  }
}

TEST(Text, CatTakesTextNumbersAndTruth) {
  EXPECT_EQ(cat("a", 'b', std::string("c"), 1, -2L, 3u, 0.5, 0.25f, true), "abc1-230.50.25true");
}

TEST(Text, GroupsDigitsByThree) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(60000), "60,000");
  EXPECT_EQ(grouped(-1234567), "-1,234,567");
  EXPECT_EQ(grouped(std::numeric_limits<std::int64_t>::min()), "-9,223,372,036,854,775,808");
}

TEST(Text, ShapesAndLists) {
  const std::vector<std::int64_t> shape = {3, 28, 28};
  EXPECT_EQ(shape_text(shape), "[3,28,28]");
  EXPECT_EQ(shape_text({}), "[]");
  const std::vector<std::string> items = {"a", "b", "c"};
  EXPECT_EQ(join(items, ", "), "a, b, c");
}

TEST(Text, NearestFindsMisspellingsOnly) {
  const std::vector<std::string> names = {"learning_rate", "gamma", "batch", "steps", "lr"};
  EXPECT_EQ(nearest("gama", names), "gamma");
  EXPECT_EQ(nearest("agmma", names), "gamma");
  EXPECT_EQ(nearest("Learning-Rate", names), "learning_rate");
  EXPECT_EQ(nearest("learing_rat", names), "learning_rate");
  EXPECT_EQ(nearest("bathc", names), "batch");
  EXPECT_EQ(nearest("momentum", names), "");
  EXPECT_EQ(nearest("x", names), "");
}

TEST(Text, SuggestionNamesTheNearestOrAll) {
  const std::vector<std::string> names = {"hinge", "lsgan"};
  EXPECT_EQ(suggestion("hing", names), "; did you mean 'hinge'?");
  EXPECT_EQ(suggestion("wasserstein", names), "; known: hinge, lsgan");
  EXPECT_EQ(suggestion("x", {}), "");
}

TEST(Error, TextHoldsComponentAndMessageAndCodeGivesTheExit) {
  const Error error(ErrorCode::kUsage, "config", "unknown key 'x'");
  EXPECT_STREQ(error.what(), "[config] unknown key 'x'");
  EXPECT_EQ(error.component(), "config");
  EXPECT_EQ(error.message(), "unknown key 'x'");
  EXPECT_EQ(exit_code(ErrorCode::kUsage), 2);
  EXPECT_EQ(exit_code(ErrorCode::kUnsupported), 2);
  for (ErrorCode code :
       {ErrorCode::kInput, ErrorCode::kIo, ErrorCode::kNumeric, ErrorCode::kInternal}) {
    EXPECT_EQ(exit_code(code), 1);
  }
}

}  // namespace
}  // namespace saddle
