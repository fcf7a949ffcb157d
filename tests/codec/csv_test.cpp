#include "saddle/codec/csv.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/base/temporary.h"

namespace saddle::codec {
namespace {

using test::expect_error;

TEST(Csv, WritesAHeaderAndNumbersThatReadBack) {
  const test::TemporaryDirectory directory;
  const Table table{.columns = {"x", "a,b", "say \"y\""},
                    .values = {0.1, -2, 1e-300, 3, 4, 1.0 / 3}};
  EXPECT_EQ(encode_csv(table).substr(0, 30), "x,\"a,b\",\"say \"\"y\"\"\"\n0.1,-2,1e-");
  write_csv(directory / "a.csv", table);
  EXPECT_EQ(read_csv(directory / "a.csv"), table);
  EXPECT_EQ(table.rows(), 2);
  EXPECT_EQ(table.at(1, 0), 3);
}

TEST(Csv, AColumnThatBeginsWithAByteOrderMarkKeepsIt) {
  const Table table{{"\xef\xbb\xbfx", "y"}, {1, 2}};
  EXPECT_EQ(parse_csv(encode_csv(table), "t.csv"), table);
  EXPECT_EQ(parse_csv("\xef\xbb\xbfx,y\n1,2\n", "t.csv").columns[0], "x");
}

TEST(Csv, WritesWholeRowsOnly) {
  EXPECT_EQ(encode_csv({.columns = {"x", "y"}}), "x,y\n");
  expect_error(
      [] {
        encode_csv({.values = {1, 2}});
      },
      ErrorCode::kInternal, "[csv] got 2 values for 0 columns, expected whole rows");
  expect_error(
      [] {
        encode_csv({.columns = {"x", "y"}, .values = {1, 2, 3}});
      },
      ErrorCode::kInternal, "[csv] got 3 values for 2 columns, expected whole rows");
}

TEST(Csv, CountsTheLinesOfQuotedCells) {
  expect_error([] { parse_csv("\"a\nb\",y\r\n1,2\r\n3,z\r\n", "f"); }, ErrorCode::kInput,
               "[csv] 'f' line 4, column 'y': got 'z', expected a number");
  expect_error([] { parse_csv("x,y\n\"1\n\",two\n", "f"); }, ErrorCode::kInput,
               "[csv] 'f' line 2, column 'x': got '1\n', expected a number");
}

TEST(Csv, ReadsWhatOthersWrite) {
  const Table table = parse_csv("\xef\xbb\xbfx, y\r\n1, 2.5\r\n\r\n\"3\",+4e2", "f");
  EXPECT_EQ(table.columns, (std::vector<std::string>{"x", " y"}));
  EXPECT_EQ(table.values, (std::vector<double>{1, 2.5, 3, 400}));
  const Table plain = parse_csv("1,2\n3,4\n", "f");
  EXPECT_EQ(plain.columns, (std::vector<std::string>{"c0", "c1"}));
  EXPECT_EQ(plain.rows(), 2);
  EXPECT_TRUE(std::isnan(parse_csv("x\nnan\n", "f").values[0]));
}

TEST(Csv, RefusesEveryMalformedFile) {
  const auto expect = [](const std::string& text, const std::string& message) {
    expect_error([&] { parse_csv(text, "f"); }, ErrorCode::kInput, "[csv] 'f' " + message);
  };
  expect("", "is empty");
  expect("x,y\n", "has no rows of numbers");
  expect("x,y\n1,2\n3\n", "line 3: got 1 cells, expected 2");
  expect("x,y\n1,two\n", "line 2, column 'y': got 'two', expected a number");
  expect("x,y\n1,\n", "line 2, column 'y': got '', expected a number");
  expect("x\n1.5abc\n", "line 2, column 'x': got '1.5abc', expected a number");
  expect("x\n\"1\n", "line 2: a quoted cell has no end");
  expect("x\n\"1\"2\n", "line 2: text after a quoted cell");
  expect("x\r1\r2\r", "line 1: ends in \\r alone: expected \\n or \\r\\n");
  expect("x\n1\n2\r3\n", "line 3: ends in \\r alone: expected \\n or \\r\\n");
}

}  // namespace
}  // namespace saddle::codec
