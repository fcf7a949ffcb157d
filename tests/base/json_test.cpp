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

TEST(SealedJson, ComesBackWithoutItsSeal) {
  const Json value{{"text", "\xff"}, {"pi", 3.14}, {"one", 1.0}, {"list", {1, nullptr}}};
  const std::string text = sealed_json_text(value);
  Json expected = value;
  expected["text"] = "\xef\xbf\xbd";
  EXPECT_EQ(parse_sealed_json(text, "run", "f.json"), expected);
  EXPECT_EQ(parse_sealed_json("{\"a\":1}", "run", "f.json"), Json({{"a", 1}})) << "edited by hand";
}

TEST(SealedJson, AnyFlippedBitIsFoundOrMeansTheSame) {
  const Json value{{"threads", 1}, {"data", {{"path", "a"}, {"shares", {0.25, 0.75}}}}};
  const std::string text = sealed_json_text(value);
  int found = 0;
  for (std::size_t i = 0; i < 8 * text.size(); ++i) {
    std::string damaged = text;
    damaged[i / 8] = static_cast<char>(damaged[i / 8] ^ 1 << i % 8);
    try {
      // A bit in the seal's own name leaves the rest as it was, and one key more.
      const Json read = parse_sealed_json(damaged, "run", "f.json");
      EXPECT_EQ(read.at("threads"), value.at("threads")) << damaged;
      EXPECT_EQ(read.at("data"), value.at("data")) << damaged;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInput);
      ++found;
    }
  }
  EXPECT_GT(found, static_cast<int>(4 * text.size()));
}

TEST(SealedJson, AChangeIsToldWithWhatToTry) {
  std::string text = sealed_json_text({{"threads", 1}});
  text.replace(text.find("1"), 1, "3");
  expect_error([&] { parse_sealed_json(text, "run", "f.json"); }, ErrorCode::kInput,
               "[run] f.json was changed since it was written: its content does not have the "
               "SHA-256 that it names; put back a copy, or, where you changed it yourself, remove "
               "its key 'sha256'");
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
               "[jsonl] '" + path.string() +
                   "' line 2 is not a JSON object; it was damaged: remove that line");
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
      ErrorCode::kIo,
      "[jsonl] cannot write '/dev/full': No space left on device; try to free space or another "
      "directory");
  expect_error([] { JsonlWriter("/nonexistent/a"); }, ErrorCode::kIo,
               "[jsonl] cannot write '/nonexistent/a': No such file or directory");
}

}  // namespace
}  // namespace saddle
