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

TEST(ConfigDescribe, TellsTheWordsThatAKeyMayHold) {
  const auto keys = describe(RootConfig());
  const auto words = [&](const std::string& key) {
    std::string all;
    for (const Choice& choice : find_key(keys, key)->choices) {
      all += choice.word + (choice.doc.empty() ? "" : " (" + choice.doc + ")") + ";";
    }
    return all;
  };
  EXPECT_EQ(words("generator.name"),
            "mlp (a stack of linear layers);dcgan (strided convolutions);");
  EXPECT_EQ(words("order"), "shuffled;sorted;");
  EXPECT_EQ(words("flip"), "true;false;");
  EXPECT_EQ(words("penalty.r1"), "on;off;");
  EXPECT_EQ(words("batch"), "");
}

TEST(ConfigDescribe, ReferencePageHasASectionForEachTableAndRow) {
  const std::string page = reference_page(describe(RootConfig()));
  const auto expect_in_page = [&](const std::string& text) {
    EXPECT_NE(page.find(text), std::string::npos) << text << "\n" << page;
  };
  expect_in_page(
      "\n## top\n\n| key | default | value | meaning |\n|---|---|---|---|\n"
      "| <a id=\"title\"></a>`title` | `\"run\"` | text | a name for people |\n");
  expect_in_page(
      "\n## generator\n\nThe network.\n\n"
      "| <a id=\"generator.name\"></a>`generator.name` | what it is |\n|---|---|\n"
      "| `mlp` | a stack of linear layers (the default) |\n"
      "| `dcgan` | strided convolutions |\n\nWith `generator.name = \"mlp\"`:\n\n");
  expect_in_page(
      "\n<a id=\"penalty.r1\"></a>\n### penalty.r1\n\nGradient norm on reals.\n"
      "Off by default; `--set penalty.r1=on` changes that.\n\n| key |");
  expect_in_page(
      "| <a id=\"penalty.r1.every\"></a>`penalty.r1.every` | `1` | whole number > 0 | steps "
      "between two uses |\n");
  expect_in_page("| `\"200k\"` | [length](#lengths) |");
  expect_in_page("number >= 0; [may vary](#schedules)");
}

TEST(ConfigDescribe, ReferencePageKeepsAKeyAfterANestedTableInItsOwnSection) {
  const KeyInfo table{.key = "a", .type = "table", .doc = "outer"};
  const KeyInfo inner{.key = "a.b", .type = "table", .doc = "inner"};
  const KeyInfo deep{.key = "a.b.x", .type = "number", .default_value = "1", .doc = "|x|"};
  const KeyInfo late{.key = "a.y", .type = "number", .default_value = "2", .doc = "y"};
  const std::string page = reference_page(std::vector{table, inner, deep, late});
  EXPECT_LT(page.find("`a.y`"), page.find("### a.b"));
  EXPECT_NE(page.find("| \\|x\\| |"), std::string::npos) << page;
}

}  // namespace saddle::config::test
