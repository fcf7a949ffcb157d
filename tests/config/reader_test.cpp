#include "saddle/config/reader.h"

#include <cmath>
#include <filesystem>

#include "tests/config/sample.h"

namespace saddle::config::test {

TEST(ConfigReader, NoSourceLeavesDefaults) {
  EXPECT_EQ(loaded({}), RootConfig());
}

TEST(ConfigReader, ReadsEveryKindOfField) {
  const RootConfig root = loaded({file(R"(
title = "a \"b\""
flip = true
batch = 7
dropout = 0.25
length = "20k steps"
tags = ["a", "b"]
order = "sorted"
[optimizer.generator]
lr = 1e-3
betas = [0.5, 1]
)")});
  EXPECT_EQ(root.title, "a \"b\"");
  EXPECT_TRUE(root.flip);
  EXPECT_EQ(root.batch, 7);
  EXPECT_EQ(root.dropout, 0.25);
  EXPECT_EQ(root.length, (Length{20000, Length::Unit::kSteps}));
  EXPECT_EQ(root.tags, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(root.order, Order::kSorted);
  EXPECT_EQ(root.optimizer.generator.lr, Schedule(1e-3));
  EXPECT_EQ(root.optimizer.generator.betas, (std::vector<double>{0.5, 1}));
  EXPECT_EQ(root.optimizer.discriminator, OptimizerConfig());
}

TEST(ConfigReader, WholeNumbersServeAsNumbers) {
  EXPECT_EQ(loaded({file("dropout = 0\nlength = 3000")}).length,
            (Length{3000, Length::Unit::kSamples}));
}

TEST(ConfigReader, SetBeatsFileBeatsPresetBeatsDefault) {
  RootConfig root;
  const std::vector<Source> sources{set({"batch=4"}), file("batch = 3\ntitle = 'f'"),
                                    preset("batch = 2\ntitle = 'p'\nflip = true")};
  const Loaded got = load(root, sources);
  EXPECT_EQ(root.batch, 4);
  EXPECT_EQ(root.title, "f");
  EXPECT_TRUE(root.flip);
  EXPECT_EQ(got.origin("batch"), "--set");
  EXPECT_EQ(got.origin("title"), "my.toml:2");
  EXPECT_EQ(got.origin("flip"), "preset mnist");
  EXPECT_EQ(got.origin("dropout"), "default");
}

TEST(ConfigReader, LaterFileWinsOfTwo) {
  const RootConfig root =
      loaded({file("batch = 1", "a.toml"), file("batch = 2", "b.toml", kFileRank + 1)});
  EXPECT_EQ(root.batch, 2);
  EXPECT_EQ(loaded({file("batch = 1", "a.toml"), file("batch = 2", "b.toml")}).batch, 2);
}

TEST(ConfigReader, UnknownKeyNamesPlaceAndNearest) {
  EXPECT_EQ(file_error("\n\noptimizer.generator.lrr = 1"),
            "my.toml:3:21: unknown key 'optimizer.generator.lrr'; did you mean 'lr'?");
  EXPECT_EQ(load_error({preset("btach = 1")}),
            "preset mnist:1:1: unknown key 'btach'; did you mean 'batch'?");
}

TEST(ConfigReader, UnknownTableNamesNearest) {
  EXPECT_EQ(file_error("[optimiser]\nlr = 1"),
            "my.toml:1:2: unknown key 'optimiser'; did you mean 'optimizer'?");
}

TEST(ConfigReader, UnknownKeyIsFoundInOtherTables) {
  EXPECT_EQ(file_error("betas = [0.5]"),
            "my.toml:1:1: unknown key 'betas'; did you mean 'optimizer.discriminator.betas' or "
            "'optimizer.generator.betas'?");
}

TEST(ConfigReader, UnknownKeyWithoutNearOneListsAll) {
  EXPECT_EQ(file_error("[optimizer.generator]\nzzzzzz = 1"),
            "my.toml:2:1: unknown key 'optimizer.generator.zzzzzz'; known: lr, betas");
}

TEST(ConfigReader, UnknownKeyOfAnotherRowSaysSo) {
  EXPECT_EQ(
      file_error("[generator]\nname = 'mlp'\nchannels = 3"),
      "my.toml:3:1: unknown key 'generator.channels'; it goes with generator.name = \"dcgan\"");
}

TEST(ConfigReader, WrongTypesSayWhatWasExpected) {
  EXPECT_EQ(file_error("flip = 1"), "my.toml:1:8: flip: got 1, expected true or false");
  EXPECT_EQ(file_error("flip = 'off'"), "my.toml:1:8: flip: got \"off\", expected true or false");
  EXPECT_EQ(file_error("batch = '7'"),
            "my.toml:1:9: batch: got \"7\", expected a whole number > 0");
  EXPECT_EQ(file_error("batch = 1e2"),
            "my.toml:1:9: batch: got 100.0, expected a whole number > 0; try 100");
  EXPECT_EQ(file_error("batch = 1.5"), "my.toml:1:9: batch: got 1.5, expected a whole number > 0");
  EXPECT_EQ(file_error("dropout = true"),
            "my.toml:1:11: dropout: got true, expected a number in [0, 0.9]");
  EXPECT_EQ(file_error("title = 3"),
            "my.toml:1:9: title: got 3, expected a text; try it in double quotes");
  EXPECT_EQ(file_error("title = 2024-01-01"),
            "my.toml:1:9: title: got a date or time, expected a text; try it in double quotes");
  EXPECT_EQ(file_error("tags = 'a'"),
            "my.toml:1:8: tags: got \"a\", expected a list of texts; try it in square brackets");
  EXPECT_EQ(file_error("tags = ['a', 2]"),
            "my.toml:1:14: tags: got 2, expected a text; try it in double quotes");
  EXPECT_EQ(file_error("optimizer.generator.betas = 0.5"),
            "my.toml:1:29: optimizer.generator.betas: got 0.5, expected a list of numbers in [0, "
            "1]; try it in square brackets");
  EXPECT_EQ(file_error("[generator]\nhidden = [1, 2.5]"),
            "my.toml:2:14: generator.hidden: got 2.5, expected a whole number > 0");
}

TEST(ConfigReader, TableWhereValueIsExpectedAndBack) {
  EXPECT_EQ(file_error("[batch]\nx = 1"),
            "my.toml:1:2: batch: got a table, expected a whole number > 0");
  EXPECT_EQ(file_error("[flip]"), "my.toml:1:2: flip: got a table, expected true or false");
  EXPECT_EQ(file_error("optimizer = 3"), "my.toml:1:13: optimizer: got 3, expected a table");
  EXPECT_EQ(file_error("[[optimizer]]\nlr = 1"),
            "my.toml:1:1: optimizer: got [a table], expected a table");
}

TEST(ConfigReader, OutOfRangeNamesTheRange) {
  EXPECT_EQ(file_error("batch = 0"), "my.toml:1:9: batch: got 0, expected a whole number > 0");
  EXPECT_EQ(file_error("dropout = 0.91"),
            "my.toml:1:11: dropout: got 0.91, expected a number in [0, 0.9]");
  EXPECT_EQ(file_error("optimizer.generator.betas = [0, -1, 2]"),
            "2 problems:\n"
            "  my.toml:1:33: optimizer.generator.betas: got -1, expected a number in [0, 1]\n"
            "  my.toml:1:37: optimizer.generator.betas: got 2, expected a number in [0, 1]");
}

TEST(ConfigReader, BothEndsOfARangeAreInside) {
  EXPECT_EQ(loaded({file("dropout = 0.9")}).dropout, 0.9);
  EXPECT_EQ(loaded({file("dropout = 0")}).dropout, 0);
}

TEST(ConfigReader, NanAndInfinityAreRefused) {
  EXPECT_EQ(file_error("dropout = nan"),
            "my.toml:1:11: dropout: got nan, expected a number in [0, 0.9]; it must be finite");
  EXPECT_EQ(file_error("optimizer.generator.lr = inf"),
            "my.toml:1:26: optimizer.generator.lr: got inf, expected a number > 0, or {from = , "
            "to = , shape = , over = }; it must be finite");
  EXPECT_EQ(file_error("length = -inf"),
            "my.toml:1:10: length: got -inf, expected a span such as \"200k\", \"20k steps\" or a "
            "whole number of samples; it must be finite");
}

TEST(ConfigReader, LengthsMustBeReadable) {
  const std::string expected =
      ", expected a span such as \"200k\", \"20k steps\" or a whole number of samples";
  EXPECT_EQ(file_error("length = '20 kilos'"), "my.toml:1:10: length: got \"20 kilos\"" + expected);
  EXPECT_EQ(file_error("length = -5"), "my.toml:1:10: length: got -5" + expected);
  EXPECT_EQ(file_error("length = 1.5"), "my.toml:1:10: length: got 1.5" + expected);
  EXPECT_EQ(file_error("length = 9100000000000000"),
            "my.toml:1:10: length: got 9100000000000000" + expected);
  EXPECT_EQ(file_error("length = 1e300"), "my.toml:1:10: length: got 1e+300" + expected);
  EXPECT_EQ(file_error("length = true"), "my.toml:1:10: length: got true" + expected);
}

TEST(ConfigReader, UnknownWordNamesTheWords) {
  EXPECT_EQ(file_error("order = 'sortd'"),
            "my.toml:1:9: order: got \"sortd\", expected one of shuffled, sorted; did you mean "
            "'sorted'?");
  EXPECT_EQ(file_error("order = 'zzz'"),
            "my.toml:1:9: order: got \"zzz\", expected one of shuffled, sorted");
  EXPECT_EQ(file_error("order = 1"), "my.toml:1:9: order: got 1, expected one of shuffled, sorted");
}

TEST(ConfigReader, AllProblemsOfAllSourcesComeAtOnceInOrder) {
  EXPECT_EQ(load_error({set({"bach=1", "order=sortd"}),
                        file("zeta = 1\nbatch = -1\n[penalty.r2]\ngamma = 1\n[optimizer]\n"
                             "generator.lr = 'x'\n"),
                        preset("dropout = 2")}),
            "7 problems:\n"
            "  preset mnist:1:11: dropout: got 2, expected a number in [0, 0.9]\n"
            "  my.toml:1:1: unknown key 'zeta'; known: title, flip, batch, dropout, length, tags, "
            "order, generator, objective, optimizer, penalty\n"
            "  my.toml:2:9: batch: got -1, expected a whole number > 0\n"
            "  my.toml:3:10: unknown key 'penalty.r2'; did you mean 'r1'?\n"
            "  my.toml:6:16: optimizer.generator.lr: got \"x\", expected a number > 0, or {from = "
            ", to = , shape = , over = }\n"
            "  --set bach=1: unknown key 'bach'; did you mean 'batch'?\n"
            "  --set order=sortd: order: got \"sortd\", expected one of shuffled, sorted; did you "
            "mean 'sorted'?");
}

TEST(ConfigReader, BadValueOfALowerSourceIsReportedEvenWhenOverridden) {
  EXPECT_EQ(load_error({preset("batch = 0"), set({"batch=3"})}),
            "preset mnist:1:9: batch: got 0, expected a whole number > 0");
}

TEST(ConfigReader, LongValuesAreCutInMessages) {
  const std::string message = file_error("batch = '" + std::string(500, 'a') + "'");
  EXPECT_EQ(message, "my.toml:1:9: batch: got \"" + std::string(60, 'a') +
                         "\"..., expected a whole number > 0");
}

TEST(ConfigReader, FileThatIsMissingIsAnInputError) {
  try {
    file_source("/nonexistent/my.toml");
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInput);
    EXPECT_NE(error.message().find("/nonexistent/my.toml"), std::string::npos);
  }
}

}  // namespace saddle::config::test
