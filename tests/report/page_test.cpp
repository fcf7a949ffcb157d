// What stands on the pages.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <regex>

#include "saddle/base/error.h"
#include "saddle/codec/html.h"
#include "saddle/report/compare.h"
#include "saddle/report/run_page.h"
#include "tests/report/made_run.h"

namespace saddle::report {
namespace {

using test::made_metric;
using test::MadeRun;
using test::measured_run;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::size_t times(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

class Pages : public test::MadeRuns {
 protected:
  std::string page(const MadeRun& run) const { return run_page(made("run", run)); }
};

MadeRun full_run() {
  metric::MetricValue warned = made_metric("kid", 2, 0.1);
  warned.warning = "few <samples>";
  return {.assignments = {"objective=hinge", "train.length=5k"},
          .sheets = {0, 1000, 2000, 5000},
          .checkpoints = {5000},
          .measurements = {{2000, {made_metric("fid", 9, 1)}},
                           {5000, {made_metric("fid", 3.25, 0.5), warned}}},
          .log =
              "2024-05-01T12:00:00Z info: data: ring\n"
              "2024-05-01T12:00:01Z warning: a <slow> disk\n"};
}

/// Levels of the headings must go up by one at most, from one h1.
void expect_headings_in_order(const std::string& page) {
  const std::regex heading("<h([1-6])[ >]");
  int before = 0;
  for (std::sregex_iterator it(page.begin(), page.end(), heading), end; it != end; ++it) {
    const int level = std::stoi((*it)[1]);
    EXPECT_LE(level, before + 1) << page.substr(static_cast<std::size_t>(it->position()), 60);
    before = level;
  }
  EXPECT_EQ(times(page, "<h1"), 1U);
}

void expect_self_contained(const std::string& page) {
  EXPECT_FALSE(std::regex_search(page, std::regex(R"re((src|href)\s*=\s*"(?!#|data:))re")));
  EXPECT_FALSE(std::regex_search(page, std::regex(R"(url\((?!#)|@import|<script|<link)")));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page, HasSubstr("<html lang=\"en\">"));
  EXPECT_THAT(page, HasSubstr("prefers-color-scheme:dark"));
  EXPECT_EQ(times(page, "<img"), times(page, " alt=\"Sheet of samples of "));
  EXPECT_EQ(times(page, "role=\"img\""),
            times(page, "aria-label=\"Plot: ") + times(page, " of the way from the baseline"));
}

TEST_F(Pages, TellOfARunInOrder) {
  const std::string html = page(full_run());
  expect_self_contained(html);
  expect_headings_in_order(html);
  std::size_t before = 0;
  for (const char* id : {"samples", "metrics", "signals", "knobs", "config", "sittings", "warnings",
                         "checkpoints", "next"}) {
    const std::size_t at = html.find(std::string("<h2 id=\"") + id + "\"");
    ASSERT_NE(at, std::string::npos) << id;
    EXPECT_GT(at, before) << id;
    before = at;
  }
  EXPECT_THAT(html, AllOf(HasSubstr("5,000 of 5,000 real samples"), HasSubstr("finished"),
                          HasSubstr("3.25 ± 0.5"), HasSubstr("1 ± 0.1"), HasSubstr("1,000 / 1,000"),
                          HasSubstr("few &lt;samples&gt;"), HasSubstr("a &lt;slow&gt; disk"),
                          HasSubstr("extractor: <code>pixels</code>"),
                          HasSubstr("<b>D is ahead</b>"), HasSubstr("75 % of pairs")));
  EXPECT_THAT(html, AllOf(HasSubstr("<code>objective.name</code>"),
                          HasSubstr("saddle train --resume "), HasSubstr("train.length=10000"),
                          HasSubstr("saddle sample "), HasSubstr("saddle eval "),
                          HasSubstr("Stood still: <code>penalty.r1.gamma</code> 0.1")));
  EXPECT_EQ(times(html, "src=\"data:image/png;base64,"), 5U)
      << "the last sheet and a strip of four";
  EXPECT_THAT(html, AllOf(HasSubstr("Plot: fid over real samples"),
                          HasSubstr("lower is better; dashed: ± standard error")));
  EXPECT_THAT(html, Not(HasSubstr("Plot: kid"))) << "one point is no curve";
}

TEST_F(Pages, NeverJoinPointsOfOtherConditions) {
  const metric::Conditions other{{"extractor", "random-conv/1"}};
  const std::string html = page({.measurements = {{2000, {made_metric("fid", 9, 1)}},
                                                  {5000, {made_metric("fid", 3, 1, other)}}}});
  EXPECT_THAT(html, Not(HasSubstr("Plot: fid")));
  EXPECT_THAT(html, AllOf(HasSubstr(">fid (extractor: pixels)<"),
                          HasSubstr(">fid (extractor: random-conv/1)<")));
}

TEST_F(Pages, NameWhatMadeTheFeatures) {
  const metric::Conditions network{{"features", "random-conv/1 seed 0"}, {"n", "9"}};
  const metric::Conditions more{{"features", "random-conv/1 seed 0"}, {"n", "10"}};
  const metric::Conditions pixels{{"features", "pixels"}};
  const std::string html =
      page({.measurements = {{2000, {made_metric("fid", 9, 1, network)}},
                             {5000,
                              {made_metric("fid", 3, 1, network), made_metric("kid", 3, 1, network),
                               made_metric("kid", 3, 1, more), made_metric("recall", 3, 1, network),
                               made_metric("recall", 3, 1, pixels)}}}});
  EXPECT_THAT(html, AllOf(HasSubstr(">fid (random-conv/1)<"),
                          HasSubstr("Plot: fid (random-conv/1) over real samples"),
                          HasSubstr(">kid (random-conv/1; n: 10)<"), HasSubstr(">recall (pixels)<"),
                          HasSubstr(">recall (random-conv/1)<"),
                          HasSubstr("features: <code>random-conv/1 seed 0</code>")));
}

TEST_F(Pages, SayWhenThereIsNothingYet) {
  const std::string html = page({.ticks = 0, .log = ""});
  expect_headings_in_order(html);
  expect_self_contained(html);
  EXPECT_THAT(html,
              AllOf(HasSubstr("nothing trained yet"), HasSubstr("No tick was logged yet"),
                    HasSubstr("No sheet was drawn yet"), HasSubstr("Nothing was measured yet"),
                    HasSubstr("None was written yet"), Not(HasSubstr("saddle sample"))));
}

TEST_F(Pages, ShowAFewOfManySheets) {
  MadeRun run;
  for (int i = 0; i < 100; ++i) run.sheets.push_back(100 * i);
  const std::string html = page(run);
  EXPECT_EQ(times(html, "<img"), 9U);
  EXPECT_THAT(html,
              AllOf(HasSubstr("after 0 real samples"), HasSubstr("after 9,900 real samples")));
}

TEST_F(Pages, RefuseASheetThatIsNoPicture) {
  test::make_run(directory_ / "run", {.sheets = {1000}});
  const auto sheet = directory_ / "run/samples/000000001000.png";
  std::ofstream(sheet) << "no picture";
  const RunRecord run = read_run_record(directory_ / "run", test::recipes());
  EXPECT_THAT([&] { run_page(run); },
              ::testing::ThrowsMessage<Error>(AllOf(HasSubstr(sheet.string()), HasSubstr("[png]"),
                                                    HasSubstr("remove it, or put"))));
}

TEST_F(Pages, HoldRunsAgainstEachOther) {
  const MadeRun a = full_run();
  MadeRun b = full_run();
  b.assignments = {"objective=hinge", "train.length=5k", "train.batch=8"};
  b.sheets = {0, 900, 4800};
  b.fingerprint = "ring <v2>";
  b.measurements = {{5000, {made_metric("fid", 30, 0.5)}}};
  const std::vector<RunRecord> runs{made("a", a), made("b", b)};
  const std::string html = comparison_page(compare_runs(runs), false);
  expect_self_contained(html);
  expect_headings_in_order(html);
  EXPECT_THAT(html, AllOf(HasSubstr("2 runs compared"), HasSubstr("different data"),
                          HasSubstr("ring &lt;v2&gt;"), HasSubstr("<code>train.batch</code>"),
                          HasSubstr("Plot: fid over real samples; a, b"),
                          HasSubstr("Plot: loss.generator.total over real samples; a, b")));
  EXPECT_THAT(html, HasSubstr("<span class=\"best\">3.25 ± 0.5"));
  // At 4,800 samples of b the nearest sheet of a is that of 5,000.
  EXPECT_THAT(html, AllOf(HasSubstr("<h3>At 4,800 samples</h3>"), HasSubstr(">a, at 5,000<")));
}

TEST_F(Pages, RefuseOtherConditionsInACell) {
  const metric::Conditions other{{"extractor", "random-conv/1"}};
  const std::vector<RunRecord> runs{made("a", measured_run({made_metric("fid", 3.25, 1)})),
                                    made("b", measured_run({made_metric("fid", 777, 1, other)}))};
  const Comparison comparison = compare_runs(runs);
  const std::string refused = "not comparable: extractor: pixels against random-conv/1";
  EXPECT_THAT(comparison_page(comparison, false), AllOf(HasSubstr(refused), Not(HasSubstr("777"))));
  EXPECT_THAT(comparison_page(comparison, true), AllOf(HasSubstr(refused), HasSubstr("777 ± 1")));
}

// RFC 4648, section 10.
TEST(DataUri, IsBase64) {
  EXPECT_EQ(codec::data_uri("text/plain", ""), "data:text/plain;base64,");
  EXPECT_EQ(codec::data_uri("text/plain", "f"), "data:text/plain;base64,Zg==");
  EXPECT_EQ(codec::data_uri("text/plain", "fo"), "data:text/plain;base64,Zm8=");
  EXPECT_EQ(codec::data_uri("text/plain", "foo"), "data:text/plain;base64,Zm9v");
  EXPECT_EQ(codec::data_uri("text/plain", "foobar"), "data:text/plain;base64,Zm9vYmFy");
  EXPECT_EQ(codec::data_uri("image/png", "\x89\xff\xfe"), "data:image/png;base64,if/+");
}

}  // namespace
}  // namespace saddle::report
