#include <gmock/gmock.h>

#include "tests/config/sample.h"

namespace saddle::config::test {
namespace {

std::string set_error(const std::string& assignment) {
  try {
    set({assignment});
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    return error.message();
  }
  return "";
}

}  // namespace

TEST(ConfigSet, ValuesAreToml) {
  const RootConfig root =
      loaded({set({"batch=0x10", "flip=true", "dropout=1e-1", "tags=['a', \"b\"]",
                   "optimizer.generator.betas=[0.5,0.9]", "title=\"on # e\""})});
  EXPECT_EQ(root.batch, 16);
  EXPECT_TRUE(root.flip);
  EXPECT_EQ(root.dropout, 0.1);
  EXPECT_EQ(root.tags, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(root.optimizer.generator.betas, (std::vector<double>{0.5, 0.9}));
  EXPECT_EQ(root.title, "on # e");
}

TEST(ConfigSet, BareWordIsAString) {
  EXPECT_EQ(loaded({set({"title=my run/7"})}).title, "my run/7");
  EXPECT_EQ(loaded({set({"title=a=b"})}).title, "a=b");
  EXPECT_EQ(loaded({set({"title=C:\\x"})}).title, "C:\\x");
  EXPECT_EQ(loaded({set({"title = spaced "})}).title, "spaced");
  EXPECT_EQ(loaded({set({"title=d\xC3\xA9j\xC3\xA0"})}).title, "d\xC3\xA9j\xC3\xA0");
  EXPECT_EQ(loaded({set({"length=20k steps"})}).length, (Length{20000, Length::Unit::kSteps}));
  EXPECT_EQ(loaded({set({"order=sorted"})}).order, Order::kSorted);
}

TEST(ConfigSet, BareWordInAListIsAString) {
  using Words = std::vector<std::string>;
  const auto tags = [](const std::string& list) { return loaded({set({"tags=" + list})}).tags; };
  EXPECT_EQ(tags("[fid,coverage]"), (Words{"fid", "coverage"}));
  EXPECT_EQ(tags("[ my run/7 , C:\\x, it's ]"), (Words{"my run/7", "C:\\x", "it's"}));
  EXPECT_EQ(tags("[one]"), (Words{"one"}));
  EXPECT_EQ(tags("[]"), Words{});
  EXPECT_EQ(tags("[a, b,]"), (Words{"a", "b"}));
  EXPECT_EQ(tags("[a[0], b{1,2}]"), (Words{"a[0]", "b{1,2}"}));
}

TEST(ConfigSet, QuotesInAListHoldCommasAndBrackets) {
  using Words = std::vector<std::string>;
  const auto tags = [](const std::string& list) { return loaded({set({"tags=" + list})}).tags; };
  EXPECT_EQ(tags("[\"a, b\", c]"), (Words{"a, b", "c"}));
  EXPECT_EQ(tags("[c,'a ] b',\"\\\"]\"]"), (Words{"c", "a ] b", "\"]"}));
}

TEST(ConfigSet, NumbersInAListStayNumbers) {
  const auto betas = [](const std::string& list) {
    return load_error({set({"optimizer.generator.betas=" + list})});
  };
  EXPECT_EQ(loaded({set({"optimizer.generator.betas=[0.5, 1e-1]"})}).optimizer.generator.betas,
            (std::vector<double>{0.5, 0.1}));
  EXPECT_THAT(betas("[0.5, x]"), testing::HasSubstr("got \"x\""));
  EXPECT_THAT(load_error({set({"tags=[a, 1, true]"})}),
              testing::AllOf(testing::HasSubstr("got 1"), testing::HasSubstr("got true")));
  EXPECT_THAT(load_error({set({"tags=[[a, 2], [\"b\", [c d]]]"})}),
              testing::AllOf(testing::HasSubstr("got [\"a\", 2]"),
                             testing::HasSubstr("got [\"b\", [\"c d\"]]")));
}

TEST(ConfigSet, LastOfTheSameKeyWins) {
  EXPECT_EQ(loaded({set({"batch=1", "batch=2"})}).batch, 2);
}

TEST(ConfigSet, ProblemsNameTheArgument) {
  EXPECT_EQ(load_error({set({"penalty.r1.gama=0.3"})}),
            "--set penalty.r1.gama=0.3: unknown key 'penalty.r1.gama'; did you mean 'gamma'?");
  EXPECT_EQ(load_error({set({"batch=many"})}),
            "--set batch=many: batch: got \"many\", expected a whole number > 0");
  EXPECT_EQ(load_error({set({"title=10"})}),
            "--set title=10: title: got 10, expected a text; try it in double quotes");
}

TEST(ConfigSet, BrokenTomlNamesTheArgument) {
  const std::string open_list = load_error({set({"tags=['a'"})});
  EXPECT_TRUE(open_list.starts_with("--set tags=['a': not TOML: ")) << open_list;
  for (const std::string list :
       {"[a", "[a, b", "[a]b]", "[a], [b]", "['a, b]", "[[a, b]", "[{x]"}) {
    EXPECT_EQ(load_error({set({"tags=" + list})}),
              "--set tags=" + list + ": not TOML: brackets or quotes of the list do not close");
  }
  const std::string no_item = load_error({set({"tags=[a,, b]"})});
  EXPECT_TRUE(no_item.starts_with("--set tags=[a,, b]: not TOML: parsing array")) << no_item;
  const std::string bad_key = load_error({set({"a b=1"})});
  EXPECT_TRUE(bad_key.starts_with("--set a b=1: not TOML: ")) << bad_key;
  const std::string empty_part = load_error({set({"a..b=1"})});
  EXPECT_TRUE(empty_part.starts_with("--set a..b=1: not TOML: ")) << empty_part;
}

TEST(ConfigSet, WhatIsNoAssignmentIsRefused) {
  const std::string end = "; try --set optimizer.generator.lr=0.001";
  EXPECT_EQ(set_error("batch"), "--set batch: expected KEY=VALUE" + end);
  EXPECT_EQ(set_error(""), "--set : expected KEY=VALUE" + end);
  EXPECT_EQ(set_error("=3"), "--set =3: expected a key before '='" + end);
  EXPECT_EQ(set_error("batch= "), "--set batch= : expected a value after '='" + end);
  EXPECT_EQ(set_error("batch=1\nflip=true"), "--set batch=1\nflip=true: expected one line" + end);
}

TEST(ConfigSet, ValueThatIsNotUtf8IsRefused) {
  const std::string message = load_error({set({"title=\xff"})});
  EXPECT_NE(message.find("a text is not UTF-8: got byte 0xff at 0"), std::string::npos) << message;
}

}  // namespace saddle::config::test
