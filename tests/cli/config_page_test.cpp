// docs/config.md, which the program writes, and whether what it says is so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>

#include "cli/eval_config.h"
#include "saddle/base/text.h"
#include "saddle/config/describe.h"
#include "saddle/metric/catalogue.h"
#include "saddle/task/experiment.h"
#include "tests/base/temporary.h"
#include "tests/paths.h"
#include "tests/program.h"

namespace saddle {
namespace {

using test::Finished;
using test::run_saddle;

const std::string& page() {
  static const std::string text = run_saddle({"docs", "config"}).out;
  return text;
}

std::vector<std::string> matches(const std::string& text, const std::regex& pattern) {
  std::vector<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match) {
    found.push_back((*match)[1]);
  }
  return found;
}

std::string first_difference(const std::string& a, const std::string& b) {
  const auto [in_a, in_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  const auto line_at = [](const std::string& text, std::size_t at) {
    const std::size_t begin = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
    return text.substr(begin, text.find('\n', at) - begin);
  };
  const auto at = static_cast<std::size_t>(in_a - a.begin());
  return cat("file:    ", line_at(a, at), "\nprogram: ", line_at(b, at));
}

TEST(ConfigPage, OfTheRepositoryIsWhatTheProgramPrints) {
  const std::string file = test::file_text(cat(test::kSourceDirectory, "/docs/config.md"));
  EXPECT_TRUE(file == page()) << first_difference(file, page())
                              << "\ndocs/config.md is not what the fields say; write it anew:\n  "
                              << test::kProgram << " docs config > docs/config.md";
}

TEST(MetricsPage, OfTheRepositoryIsWhatTheProgramPrints) {
  const std::string printed = run_saddle({"docs", "metrics"}).out;
  const std::string file = test::file_text(cat(test::kSourceDirectory, "/docs/metric-settings.md"));
  EXPECT_TRUE(file == printed) << first_difference(file, printed)
                               << "\ndocs/metric-settings.md is not what the catalogue and the "
                                  "fields say; write it anew:\n  "
                               << test::kProgram << " docs metrics > docs/metric-settings.md";
}

TEST(MetricsPage, HasEveryMetricAndEverySetting) {
  const std::string printed = run_saddle({"docs", "metrics"}).out;
  for (const metric::MetricDoc& row : metric::metric_catalogue()) {
    EXPECT_NE(printed.find(cat("| `", row.name, "` | ")), std::string::npos) << row.name;
  }
  for (const auto& info : config::describe(cli::EvalConfig{})) {
    EXPECT_NE(info.doc, "") << info.key;
    const bool heading = printed.find(cat("\n## ", info.key, "\n")) != std::string::npos;
    EXPECT_TRUE(heading || printed.find(cat("`", info.key, "` | ")) != std::string::npos)
        << info.key;
  }
}

TEST(ConfigPage, EveryKeyIsAnAnchorOnceAndSaysWhatItMeans) {
  auto anchors = matches(page(), std::regex("<a id=\"([^\"]+)\">"));
  std::ranges::sort(anchors);
  EXPECT_TRUE(std::ranges::adjacent_find(anchors) == anchors.end());
  const auto keys = config::describe(Experiment{});
  ASSERT_GT(keys.size(), 60u);
  for (const auto& info : keys) {
    const bool heading = page().find(cat("\n## ", info.key, "\n")) != std::string::npos;
    EXPECT_TRUE(heading || std::ranges::binary_search(anchors, info.key)) << info.key;
    EXPECT_NE(info.doc, "") << info.key;
    if (info.type != "row") continue;
    for (const auto& row : info.choices) EXPECT_NE(row.doc, "") << info.key << " " << row.word;
  }
}

TEST(ConfigPage, EveryLinkLeadsSomewhere) {
  const auto links = matches(page(), std::regex("\\]\\(#([^)]+)\\)"));
  ASSERT_GT(links.size(), 12u);
  for (const auto& link : links) {
    EXPECT_TRUE(page().find(cat("<a id=\"", link, "\">")) != std::string::npos ||
                page().find(cat("\n## ", link, "\n")) != std::string::npos)
        << link;
  }
}

TEST(ConfigPage, RowsOfItsTablesHaveFourCells) {
  std::size_t rows = 0;
  for (const auto& line : matches(page(), std::regex("\n(\\| .* \\|)(?=\n)"))) {
    const std::string bare = std::regex_replace(line, std::regex("\\\\\\|"), "");
    const auto bars = std::ranges::count(bare, '|');
    EXPECT_TRUE(bars == 5 || bars == 3) << line;
    ++rows;
  }
  EXPECT_GT(rows, 60u);
}

TEST(ConfigPage, ItsExampleFileIsAccepted) {
  const auto blocks = matches(page(), std::regex("```toml\n([^`]*)```"));
  ASSERT_EQ(blocks.size(), 1u);
  const test::TemporaryDirectory place;
  std::ofstream(place.path() / "mine.toml") << blocks[0];
  const Finished finished =
      run_saddle({"train", "digits", "--config", "mine.toml", "--dry-run"}, place.path().string());
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, ::testing::HasSubstr("gamma = {from = 1.0, to = 0.1, "));
  EXPECT_THAT(finished.out, ::testing::HasSubstr("width = 48  # mine.toml:"));
}

TEST(ConfigPage, EveryAssignmentInItIsAccepted) {
  auto assignments = matches(page(), std::regex("`--set '([^']+)'`"));
  const auto bare = matches(page(), std::regex("`--set ([^'` ]+)`"));
  assignments.insert(assignments.end(), bare.begin(), bare.end());
  ASSERT_GT(assignments.size(), 8u);
  for (const auto& assignment : assignments) {
    const Finished finished = run_saddle({"train", "ring", "--set", assignment, "--dry-run"});
    EXPECT_EQ(finished.exit_code, 0) << assignment << ": " << finished.err;
  }
}

TEST(ConfigPage, JsonHasTheKeysWithTypeDefaultAndDoc) {
  const auto json = nlohmann::json::parse(run_saddle({"docs", "config", "--json"}).out);
  const auto batch = std::ranges::find_if(
      json.at("keys"), [](const auto& key) { return key.at("key") == "train.batch"; });
  ASSERT_NE(batch, json.at("keys").end());
  EXPECT_EQ(batch->at("type"), "whole number");
  EXPECT_EQ(batch->at("default"), "64");
  EXPECT_EQ(batch->at("allowed"), "in [1, 1048576]");
}

TEST(Docs, AnUnknownPageIsAnsweredWithTheNearestOne) {
  const Finished finished = run_saddle({"docs", "confg"});
  EXPECT_EQ(finished.exit_code, 2);
  EXPECT_EQ(finished.err,
            "saddle: [command line] unknown verb 'confg'; did you mean 'config'? See "
            "`saddle docs --help`\n");
}

}  // namespace
}  // namespace saddle
