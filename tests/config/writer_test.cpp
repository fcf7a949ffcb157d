#include "saddle/config/writer.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

#include "saddle/config/toml_text.h"
#include "tests/config/sample.h"

namespace saddle::config::test {
namespace {

/// A config that differs from the defaults in every field.
RootConfig busy() {
  RootConfig root;
  root.title = "tab\t quote\" back\\ line\n bell\x07 del\x7f \xE2\x82\xAC";
  root.flip = true;
  root.batch = INT64_MAX;
  root.dropout = 0.1;
  root.length = {20001, Length::Unit::kSteps};
  root.tags = {"", "b"};
  root.order = Order::kSorted;
  root.generator = DcganNet{.channels = 3, .slope = 1};
  root.objective = Hinge{.margin = 1e-8};
  root.optimizer.generator.lr = 1e22;
  root.optimizer.discriminator.lr.to = 1e-6;
  root.optimizer.discriminator.lr.shape = Schedule::Shape::kExponential;
  root.optimizer.discriminator.lr.warmup = {7, Length::Unit::kSteps};
  root.optimizer.discriminator.betas = {};
  root.r1() = R1{.gamma = 1, .every = 16};
  std::get<2>(root.penalty) = Bare{};
  return root;
}

RootConfig reread(const std::string& text, RootConfig onto = {}) {
  const std::vector<Source> sources{file(text)};
  load(onto, sources);
  return onto;
}

struct NumberConfig {
  double value = 0;
  std::vector<double> values;
  Schedule schedule;
  void fields(Visitor& v) {
    v.field("value", value, "");
    v.field("values", values, "");
    v.field("schedule", schedule, "");
  }
};

}  // namespace

TEST(ConfigWriter, TextIsStableAndComplete) {
  EXPECT_EQ(to_toml(RootConfig()), R"(title = "run"
flip = false
batch = 64
dropout = 0.0
length = "200k"
tags = []
order = "shuffled"

[generator]
name = "mlp"
width = 128
hidden = [64, 64]

[objective]
name = "saturating"

[optimizer.generator]
lr = 2e-04
betas = [0.0, 0.99]

[optimizer.discriminator]
lr = 2e-04
betas = [0.0, 0.99]

[penalty]
r1 = false
weight_clip = false
bare = false
)");
}

TEST(ConfigWriter, RoundTripGivesEqualValues) {
  EXPECT_EQ(reread(to_toml(RootConfig())), RootConfig());
  EXPECT_EQ(reread(to_toml(busy())), busy());
  EXPECT_EQ(to_toml(reread(to_toml(busy()))), to_toml(busy()));
}

TEST(ConfigWriter, RoundTripDoesNotDependOnWhatWasThere) {
  EXPECT_EQ(reread(to_toml(RootConfig()), busy()), RootConfig());
  EXPECT_EQ(reread(to_toml(busy()), busy()), busy());
}

TEST(ConfigWriter, NumbersRoundTripBitForBit) {
  std::mt19937_64 random(7);
  NumberConfig config;
  config.values = {-0.0,
                   1e-323,
                   2.2250738585072014e-308,
                   1.7976931348623157e308,
                   0.1,
                   1.0 / 3,
                   1e7,
                   123456789.0,
                   9007199254740993.0,
                   -1e100};
  while (config.values.size() < 2000) {
    const double value = std::bit_cast<double>(random());
    if (std::isfinite(value)) config.values.push_back(value);
  }
  config.value = -0.0;
  config.schedule = -0.0;
  NumberConfig got;
  const std::vector<Source> sources{file(to_toml(config))};
  load(got, sources);
  ASSERT_EQ(got.values.size(), config.values.size());
  for (std::size_t i = 0; i < got.values.size(); ++i) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>(got.values[i]),
              std::bit_cast<std::uint64_t>(config.values[i]))
        << toml_text(config.values[i]);
  }
  EXPECT_TRUE(std::signbit(got.value));
  EXPECT_TRUE(std::signbit(got.schedule.from));
  EXPECT_TRUE(std::signbit(got.schedule.to));
}

TEST(ConfigWriter, WholeDoublesKeepTheirPoint) {
  EXPECT_EQ(toml_text(1.0), "1.0");
  EXPECT_EQ(toml_text(-0.0), "-0.0");
  EXPECT_EQ(toml_text(1e22), "1e+22");
  EXPECT_EQ(toml_text(1e-8), "1e-08");
  EXPECT_EQ(toml_text(std::numeric_limits<double>::infinity()), "inf");
}

