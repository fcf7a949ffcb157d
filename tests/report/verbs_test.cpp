// `saddle report` and `saddle compare` as a user runs them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "saddle/base/file.h"
#include "tests/base/temporary.h"
#include "tests/program.h"
#include "tests/report/made_run.h"

namespace saddle {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using test::Finished;
using test::made_metric;
using test::make_run;
using test::measured_run;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ReportVerbs : public testing::Test {
 protected:
  ReportVerbs() {
    make_run(directory_ / "a", {.sheets = {0, 5000},
                                .checkpoints = {5000},
                                .measurements = {{5000, {made_metric("fid", 3, 0.5)}}}});
    make_run(directory_ / "b", measured_run({made_metric("fid", 9, 0.5)}, {"train.batch=8"}));
  }
  Finished run(const std::vector<std::string>& words) const {
    return test::run_saddle(words, directory_.path().string());
  }
  void refused(const std::vector<std::string>& words, int code, const std::string& message) const {
    const Finished finished = run(words);
    EXPECT_EQ(finished.exit_code, code) << finished.err;
    EXPECT_THAT(finished.err, HasSubstr(message));
    EXPECT_EQ(finished.out, "");
  }
  void write(const std::string& file, const std::string& text) const {
    std::ofstream(directory_ / file, std::ios::binary) << text;
  }

  test::TemporaryDirectory directory_;
};

TEST_F(ReportVerbs, ReportWritesAPageIntoTheRun) {
  const Finished finished = run({"report", "a"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(finished.err, "");
  EXPECT_THAT(finished.out, AllOf(HasSubstr("fid 3 ± 0.5 (floor 1, n 1,000)"),
                                  HasSubstr("The report: a/report.html\n")));
  EXPECT_THAT(read_file(directory_ / "a/report.html"), StartsWith("<!DOCTYPE html>"));
  const Json json = Json::parse(run({"report", "a/", "--out", "deep/in/x.html", "--json"}).out);
  EXPECT_EQ(json["report"], "deep/in/x.html");
  EXPECT_EQ(json["name"], "a");
  EXPECT_EQ(json["samples"], 5000);
  EXPECT_EQ(json["metrics"][0]["value"], 3);
  EXPECT_EQ(json["checkpoints"], 1);
  EXPECT_TRUE(fs::exists(directory_ / "deep/in/x.html"));
}

TEST_F(ReportVerbs, CompareTellsWhoIsBetterAndWhereConfigsDiffer) {
  const Finished finished = run({"compare", "a", "b"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, AllOf(HasSubstr("3 ± 0.5 *  9 ± 0.5"), HasSubstr("train.batch  128  a"),
                                  HasSubstr("combined spread"), Not(HasSubstr("\033"))));
  const Json json = Json::parse(run({"compare", "a", "b", "--json", "--out", "c.html"}).out);
  EXPECT_EQ(json["page"], "c.html");
  EXPECT_EQ(json["metrics"][0]["values"][0]["verdict"], "best");
  EXPECT_EQ(json["metrics"][0]["values"][1]["verdict"], "worse");
  EXPECT_EQ(json["config"][0], Json::parse(R"({"key":"train.batch","values":["128","8"]})"));
  EXPECT_THAT(read_file(directory_ / "c.html"), HasSubstr("2 runs compared"));
}

TEST_F(ReportVerbs, WhatIsNotComparableIsShownByForceOnly) {
  make_run(directory_ / "b", measured_run({made_metric("fid", 777, 1, {{"extractor", "random"}})}));
  const std::string line = "not comparable: extractor: pixels against random";
  const Finished plain = run({"compare", "a", "b"});
  EXPECT_EQ(plain.exit_code, 0) << plain.err;
  EXPECT_THAT(plain.out, AllOf(HasSubstr(line), Not(HasSubstr("777"))));
  EXPECT_THAT(run({"compare", "a", "b", "--force"}).out, AllOf(HasSubstr(line), HasSubstr("777")));
}

TEST_F(ReportVerbs, ABrokenLastLineIsToleratedAndAnotherIsNot) {
  std::ofstream(directory_ / "a/ticks.jsonl", std::ios::app) << "{\"samples\": 60";
  EXPECT_EQ(run({"report", "a"}).exit_code, 0);
  write("a/ticks.jsonl", "{\"samples\": 60\n{\"samples\": 70}\n");
  refused({"report", "a"}, 1,
          "[jsonl] 'a/ticks.jsonl' line 1 is not a JSON object; it was damaged: remove that line");
  refused({"compare", "a", "b"}, 1, "[jsonl] 'a/ticks.jsonl' line 1 is not a JSON object");
}

TEST_F(ReportVerbs, DamagedFilesAreNamed) {
  write("b/metrics.jsonl", "{\"samples\": 5000, \"metrics\": 7}\n");
  refused({"report", "b"}, 1, "[metrics] b/metrics.jsonl line 1 'metrics': got number");
  write("b/metrics.jsonl", "{\"metrics\": []}\n");
  refused({"report", "b"}, 1, "[report] b/metrics.jsonl line 1: key 'samples' is missing");
  write("b/ticks.jsonl", "{\"samples\": 5, \"signals\": 3}\n");
  refused({"report", "b"}, 1, "[report] b/ticks.jsonl line 1 'signals': must be an object");
  write("a/samples/000000005000.png", "no picture");
  refused({"report", "a"}, 1, "a/samples/000000005000.png");
  write("a/manifest.json", "{");
  refused({"report", "a"}, 1, "[run] a/manifest.json is not valid JSON");
  fs::remove(directory_ / "a/manifest.json");
  refused({"report", "a"}, 1, "[file] no such file: 'a/manifest.json'");
}

TEST_F(ReportVerbs, WrongUseIsExplained) {
  refused({"report"}, 2, "run is required; see `saddle report --help`");
  refused({"report", "nowhere"}, 1, "[run] no run at nowhere");
  refused({"report", "a/samples"}, 1, "[run] a/samples is not a run");
  refused({"report", "a", "--out", "x.pdf"}, 2,
          "[report] --out: got 'x.pdf', expected a name that ends in .html");
  write("file", "x");
  refused({"report", "a", "--out", "file/x.html"}, 1,
          "[file] cannot make directory 'file': Not a directory");
  fs::create_directories(directory_ / "folder.html");
  refused({"report", "a", "--out", "folder.html"}, 1, "folder.html");
  refused({"compare", "a"}, 2, "[compare] got 1 run, expected two or more");
  refused({"compare", "a", "a/"}, 2, "twice, expected different runs");
  refused({"compare", "a", "nowhere"}, 1, "[run] no run at nowhere");
  refused({"compare"}, 2, "run is required; see `saddle compare --help`");
}

TEST_F(ReportVerbs, ARunThatCannotBeWrittenAsksForAnotherPlace) {
  fs::create_directories(directory_ / "a/report.html");
  refused({"report", "a"}, 1, "try another place with --out FILE.html");
}

}  // namespace
}  // namespace saddle
