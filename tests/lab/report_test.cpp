// The page that tells the theory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "saddle/lab/report.h"
#include "saddle/lab/table.h"

namespace saddle::lab {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Experiment page_experiment(const std::string& id, int chapter) {
  return {.id = id,
          .title = "A <title> & more",
          .chapter = chapter,
          .teaches = "First.\n\nSecond, x < y.",
          .formulas = {"a < b"},
          .next = {{"run " + id + " --set eta=1", "what one sees"}},
          .parameters = {{.name = "eta", .initial = 0.5, .low = 0, .high = 1, .doc = "a step"}},
          .run = [](const Settings&) {
            return Outcome{{near("good", 1, 1, 0), near("bad & wrong", 2, 1, 0.5)},
                           {{"p", "A caption.", "<svg id=\"drawn\"></svg>"}}};
          }};
}

TEST(LabReport, TellsEachExperimentInItsChapter) {
  const std::vector<Experiment> table{page_experiment("E01", 3), page_experiment("E02", 1)};
  const std::vector<Result> results{run_experiment(table[0], {"E01", table[0].parameters})};
  const std::string page = report_html(table, results);
  EXPECT_THAT(page, HasSubstr("A &lt;title&gt; &amp; more"));
  EXPECT_THAT(page, HasSubstr("<p>First.</p>\n<p>Second, x &lt; y.</p>"));
  EXPECT_THAT(page, HasSubstr("<p>a &lt; b</p>"));
  EXPECT_THAT(page, HasSubstr("<svg id=\"drawn\"></svg>"));
  EXPECT_THAT(page, HasSubstr("saddle lab run E01 --set eta=1"));
  EXPECT_THAT(page, HasSubstr("bad &amp; wrong"));
  EXPECT_THAT(page, HasSubstr("1 of 2 checks hold"));
  EXPECT_THAT(page, HasSubstr("1 experiments, 2 checks, 1 fail"));
  EXPECT_THAT(page, HasSubstr("Not run for this page: <code>saddle lab run E02</code>"));
  // Chapter 1 comes before chapter 3; chapters without an experiment are left out.
  EXPECT_LT(page.find("id=\"chapter-1\""), page.find("id=\"chapter-3\""));
  EXPECT_LT(page.find("id=\"E02\""), page.find("id=\"E01\""));
  EXPECT_THAT(page, Not(HasSubstr("id=\"chapter-2\"")));
}

TEST(LabReport, NeedsNoNetworkAndFollowsTheColourScheme) {
  const std::string page = report_html(experiments(), {});
  EXPECT_FALSE(std::regex_search(page, std::regex(R"((src|href)\s*=\s*"(?!#))")));
  EXPECT_FALSE(std::regex_search(page, std::regex(R"(url\((?!#)|@import)")));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, HasSubstr("prefers-color-scheme:dark"));
  EXPECT_THAT(page, HasSubstr("width=device-width"));
  for (const Experiment& one : experiments()) {
    EXPECT_THAT(page, HasSubstr("id=\"" + one.id + "\""));
  }
}

TEST(LabReport, EveryCommandToTryIsOneThatTheLabKnows) {
  for (const Experiment& one : experiments()) {
    for (const Try& next : one.next) {
      EXPECT_TRUE(next.command.starts_with("run ") || next.command.starts_with("sweep "))
          << next.command;
      const std::regex words(R"((?:--set|--param) ([a-zA-Z_0-9]+))");
      for (std::sregex_iterator word(next.command.begin(), next.command.end(), words), end;
           word != end; ++word) {
        EXPECT_NO_THROW(Settings(one.id, one.parameters).parameter((*word)[1].str()))
            << next.command;
      }
      EXPECT_THAT(next.command, HasSubstr(one.id));
    }
  }
}

}  // namespace
}  // namespace saddle::lab
