#include "saddle/config/describe.h"

#include <algorithm>
#include <limits>

#include "saddle/config/lookup.h"
#include "tests/config/sample.h"

namespace saddle::config::test {
namespace {

const KeyInfo* find_key(const std::vector<KeyInfo>& keys, const std::string& key) {
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](const KeyInfo& info) { return info.key == key; });
  return found == keys.end() ? nullptr : &*found;
}

std::string number_error(RootConfig root, std::string_view key, double value) {
  const RootConfig before = root;
  try {
    set_number(root, key, value);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    EXPECT_EQ(root, before);
    return error.message();
  }
  return "";
}

}  // namespace

TEST(ConfigDescribe, ListsKeysOfEveryRowAndComponent) {
  const auto keys = describe(RootConfig());
  for (const std::string key : {"title",
                                "flip",
                                "batch",
                                "dropout",
                                "length",
                                "tags",
                                "order",
                                "generator.name",
                                "generator.width",
                                "generator.hidden",
                                "generator.channels",
                                "generator.slope",
                                "objective.name",
                                "objective.margin",
                                "optimizer.generator.lr",
                                "penalty.r1",
                                "penalty.r1.gamma",
                                "penalty.r1.every",
                                "penalty.weight_clip.limit",
                                "penalty.bare"}) {
    EXPECT_NE(find_key(keys, key), nullptr) << key;
  }
}

TEST(ConfigDescribe, TellsTypeDefaultRangeAndMeaning) {
  const auto keys = describe(RootConfig());
  const KeyInfo* slope = find_key(keys, "generator.slope");
  EXPECT_EQ(slope->type, "number");
  EXPECT_EQ(slope->default_value, "0.2");
  EXPECT_EQ(slope->range, ">= 0");
  EXPECT_EQ(slope->doc, "of the leaky ReLU");
  EXPECT_EQ(slope->rows, (std::vector<std::string>{"generator.name = \"dcgan\""}));
  EXPECT_EQ(find_key(keys, "generator.name")->range, "mlp, dcgan");
  EXPECT_EQ(find_key(keys, "generator.name")->default_value, "\"mlp\"");
  EXPECT_EQ(find_key(keys, "generator.channels")->range, "in [1, 1024]");
  EXPECT_EQ(find_key(keys, "penalty.r1")->default_value, "false");
  EXPECT_EQ(find_key(keys, "penalty.r1")->doc, "gradient norm on reals");
  EXPECT_EQ(find_key(keys, "penalty.r1.gamma")->type, "number that may vary");
  EXPECT_EQ(find_key(keys, "order")->range, "shuffled, sorted");
  EXPECT_EQ(find_key(keys, "length")->default_value, "\"200k\"");
}

TEST(ConfigDescribe, KeepsTheDefaultsOfTheRowThatIsSelected) {
  RootConfig root;
  root.generator = DcganNet{.channels = 77};
  const auto keys = describe(root);
  EXPECT_EQ(find_key(keys, "generator.name")->default_value, "\"dcgan\"");
  EXPECT_EQ(find_key(keys, "generator.channels")->default_value, "77");
  EXPECT_EQ(find_key(keys, "generator.width")->default_value, "128");
}

TEST(ConfigDescribe, ReferencePageHasASectionForEachTableAndRow) {
  const std::string page = reference_page(describe(RootConfig()));
  EXPECT_TRUE(
      page.starts_with("## Top\n\n| key | type | default | allowed | meaning |\n"
                       "|---|---|---|---|---|\n"
                       "| `title` | text | `\"run\"` |  | a name for people |\n"))
      << page;
  EXPECT_NE(page.find("\n## `[generator]`, with generator.name = \"dcgan\"\n"), std::string::npos)
      << page;
  EXPECT_NE(page.find("| `penalty.r1.every` | whole number | `1` | > 0 | steps between two uses "
                      "|\n"),
            std::string::npos)
      << page;
}

TEST(ConfigLookup, ReadsAndSetsNumbersByKey) {
  RootConfig root;
  root.r1() = R1{};
  EXPECT_EQ(get_number(root, "batch"), 64);
  EXPECT_EQ(get_number(root, "penalty.r1.gamma"), 0.1);
  set_number(root, "batch", 3);
  set_number(root, "dropout", 0.5);
  set_number(root, "penalty.r1.gamma", 2);
  set_number(root, "generator.width", 7);
  EXPECT_EQ(root.batch, 3);
  EXPECT_EQ(root.dropout, 0.5);
  EXPECT_EQ(root.r1()->gamma, Schedule(2));
  EXPECT_EQ(root.mlp().width, 7);
}

TEST(ConfigLookup, FindsSchedulesInPlace) {
  RootConfig root;
  EXPECT_EQ(find_schedule(root, "optimizer.generator.lr"), &root.optimizer.generator.lr);
  EXPECT_EQ(find_schedule(root, "batch"), nullptr);
  EXPECT_EQ(find_schedule(root, "penalty.r1.gamma"), nullptr);
}

TEST(ConfigLookup, RefusesWhatDoesNotFit) {
  RootConfig root;
  EXPECT_EQ(number_error(root, "batch", 0), "batch: got 0, expected a whole number > 0");
  EXPECT_EQ(number_error(root, "batch", 1.5), "batch: got 1.5, expected a whole number > 0");
  EXPECT_EQ(number_error(root, "batch", 1e300), "batch: got 1e+300, expected a whole number > 0");
  EXPECT_EQ(number_error(root, "dropout", std::numeric_limits<double>::quiet_NaN()),
            "dropout: got nan, expected a finite number in [0, 0.9]");
  EXPECT_EQ(number_error(root, "optimizer.generator.lr", -1),
            "optimizer.generator.lr: got -1, expected a finite number > 0");
  EXPECT_EQ(number_error(root, "title", 1), "title is no number and cannot be set to one");
  EXPECT_EQ(number_error(root, "generator.name", 1),
            "generator.name is no number and cannot be set to one");
  EXPECT_EQ(number_error(root, "optimizer.generator.lrr", 1),
            "unknown number 'optimizer.generator.lrr'; did you mean 'optimizer.generator.lr'?");
  EXPECT_EQ(number_error(root, "penalty.r1.gamma", 1),
            "unknown number 'penalty.r1.gamma'; known: batch, dropout, generator.width, "
            "optimizer.generator.lr, optimizer.discriminator.lr");
}

}  // namespace saddle::config::test
