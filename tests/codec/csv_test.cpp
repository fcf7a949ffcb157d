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

TEST(Csv, IsMadeFromColumns) {
  const Table table = table_of_columns({"x", "y"}, {{1, 2}, {3, 4}});
  EXPECT_EQ(encode_csv(table), "x,y\n1,3\n2,4\n");
  expect_error(
      [] {
        table_of_columns({"x", "y"}, {{1, 2}, {3}});
      },
      ErrorCode::kInternal, "[csv] got 2 columns of unequal length or number for 2 names");
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
}

}  // namespace
}  // namespace saddle::codec
