#include "saddle/config/describe.h"

#include <algorithm>

#include "tests/config/sample.h"

namespace saddle::config::test {
namespace {

const KeyInfo* find_key(const std::vector<KeyInfo>& keys, const std::string& key) {
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](const KeyInfo& info) { return info.key == key; });
  return found == keys.end() ? nullptr : &*found;
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

}  // namespace saddle::config::test
