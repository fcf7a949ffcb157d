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
