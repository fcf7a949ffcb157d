// The pages in a browser: their width on a phone, colours, pictures, and that they ask nobody.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "saddle/base/text.h"
#include "saddle/codec/svg.h"
#include "saddle/report/compare.h"
#include "saddle/report/run_page.h"
#include "tests/program.h"
#include "tests/report/made_run.h"

namespace saddle::report {
namespace {

using Json = nlohmann::json;
using test::made_metric;
using test::MadeRun;

// A window of Chromium is at least 500 pixels wide; a frame may be as narrow as a phone. The page
// in it is whole, with its policy; only this page around it runs a script.
constexpr std::string_view kLook = R"(
const channels = colour => colour.match(/[\d.]+/g).map(Number);
const luminance = colour => channels(colour).slice(0, 3).map(c => c / 255)
    .map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + [.2126, .7152, .0722][i] * c, 0);
const ground = node => {
  for (; node; node = node.parentElement) {
    const colour = getComputedStyle(node).backgroundColor;
    if ((channels(colour)[3] ?? 1) > 0) return colour;
  }
};
const contrast = node => {
  const [low, high] = [getComputedStyle(node).color, ground(node)].map(luminance)
      .sort((a, b) => a - b);
  return (high + .05) / (low + .05);
};
const found = [];
for (const frame of document.querySelectorAll('iframe')) {
  const page = frame.contentDocument, style = getComputedStyle(page.body);
  found.push({
    width: frame.contentWindow.innerWidth,
    page: page.documentElement.scrollWidth,
    ground: style.backgroundColor,
    ink: style.color,
    pictures: [...page.images].map(one => one.naturalWidth),
    contrast: Math.min(...[...page.querySelectorAll('main *')]
        .filter(one => !one.closest('svg') && one.innerText).map(contrast)),
    plots: page.querySelectorAll('svg.saddle-plot').length,
    asked: frame.contentWindow.performance.getEntriesByType('resource')
        .map(one => one.name).filter(name => !name.startsWith('data:')),
    outside: [...page.querySelectorAll('main *')]
        .filter(one => !one.closest('.scroll') && !one.closest('svg') &&
                       one.getBoundingClientRect().right > frame.contentWindow.innerWidth + 1)
        .map(one => one.tagName + '.' + one.className).slice(0, 5),
  });
}
const answer = document.createElement('pre');
answer.id = 'found';
answer.textContent = JSON.stringify(found);
document.body.append(answer);
)";

/// Of small text: WCAG 2.2, success criterion 1.4.3.
constexpr double kLeastContrast = 4.5;

class Browser : public test::MadeRuns {
 protected:
  void SetUp() override {
    if (test::run_program({"chromium", "--version"}).exit_code == 127) {
      GTEST_SKIP() << "chromium is not installed";
    }
  }

  /// What the page is like at both widths, with --force-dark-mode or without.
  Json seen(const std::string& html, bool dark) const {
    std::ostringstream frames;
    frames << "<!DOCTYPE html><style>:root{color-scheme:light dark}</style><body>";
    for (const int width : {390, 1280}) {
      frames << "<iframe style=\"border:0;width:" << width << "px;height:900px\" srcdoc=\""
             << codec::escape_xml(html) << "\"></iframe>";
    }
    frames << "<script>addEventListener('load', () => {" << kLook << "});</script></body>";
    const std::string file = (directory_ / "look.html").string();
    std::ofstream(file) << frames.str();
    std::vector<std::string> words{"chromium",
                                   "--headless",
                                   "--no-sandbox",
                                   "--disable-gpu",
                                   "--hide-scrollbars",
                                   cat("--user-data-dir=", (directory_ / "profile").string()),
                                   "--host-resolver-rules=MAP * ~NOTFOUND",
                                   "--window-size=1400,1000",
                                   "--dump-dom"};
    if (dark) words.emplace_back("--force-dark-mode");
    words.push_back("file://" + file);
    const test::Finished finished = test::run_program(words, directory_.path().string());
    const std::string mark = "<pre id=\"found\">";
    const std::size_t begin = finished.out.rfind(mark);
    if (begin == std::string::npos) {
      ADD_FAILURE() << "no answer; exit code " << finished.exit_code << "\n" << finished.err;
      return Json::array();
    }
    const std::size_t first = begin + mark.size();
    return Json::parse(finished.out.substr(first, finished.out.find("</pre>", first) - first));
  }

  void expect_good(const std::string& html, std::size_t pictures) const {
    std::vector<std::string> grounds, inks;
    for (const bool dark : {false, true}) {
      const Json found = seen(html, dark);
      ASSERT_EQ(found.size(), 2U);
      EXPECT_EQ(found[0]["width"], 390);
      EXPECT_EQ(found[1]["width"], 1280);
      for (const Json& one : found) {
        EXPECT_LE(one["page"].get<int>(), one["width"].get<int>()) << one.dump();
        EXPECT_EQ(one["outside"], Json::array()) << one.dump();
        EXPECT_EQ(one["asked"], Json::array()) << one.dump();
        EXPECT_EQ(one["pictures"].size(), pictures);
        for (const Json& width : one["pictures"]) EXPECT_GT(width.get<int>(), 0);
        EXPECT_GT(one["plots"].get<int>(), 5);
        EXPECT_GE(one["contrast"].get<double>(), kLeastContrast);
      }
      grounds.push_back(found[0]["ground"]);
      inks.push_back(found[0]["ink"]);
    }
    EXPECT_EQ(grounds[0], "rgb(255, 255, 255)");
    EXPECT_NE(grounds[0], grounds[1]);
    EXPECT_NE(inks[0], inks[1]);
  }
};

/// Long words and wide tables, which is what breaks a narrow page.
MadeRun wide_run(const std::string& batch) {
  const metric::Conditions conditions{{"extractor", std::string(120, 'x')}};
  return {.assignments = {"train.batch=" + batch},
          .fingerprint = "images v1 " + std::string(64, 'f'),
          .ticks = 40,
          .sheets = {0, 10000, 20000, 40000},
          .checkpoints = {20000, 40000},
          .measurements = {{20000, {made_metric("fid", 9, 1), made_metric("kid", 1e-7, 1e-9)}},
                           {40000,
                            {made_metric("fid", 3, 1), made_metric("kid", 1, 1, conditions),
                             made_metric(std::string(40, 'm'), 1234567, 89)}}},
          .log = "2024-05-01T12:00:01Z warning: " + std::string(200, 'w') + "\n"};
}

TEST_F(Browser, ShowsTheReportOnAPhoneAndADeskInLightAndDark) {
  expect_good(run_page(made("a-run-whose-name-is-rather-long-for-a-narrow-screen", wide_run("8"))),
              5);
}

TEST_F(Browser, ShowsTheComparisonOnAPhoneAndADeskInLightAndDark) {
  const std::vector<RunRecord> runs{
      made("a-run-whose-name-is-rather-long-for-a-screen", wide_run("8")),
      made("b", wide_run("16")), made("c", wide_run("32"))};
  expect_good(comparison_page(compare_runs(runs), true), 9);
}

}  // namespace
}  // namespace saddle::report
