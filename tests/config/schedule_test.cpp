#include "tests/config/sample.h"

namespace saddle::config::test {
namespace {

using Shape = Schedule::Shape;

Schedule lr(const std::vector<Source>& sources) {
  return loaded(sources).optimizer.generator.lr;
}

Schedule lr(const std::string& value) {
  return lr({file("optimizer.generator.lr = " + value)});
}

std::string lr_error(const std::string& value) {
  return file_error("optimizer.generator.lr = " + value);
}

Schedule cosine() {
  Schedule out(1e-3);
  out.to = 1e-5;
  out.shape = Shape::kCosine;
  out.over = {100000, Length::Unit::kSamples};
  return out;
}

}  // namespace

TEST(ConfigSchedule, ScalarIsAConstant) {
  EXPECT_EQ(lr("0.5"), Schedule(0.5));
  EXPECT_EQ(lr("1"), Schedule(1.0));
}

TEST(ConfigSchedule, InlineTableIsAWholeValue) {
  EXPECT_EQ(lr("{from = 1e-3, to = 1e-5, shape = 'cosine', over = '100k'}"), cosine());
  // Nothing of a lower source stays.
  Schedule line(1);
  line.to = 0.5;
  line.shape = Shape::kLinear;
  EXPECT_EQ(lr({preset("optimizer.generator.lr = {from = 3, to = 4, over = '1k', warmup = 5}"),
                file("optimizer.generator.lr = {from = 1, to = 0.5}")}),
            line);
}

TEST(ConfigSchedule, MissingShapeIsLinearAndMissingEndIsConstant) {
  EXPECT_EQ(lr("{from = 1, to = 2}").shape, Shape::kLinear);
  Schedule warm(0.5);
  warm.warmup = {10000, Length::Unit::kSteps};
  EXPECT_EQ(lr("{from = 0.5, warmup = '10k steps'}"), warm);
}

TEST(ConfigSchedule, OverRunIsTheWholeRun) {
  EXPECT_EQ(lr("{from = 1, to = 2, over = 'run'}").over, Length{});
  EXPECT_EQ(lr("{from = 1, to = 2, over = 500}").over, (Length{500, Length::Unit::kSamples}));
}

TEST(ConfigSchedule, DottedKeyChangesAPart) {
  const Source base =
      preset("optimizer.generator.lr = {from = 1e-3, to = 1e-5, shape = 'cosine', over = '5k'}");
  EXPECT_EQ(lr({base, set({"optimizer.generator.lr.over=100k"})}), cosine());
  EXPECT_EQ(lr({base, file("[optimizer.generator.lr]\nover = '100k'")}), cosine());
  Schedule decayed(2e-4);
  decayed.to = 1e-6;
  decayed.shape = Shape::kLinear;
  EXPECT_EQ(lr({set({"optimizer.generator.lr.to=1e-6"})}), decayed);
  EXPECT_EQ(lr({set({"optimizer.generator.lr.from=1e-6"})}), Schedule(1e-6));
  Schedule flat = cosine();
  flat.to = flat.from;
  flat.shape = Shape::kConstant;
  flat.over = {5000, Length::Unit::kSamples};
  EXPECT_EQ(lr({base, set({"optimizer.generator.lr.shape=constant"})}), flat);
}

TEST(ConfigSchedule, PartsOfOneRankActInOrder) {
  Schedule both(0.5);
  both.warmup = {10, Length::Unit::kSamples};
  EXPECT_EQ(lr({set({"optimizer.generator.lr=0.5", "optimizer.generator.lr.warmup=10"})}), both);
  EXPECT_EQ(lr({set({"optimizer.generator.lr.warmup=10", "optimizer.generator.lr=0.5"})}),
            Schedule(0.5));
  EXPECT_EQ(lr({set({"optimizer.generator.lr.warmup=10", "optimizer.generator.lr={from=0.5}"})}),
            Schedule(0.5));
  EXPECT_EQ(lr({set({"optimizer.generator.lr={from=0.5}", "optimizer.generator.lr.warmup=10"})}),
            both);
}

TEST(ConfigSchedule, OriginIsKeptForTheWholeNumber) {
  RootConfig root;
  const std::vector<Source> sources{file("optimizer.generator.lr = {from = 1, to = 2}")};
  const Loaded got = load(root, sources);
  EXPECT_EQ(got.origins.size(), 1u);
  EXPECT_EQ(got.origin("optimizer.generator.lr"), "my.toml:1");
}

TEST(ConfigSchedule, PartsAreChecked) {
  EXPECT_EQ(lr_error("{to = 1}"),
            "my.toml:1:21: optimizer.generator.lr: got {...} without 'from', expected {from = , to "
            "= , shape = , over = }");
  EXPECT_EQ(lr_error("{from = 1, too = 2}"),
            "my.toml:1:37: unknown key 'optimizer.generator.lr.too'; did you mean 'to'?");
  EXPECT_EQ(lr_error("{from = 1, to = -2}"),
            "my.toml:1:42: optimizer.generator.lr.to: got -2, expected a number > 0");
  EXPECT_EQ(lr_error("{from = 1, to = 2, shape = 'cosin'}"),
            "my.toml:1:53: optimizer.generator.lr.shape: got \"cosin\", expected one of constant, "
            "linear, cosine, exponential, step; did you mean 'cosine'?");
  EXPECT_EQ(lr_error("{from = 1, over = 'rnu'}"),
            "my.toml:1:44: optimizer.generator.lr.over: got \"rnu\", expected \"run\" or a span "
            "such as \"200k\", \"20k steps\" or a whole number of samples");
  EXPECT_EQ(lr_error("{from = 1, to = 2, shape = 'constant'}"),
            "my.toml:1:45: optimizer.generator.lr: got shape \"constant\" from 1 to 2, expected "
            "equal ends; try shape = \"linear\"");
}

TEST(ConfigSchedule, ExponentialNeedsTwoNumbersOfOneSign) {
  EXPECT_EQ(file_error("penalty.r1.gamma = {from = 1, to = 0, shape = 'exponential'}"),
            "my.toml:1:12: penalty.r1.gamma: got shape \"exponential\" from 1 to 0, expected two "
            "numbers of one sign, not 0");
}

}  // namespace saddle::config::test
