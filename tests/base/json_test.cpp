#include "saddle/base/json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "saddle/base/file.h"
#include "saddle/base/jsonl.h"
#include "tests/base/temporary.h"

namespace saddle {
namespace {

using test::expect_error;
using test::TemporaryDirectory;

void append_raw(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::app) << text;
}

TEST(JsonReader, NamesSourceAndPathOfWhatIsWrong) {
  const Json json = parse_json(R"({"a": {"b": [1, "x", 2.5, true]}})", "state", "state.json");
  const JsonReader reader(json, "state", "state.json");
  EXPECT_EQ(reader.at("a").at("b").at(0).integer(), 1);
  EXPECT_EQ(reader.at("a").at("b").at(1).text(), "x");
  EXPECT_EQ(reader.at("a").at("b").at(2).number(), 2.5);
  EXPECT_TRUE(reader.at("a").at("b").at(3).boolean());
  EXPECT_EQ(reader.at("a").at("b").array_size(), 4u);
  EXPECT_TRUE(reader.has("a"));
  EXPECT_FALSE(reader.has("b"));
  const auto expect = [](auto call, const std::string& text) {
    expect_error(call, ErrorCode::kInput, "[state] state.json" + text);
  };
  expect([&] { reader.at("z"); }, ": key 'z' is missing");
  expect([&] { reader.at("a").number("z"); }, " 'a': key 'z' is missing");
  expect([&] { reader.at("a").at("b").at(4); },
         " 'a.b': index 4 is out of range: expected less than 4");
  expect([&] { reader.at("a").at("b").at(1).number(); }, " 'a.b[1]': got string, expected number");
  expect([&] { reader.at("a").at("b").at(2).integer(); },
         " 'a.b[2]': got 2.5, expected a whole number");
  expect([&] { reader.at("a").at("b").at(1).boolean(); },
         " 'a.b[1]': got string, expected true or false");
  expect([&] { reader.text("a"); }, " 'a': got object, expected string");
  expect([&] { reader.at("a").array_size(); }, " 'a': got object, expected array");
  expect([&] { reader.at("a").at("b").at("c"); }, " 'a.b': got array, expected object");
}

TEST(Json, SyntaxErrorsHaveLineAndColumn) {
  expect_error([] { parse_json("{\n \"a\": }", "state", "state.json"); }, ErrorCode::kInput,
               "[state] state.json is not valid JSON: error at line 2, column 7");
}

TEST(Json, NumbersBeyondDoublesAreRefused) {
  expect_error([] { parse_json("{\"a\": 1e999}", "run", "f.json"); }, ErrorCode::kInput,
               "[run] f.json is not valid JSON: number overflow parsing '1e999'");
}

TEST(Jsonl, AppendsLinesThatReadBack) {
  const TemporaryDirectory directory;
  const auto path = directory / "a.jsonl";
  {
    JsonlWriter writer(path);
    writer.append({{"samples", 1}, {"text", "a\nb"}});
    writer.append(
        {{"samples", 2}, {"bad", std::nan("")}, {"inf", std::numeric_limits<double>::infinity()}});
    writer.sync();
  }
  JsonlWriter(path).append({{"samples", 3}, {"text", "\xff"}});
  EXPECT_EQ(read_file(path),
            "{\"samples\":1,\"text\":\"a\\nb\"}\n{\"bad\":null,\"inf\":null,\"samples\":2}\n"
            "{\"samples\":3,\"text\":\"\xef\xbf\xbd\"}\n");
  EXPECT_EQ(read_jsonl(path).size(), 3u);
}

TEST(Jsonl, ATornLastLineIsSkippedThenCut) {
  const TemporaryDirectory directory;
  const auto path = directory / "a.jsonl";
  append_raw(path, "{\"a\":1}\n{\"a\":2");
  EXPECT_EQ(read_jsonl(path).size(), 1u);
  JsonlWriter(path).append({{"a", 3}});
  EXPECT_EQ(read_file(path), "{\"a\":1}\n{\"a\":3}\n");
}

TEST(Jsonl, ABrokenLineInTheMiddleIsAnError) {
  const TemporaryDirectory directory;
  const auto path = directory / "a.jsonl";
  append_raw(path, "{\"a\":1}\n{\"a\":\n{\"a\":3}\n");
  expect_error([&] { read_jsonl(path); }, ErrorCode::kInput,
               "[jsonl] '" + path.string() + "' line 2 is not valid JSON");
}

TEST(Jsonl, TruncateKeepsByPredicateByteForByte) {
  const TemporaryDirectory directory;
  const auto path = directory / "a.jsonl";
  append_raw(path, "{\"z\":1, \"samples\": 10}\n{\"samples\":20}\n{\"samples\":30}\n{\"sam");
  const auto keep = [](const Json& line) { return line.at("samples") <= 20; };
  EXPECT_EQ(truncate_jsonl(path, keep), 2);
  EXPECT_EQ(read_file(path), "{\"z\":1, \"samples\": 10}\n{\"samples\":20}\n");
  EXPECT_EQ(truncate_jsonl(path, keep), 0);
  EXPECT_EQ(truncate_jsonl(directory / "missing", keep), 0);
}

TEST(Jsonl, AFullDiskAndABadPathAreTold) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  expect_error(
      [] {
        JsonlWriter("/dev/full").append({{"a", 1}});
      },
      ErrorCode::kIo, "[jsonl] cannot write '/dev/full': No space left on device");
  expect_error([] { JsonlWriter("/nonexistent/a"); }, ErrorCode::kIo,
               "[jsonl] cannot write '/nonexistent/a': No such file or directory");
}

}  // namespace
}  // namespace saddle