TEST(ConfigWriter, SchedulesAreScalarsOrInlineTables) {
  EXPECT_EQ(toml_text(Schedule(3)), "3.0");
  Schedule moving(1);
  moving.to = 0.1;
  moving.shape = Schedule::Shape::kCosine;
  EXPECT_EQ(toml_text(moving), "{from = 1.0, to = 0.1, shape = \"cosine\", over = \"run\"}");
  moving.over = {100000, Length::Unit::kSamples};
  moving.warmup = {7, Length::Unit::kSteps};
  EXPECT_EQ(toml_text(moving),
            "{from = 1.0, to = 0.1, shape = \"cosine\", over = \"100k\", warmup = \"7 steps\"}");
}

TEST(ConfigWriter, LengthsReadBackEqual) {
  for (const double count : {0.0, 1.0, 999.0, 1000.0, 12345.0, 200001.0, 1234567.0, 25e6, 9e15}) {
    for (const auto unit : {Length::Unit::kSamples, Length::Unit::kSteps}) {
      RootConfig root;
      root.length = {count, unit};
      EXPECT_EQ(reread(to_toml(root)).length, root.length) << to_toml(root);
    }
  }
}

TEST(ConfigWriter, TextsAreEscaped) {
  EXPECT_EQ(toml_text(std::string("a\"b\\c\n\t\x01\x7f\xC3\xA9")),
            "\"a\\\"b\\\\c\\n\\t\\u0001\\u007F\xC3\xA9\"");
}

TEST(ConfigWriter, TextThatIsNotUtf8IsRefusedByKey) {
  for (const std::string bad : {"\xff", "\xC3", "\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80",
                                "\xE0\x80\x80", "\xF0\x80\x80\x80", "\xF4\x90\x80\x80"}) {
    RootConfig root;
    root.title = "ab" + bad;
    try {
      to_toml(root);
      ADD_FAILURE() << "expected an error";
    } catch (const Error& error) {
      EXPECT_TRUE(error.message().starts_with("title: a text is not UTF-8: got byte 0x"))
          << error.message();
      EXPECT_NE(error.message().find(" at 2,"), std::string::npos) << error.message();
    }
  }
}

TEST(ConfigWriter, CommentsNameOrigins) {
  RootConfig root;
  const std::vector<Source> sources{
      preset("[generator]\nname = 'dcgan'\nslope = 0.1\n[penalty.r1]\n"),
      file("batch = 3\npenalty.bare = true"), set({"generator.channels=8", "objective=hinge"})};
  const Loaded origins = load(root, sources);
  EXPECT_EQ(to_toml(root, origins), R"(title = "run"  # default
flip = false  # default
batch = 3  # my.toml:1
dropout = 0.0  # default
length = "200k"  # default
tags = []  # default
order = "shuffled"  # default

[generator]
name = "dcgan"  # preset mnist
channels = 8  # --set
slope = 0.1  # preset mnist

[objective]
name = "hinge"  # --set
margin = 1.0  # default

[optimizer.generator]
lr = 2e-04  # default
betas = [0.0, 0.99]  # default

[optimizer.discriminator]
lr = 2e-04  # default
betas = [0.0, 0.99]  # default

[penalty]
weight_clip = false  # default

[penalty.r1]  # preset mnist
gamma = 0.1  # default
every = 1  # default

[penalty.bare]  # my.toml:2
)");
  EXPECT_EQ(reread(to_toml(root, origins)), root);
}

TEST(ConfigWriter, FlatListServesAsSetArguments) {
  std::vector<std::string> assignments;
  for (const auto& [key, value] : flatten(busy())) assignments.push_back(key + "=" + value);
  EXPECT_EQ(loaded({set(assignments)}), busy());
}

TEST(ConfigWriter, FlatListFollowsTheFields) {
  const auto flat = flatten(busy());
  ASSERT_GT(flat.size(), 10u);
  EXPECT_EQ(flat[0].first, "title");
  EXPECT_EQ(flat[7], (FlatValue{"generator.name", "\"dcgan\""}));
  EXPECT_EQ(flat[8], (FlatValue{"generator.channels", "3"}));
  EXPECT_EQ(flat.back(), (FlatValue{"penalty.bare", "true"}));
}

TEST(ConfigWriter, DiffNamesEveryKeyThatDiffers) {
  RootConfig a, b;
  EXPECT_TRUE(diff(a, b).empty());
  b.batch = 3;
  b.generator = DcganNet{};
  b.r1() = R1{};
  EXPECT_EQ(diff(a, b), (std::vector<Difference>{{"batch", "64", "3"},
                                                 {"generator.name", "\"mlp\"", "\"dcgan\""},
                                                 {"generator.width", "128", ""},
                                                 {"generator.hidden", "[64, 64]", ""},
                                                 {"generator.channels", "", "32"},
                                                 {"generator.slope", "", "0.2"},
                                                 {"penalty.r1", "false", "true"},
                                                 {"penalty.r1.gamma", "", "0.1"},
                                                 {"penalty.r1.every", "", "1"}}));
}

}  // namespace saddle::config::test
