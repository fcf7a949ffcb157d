#include "tests/config/sample.h"

namespace saddle::config::test {

TEST(ConfigVariant, NameSelectsARowWithItsDefaults) {
  RootConfig root = loaded({file("[generator]\nname = 'dcgan'\nchannels = 64")});
  EXPECT_EQ(root.dcgan(), (DcganNet{.channels = 64, .slope = 0.2}));
}

TEST(ConfigVariant, KeysWithoutNameGoToTheCurrentRow) {
  EXPECT_EQ(loaded({file("generator.width = 5")}).mlp().width, 5);
  EXPECT_EQ(loaded({preset("generator = 'dcgan'"), set({"generator.channels=8"})}).dcgan().channels,
            8);
}

TEST(ConfigVariant, BareStringIsAName) {
  EXPECT_EQ(loaded({file("objective = 'hinge'")}).objective.index(), 1u);
  EXPECT_EQ(loaded({set({"objective=hinge"})}).objective.index(), 1u);
}

TEST(ConfigVariant, BareNameAndKeysOfOneRankActTogether) {
  for (const auto& order :
       {std::vector<std::string>{"objective=hinge", "objective.margin=2"},
        std::vector<std::string>{"objective.margin=2", "objective=hinge"},
        std::vector<std::string>{"objective.margin=2", "objective.name=hinge"}}) {
    EXPECT_EQ(std::get<Hinge>(loaded({set(order)}).objective).margin, 2);
  }
}

TEST(ConfigVariant, NewNameDropsAndListsKeysOfLowerSources) {
  RootConfig root;
  const std::vector<Source> sources{
      preset("[generator]\nname = 'dcgan'\nchannels = 64\nslope = 0.1"),
      file("\n[generator]\nname = 'mlp'\nwidth = 9")};
  const Loaded got = load(root, sources);
  EXPECT_EQ(root.mlp(), (MlpNet{.width = 9}));
  ASSERT_EQ(got.dropped.size(), 2u);
  EXPECT_EQ(got.dropped[0].text(),
            "generator.channels = 64 (preset mnist) does not apply: my.toml:3 chose generator.name "
            "= \"mlp\"");
  EXPECT_EQ(got.dropped[1].key, "generator.slope");
  EXPECT_EQ(got.dropped[1].value, "0.1");
  EXPECT_EQ(got.origin("generator.channels"), "default");
  EXPECT_EQ(got.origin("generator.name"), "my.toml:3");
  EXPECT_EQ(got.origin("generator.width"), "my.toml:4");
}

TEST(ConfigVariant, SameNameKeepsKeysOfLowerSources) {
  RootConfig root;
  const std::vector<Source> sources{preset("[generator]\nname = 'dcgan'\nchannels = 64"),
                                    set({"generator.name=dcgan", "generator.slope=0.3"})};
  const Loaded got = load(root, sources);
  EXPECT_EQ(root.dcgan(), (DcganNet{.channels = 64, .slope = 0.3}));
  EXPECT_TRUE(got.dropped.empty());
  EXPECT_EQ(got.origin("generator.channels"), "preset mnist");
  EXPECT_EQ(got.origin("generator.name"), "--set");
}

TEST(ConfigVariant, SwitchingAwayAndBackStartsFromDefaults) {
  RootConfig root;
  const std::vector<Source> sources{preset("[generator]\nname = 'dcgan'\nchannels = 64"),
                                    file("generator.name = 'mlp'\ngenerator.width = 3"),
                                    set({"generator=dcgan"})};
  const Loaded got = load(root, sources);
  EXPECT_EQ(root.dcgan(), DcganNet());
  ASSERT_EQ(got.dropped.size(), 2u);
  EXPECT_EQ(got.dropped[0].key, "generator.channels");
  EXPECT_EQ(got.dropped[1].key, "generator.width");
  EXPECT_EQ(got.dropped[1].cause, "--set chose generator.name = \"dcgan\"");
}

TEST(ConfigVariant, KeysOfTheSameSourceMustFit) {
  EXPECT_EQ(
      load_error({set({"generator.channels=8", "generator.name=mlp"})}),
      "--set generator.channels=8: unknown key 'generator.channels'; it goes with generator.name "
      "= \"dcgan\"");
}

TEST(ConfigVariant, KeysOfAHigherSourceMustFit) {
  EXPECT_EQ(load_error({preset("generator.name = 'dcgan'"), file("[generator]\nwidth = 8")}),
            "my.toml:2:1: unknown key 'generator.width'; it goes with generator.name = \"mlp\"");
}

TEST(ConfigVariant, OfTwoNamesInOneRankTheLastHolds) {
  EXPECT_EQ(loaded({set({"generator=dcgan", "generator=mlp", "generator.width=2"})}).mlp().width,
            2);
  EXPECT_EQ(
      loaded({set({"generator.name=dcgan", "generator=mlp", "generator.width=2"})}).mlp().width, 2);
  EXPECT_EQ(loaded({set({"generator=mlp", "generator.name=dcgan", "generator.channels=2"})})
                .dcgan()
                .channels,
            2);
  EXPECT_EQ(loaded({set({"generator.name=dcgan", "generator=mlp", "generator.name=dcgan",
                         "generator.channels=2"})})
                .dcgan()
                .channels,
            2);
}

TEST(ConfigVariant, UnknownNameIsTheOnlyComplaintAboutItsTable) {
  EXPECT_EQ(
      load_error({file("[generator]\nname = 'dcgn'\nchannels = 3"), set({"generator.slope=1"})}),
      "my.toml:2:8: generator.name: got \"dcgn\", expected one of mlp, dcgan; did you mean "
      "'dcgan'?");
  EXPECT_EQ(file_error("generator = 'zzzz'"),
            "my.toml:1:13: generator.name: got \"zzzz\", expected one of mlp, dcgan");
}

TEST(ConfigVariant, NameMustBeAWord) {
  EXPECT_EQ(file_error("generator = 3"),
            "my.toml:1:13: generator.name: got 3, expected one of mlp, dcgan");
  EXPECT_EQ(file_error("[generator.name]\nx = 1"),
            "my.toml:1:12: generator.name: got a table, expected one of mlp, dcgan");
}

TEST(ConfigComponent, TablePresenceSwitchesOn) {
  RootConfig root = loaded({file("[penalty.r1]\n[penalty.bare]")});
  ASSERT_TRUE(root.r1().has_value());
  EXPECT_EQ(*root.r1(), R1());
  EXPECT_TRUE(std::get<2>(root.penalty).has_value());
  EXPECT_FALSE(std::get<1>(root.penalty).has_value());
}

TEST(ConfigComponent, AKeySwitchesOn) {
  RootConfig root;
  const std::vector<Source> sources{set({"penalty.r1.gamma=0.3"})};
  const Loaded got = load(root, sources);
  EXPECT_EQ(root.r1()->gamma, Schedule(0.3));
  EXPECT_EQ(got.origin("penalty.r1"), "--set");
}

TEST(ConfigComponent, OnAndTrueSwitchOnAndKeepWhatIsThere) {
  EXPECT_EQ(*loaded({set({"penalty.r1=on"})}).r1(), R1());
  EXPECT_EQ(*loaded({file("penalty.r1 = true")}).r1(), R1());
  EXPECT_EQ(loaded({preset("penalty.r1.every = 16"), set({"penalty.r1=on"})}).r1()->every, 16);
  EXPECT_EQ(loaded({set({"penalty.r1.every=16", "penalty.r1=on"})}).r1()->every, 16);
}

TEST(ConfigComponent, OffAndFalseRemoveAndListWhatTheyMadeVoid) {
  for (const std::string off : {"penalty.r1=off", "penalty.r1=false"}) {
    RootConfig root;
    const std::vector<Source> sources{preset("[penalty.r1]\ngamma = 0.5"), set({off})};
    const Loaded got = load(root, sources);
    EXPECT_FALSE(root.r1().has_value());
    EXPECT_EQ(got.origin("penalty.r1"), "--set");
    EXPECT_EQ(got.origin("penalty.r1.gamma"), "default");
    ASSERT_EQ(got.dropped.size(), 1u);
    EXPECT_EQ(got.dropped[0].text(),
              "penalty.r1.gamma = 0.5 (preset mnist) does not apply: --set switched penalty.r1 "
              "off");
  }
}

TEST(ConfigComponent, OffThenAKeyStartsFromDefaults) {
  RootConfig root =
      loaded({preset("penalty.r1.every = 16"), set({"penalty.r1=off", "penalty.r1.gamma=2"})});
  EXPECT_EQ(*root.r1(), (R1{.gamma = 2, .every = 1}));
}

TEST(ConfigComponent, AKeyThenOffIsOff) {
  EXPECT_FALSE(loaded({set({"penalty.r1.gamma=2", "penalty.r1=off"})}).r1().has_value());
}

TEST(ConfigComponent, OtherValuesAreRefused) {
  EXPECT_EQ(file_error("penalty.r1 = 3"),
            "my.toml:1:14: penalty.r1: got 3, expected on, off or a table");
  EXPECT_EQ(load_error({set({"penalty.r1=of"})}),
            "--set penalty.r1=of: penalty.r1: got \"of\", expected on, off or a table");
}

TEST(ConfigComponent, WithoutKeysSaysSo) {
  EXPECT_EQ(file_error("[penalty.bare]\nzz = 1"),
            "my.toml:2:1: unknown key 'penalty.bare.zz'; this table has no keys");
}

namespace {

struct DeepRow {
  static constexpr std::string_view kName = "deep";
  static constexpr std::string_view kDoc = "a row with a choice and a component of its own";
  std::variant<MlpNet, DcganNet> inner;
  std::tuple<std::optional<R1>> penalty;
  void fields(Visitor& v) {
    v.variant("inner", inner, "the inner network");
    v.components("penalty", penalty, "inner components");
  }
};

struct NestConfig {
  std::variant<MlpNet, DeepRow> outer;
  std::optional<DeepRow> extra;
  void fields(Visitor& v) {
    v.variant("outer", outer, "the outer network");
    v.component("extra", extra, "a component with a row inside");
  }
};

}  // namespace

TEST(ConfigVariant, RowsNestInRowsAndComponents) {
  NestConfig root;
  const std::vector<Source> sources{
      preset("outer = 'deep'\nouter.inner.name = 'dcgan'"),
  };
  EXPECT_THROW(load(root, sources), Error);  // TOML allows no table below a text

  const std::vector<Source> good{
      preset("[outer]\nname = 'deep'\ninner = {name = 'dcgan', channels = 5}\n"
             "penalty.r1.every = 2\n[extra.inner]\nwidth = 3"),
      set({"extra.inner=dcgan", "outer.inner.slope=1"})};
  const Loaded got = load(root, good);
  const auto& deep = std::get<DeepRow>(root.outer);
  EXPECT_EQ(std::get<DcganNet>(deep.inner), (DcganNet{.channels = 5, .slope = 1}));
  EXPECT_EQ(std::get<0>(deep.penalty)->every, 2);
  EXPECT_EQ(root.extra->inner.index(), 1u);
  ASSERT_EQ(got.dropped.size(), 1u);
  EXPECT_EQ(got.dropped[0].key, "extra.inner.width");

  const std::vector<Source> away{set({"outer=mlp", "extra=off"})};
  load(root, away);
  EXPECT_EQ(root.outer.index(), 0u);
  EXPECT_FALSE(root.extra.has_value());
}

TEST(ConfigVariant, KeyOfARowInARowNamesBoth) {
  NestConfig root;
  const std::vector<Source> sources{file("[outer]\ninner.channels = 3")};
  try {
    load(root, sources);
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(error.message(),
              "my.toml:2:1: unknown key 'outer.inner'; it goes with outer.name = \"deep\"");
  }
}

}  // namespace saddle::config::test
