#include "saddle/metric/evaluation.h"

#include <gmock/gmock.h>

#include "saddle/metric/catalogue.h"
#include "saddle/metric/measure.h"
#include "saddle/metric/pair_measures.h"
#include "tests/metric/fixtures.h"

namespace saddle::test {
namespace {

using metric::EvaluationRequest;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr double kExact = 1e-9;  // float64 sums of a few hundred numbers

EvaluationRequest rows_request(std::vector<std::string> metrics, const at::Tensor& real,
                               const at::Tensor& fake) {
  EvaluationRequest request;
  request.metrics = std::move(metrics);
  if (real.defined()) request.real = metric::array_set(real, {}, "real.npy");
  request.fake = metric::array_set(fake, {}, "fake.npy");
  request.settings.bootstrap.resamples = 0;  // the spread is not looked at here
  return request;
}

metric::MetricValue only(const EvaluationRequest& request) {
  const auto values = metric::evaluate_sets(request).metrics;
  EXPECT_EQ(values.size(), 1u);
  return values.front();
}

std::string request_error(const EvaluationRequest& request, ErrorCode code) {
  try {
    metric::evaluate_sets(request);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  return "no error";
}

TEST(Catalogue, NamesThatCanBeAskedForAreThoseThatAreMeasured) {
  std::vector<std::string> measured;
  for (const metric::Measure& measure : metric::measures()) {
    for (const auto name : measure.names) measured.emplace_back(name);
  }
  for (const auto name : metric::pair_metric_names()) measured.emplace_back(name);
  EXPECT_THAT(measured, testing::UnorderedElementsAreArray(metric::metric_names()));
}

TEST(Evaluation, MetricsComeAsTheyAreAskedFor) {
  const auto request = rows_request({"recall", "fid", "precision", "fid", "kid", "coverage"},
                                    normal(1, {60, 3}), normal(2, {60, 3}));
  const auto values = metric::evaluate_sets(request).metrics;
  EXPECT_THAT(names_of(values),
              ElementsAre("recall", "fid", "precision", "fid", "kid", "coverage"));
  for (const auto& value : values) {
    EXPECT_EQ(value.value,
              only(rows_request({value.name}, normal(1, {60, 3}), normal(2, {60, 3}))).value)
        << value.name;
    EXPECT_EQ(value.n_real, 60);
    EXPECT_EQ(value.n_fake, 60);
    EXPECT_THAT(value.protocol, HasSubstr("real: 60 samples of real.npy (sha256:"));
    EXPECT_THAT(value.protocol, HasSubstr("seed 0"));
  }
}

TEST(Evaluation, PointMassesHaveTheirDistanceAndFloorsOfNothing) {
  // All reals at 0, all fakes at (3,4): 2 |d| of energy, |d|^2 of Fréchet.
  const at::Tensor fake = at::tensor({3.0, 4.0}).repeat({20, 1});
  const auto values =
      metric::evaluate_sets(rows_request({"energy", "fid"}, at::zeros({40, 2}), fake)).metrics;
  EXPECT_NEAR(values[0].value, 10, kExact);
  EXPECT_NEAR(values[1].value, 25, kExact);
  for (const auto& value : values) {
    EXPECT_NEAR(value.floor, 0, kExact);
    EXPECT_NEAR(value.floor_spread, 0, kExact);
    EXPECT_NEAR(value.baseline, 0, kExact);
  }
}

TEST(Evaluation, BaselineLosesWhatTiesTheFeatures) {
  // Both features are the same number; drawn one by one they are independent.
  const at::Tensor x = normal(3, {400, 1}).repeat({1, 2});
  const auto value = only(rows_request({"fid"}, x, x));
  EXPECT_NEAR(value.value, 0, 1e-6);
  // Covariances [1 1; 1 1] and 1: 2 + 2 - 2 sqrt(2).
  EXPECT_NEAR(value.baseline, 4 - 2 * std::sqrt(2.0), 0.3);
}

TEST(Evaluation, FloorIsAtTheNumberOfTheFakesWhereTheRealSetHasEnough) {
  auto request = rows_request({"fid"}, normal(4, {300, 2}), normal(5, {300, 2}));
  request.n = 100;
  const auto enough = only(request);
  EXPECT_THAT(enough.protocol, HasSubstr("floor: mean over 3 random splits of the real set, 100 "
                                         "against 100, spread: their sd"));
  EXPECT_GT(enough.floor, 0);
  EXPECT_NEAR(enough.value, enough.floor, 10 * enough.floor_spread + 0.1);
  const auto halves = only(rows_request({"fid"}, normal(4, {61, 2}), normal(5, {80, 2})));
  EXPECT_THAT(halves.protocol,
              HasSubstr("30 against 30 (its halves, biased as that many samples are)"));
  request.settings.floor.splits = 0;
  EXPECT_TRUE(std::isnan(only(request).floor));
  EXPECT_THAT(only(request).protocol, Not(HasSubstr("floor")));
}

TEST(Evaluation, AFloorThatCannotBeMeasuredIsNotSpokenOf) {
  std::vector<std::string> said;
  auto request = rows_request({"precision", "energy"}, normal(1, {7, 2}), normal(2, {7, 2}));
  request.log = Log([&](LogLevel, std::string_view text) { said.emplace_back(text); });
  const auto values = metric::evaluate_sets(request).metrics;
  EXPECT_TRUE(std::isnan(values[0].floor));
  EXPECT_THAT(values[0].protocol, Not(HasSubstr("floor: mean")));
  EXPECT_THAT(values[1].protocol, HasSubstr("floor: mean over 3 random splits"));
  EXPECT_THAT(said, ElementsAre(HasSubstr("no floor of precision: rows: got 3 for k = ")));
}

TEST(Evaluation, FloorAndBaselineCanBeLeftOut) {
  auto request = rows_request({"is", "fid"}, normal(4, {50, 4}), normal(5, {50, 4}));
  const auto with = metric::evaluate_sets(request).metrics;
  request.asides = false;
  const auto without = metric::evaluate_sets(request).metrics;
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(with[i].value, without[i].value);
    EXPECT_FALSE(std::isnan(with[i].floor));
    EXPECT_TRUE(std::isnan(without[i].floor));
  }
  EXPECT_EQ(without[0].baseline, with[0].baseline);  // is: made of the fakes' own logits
  EXPECT_TRUE(std::isnan(without[1].baseline));
}

TEST(Evaluation, ASeedGivesTheSameNumbersAndAnotherSeedOthers) {
  auto request =
      rows_request({"kid", "fid_inf", "sliced_w2"}, normal(6, {90, 3}), normal(7, {90, 3}));
  request.settings.kid.size = 30;
  const auto first = metric::evaluate_sets(request).metrics;
  const auto again = metric::evaluate_sets(request).metrics;
  request.seed = 1;
  const auto other = metric::evaluate_sets(request).metrics;
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].value, again[i].value);
    EXPECT_EQ(metric::metrics_json({&first[i], 1}).dump(),
              metric::metrics_json({&again[i], 1}).dump());
    EXPECT_NE(first[i].value, other[i].value);
    EXPECT_THAT(metric::condition_differences(first[i], other[i]), IsEmpty());
  }
}

TEST(Evaluation, WhatMakesNumbersIncomparableIsACondition) {
  const at::Tensor real = normal(8, {80, 3}), fake = normal(9, {80, 3});
  const auto base = [&] {
    return rows_request({"kid", "sliced_w2", "precision", "fid"}, real, fake);
  };
  const auto differs = [&](std::size_t metric, auto change) {
    EvaluationRequest request = base();
    change(request);
    const auto a = metric::evaluate_sets(base()).metrics[metric];
    return metric::condition_differences(a, metric::evaluate_sets(request).metrics[metric]);
  };
  EXPECT_THAT(differs(0, [](auto& r) { r.settings.kid.size = 20; }),
              ElementsAre("subsets: 100 of at most 1000 against 100 of at most 20"));
  EXPECT_THAT(differs(1, [](auto& r) { r.settings.sliced.p = 1; }), ElementsAre("p: 2 against 1"));
  EXPECT_THAT(differs(2, [](auto& r) { r.settings.manifold.k = 4; }),
              ElementsAre("k of precision and recall: 3 against 4"));
  EXPECT_THAT(differs(3, [](auto& r) { r.settings.fid.float32_mean = true; }),
              ElementsAre("means: float64 against float32"));
  EXPECT_THAT(differs(3, [](auto& r) { r.n = 40; }),
              ElementsAre("n of the real: 80 against 40", "n of the fakes: 80 against 40"));
  EXPECT_EQ(differs(3,
                    [](auto& r) {
                      r.real = metric::array_set(normal(1, {80, 3}), {}, "x");
                    })
                .size(),
            1u);
  EXPECT_THAT(differs(3, [](auto& r) { r.seed = 9; }), IsEmpty());
  EXPECT_THAT(differs(3, [](auto& r) { r.settings.kid.size = 20; }), IsEmpty());  // not of fid
}

// A file that moves is the same, one that changes is not.
TEST(Evaluation, GivenArraysAreToldByWhatTheyHold) {
  const TemporaryDirectory place;
  const auto subsets_at = [&](const char* name, std::int64_t first) {
    const std::string file = (place / name).string();
    save_safetensors(file, {{"rows", (at::arange(5, at::kLong) + first).unsqueeze(0)}}, {});
    auto request = rows_request({"kid"}, normal(8, {80, 3}), normal(9, {80, 3}));
    request.settings.kid.real_index = file;
    request.settings.kid.fake_index = file;
    return only(request);
  };
  const auto a = subsets_at("a.safetensors", 0), b = subsets_at("b.safetensors", 0),
             c = subsets_at("c.safetensors", 7);
  EXPECT_EQ(a.value, b.value);
  EXPECT_THAT(metric::condition_differences(a, b), IsEmpty());
  EXPECT_EQ(metric::condition_differences(a, c).size(), 1u);
}

TEST(Evaluation, NTakesTheFirstSamplesOfEachSet) {
  const at::Tensor real = normal(10, {80, 3}), fake = normal(11, {60, 3});
  auto request = rows_request({"fid"}, real, fake);
  request.n = 50;
  const auto value = only(request);
  EXPECT_EQ(value.n_real, 50);
  EXPECT_EQ(value.n_fake, 50);
  EXPECT_EQ(value.value,
            only(rows_request({"fid"}, real.narrow(0, 0, 50), fake.narrow(0, 0, 50))).value);
  request.n = 1000;
  EXPECT_EQ(only(request).n_real, 80);
  EXPECT_EQ(only(request).n_fake, 60);
}

TEST(Evaluation, WhatAMetricNeedsIsNamedWithTheFlag) {
  const at::Tensor x = normal(12, {20, 2});
  const auto says = [&](const std::string& metric, bool real = true) {
    return request_error(rows_request({metric}, real ? x : at::Tensor(), x), ErrorCode::kUsage);
  };
  EXPECT_EQ(says("fid", false), "[eval] metric 'fid' needs real samples; give --real");
  EXPECT_EQ(says("memorisation"),
            "[eval] metric 'memorisation' needs the training set, and unseen samples as --real; "
            "give --train");
  EXPECT_EQ(says("intra_fid"),
            "[eval] metric 'intra_fid' needs labels of the real samples; give --real-labels");
  EXPECT_EQ(says("auroc"), "[eval] metric 'auroc' needs labels of the fakes; give --fake-labels");
  EXPECT_EQ(says("psnr"),
            "[eval] metric 'psnr' compares pairs of images; give arrays or folders of images as "
            "--real and --fake");
  EXPECT_EQ(says("ppl"),
            "[ppl] path length is that of a generator of images: give a run or a TorchScript "
            "generator as --fake");
  EXPECT_EQ(says("modes"),
            "[modes] modes are counted around known centres: give --set modes.centres=FILE#KEY "
            "and --set modes.sd=NUMBER");
  EXPECT_EQ(says("birthday", false),
            "[birthday] the distance of duplicates is found from real samples: give --real, or "
            "--set birthday.tau=DISTANCE");
  EXPECT_EQ(says("fdi"), "[eval] unknown metric 'fdi'; did you mean 'fid'?");
  auto images = rows_request({"is"}, byte_noise(1, {6, 1, 4, 4}), byte_noise(2, {6, 1, 4, 4}));
  images.extractor = metric::make_extractor("pixels");
  EXPECT_EQ(request_error(images, ErrorCode::kUsage),
            "[eval] metric 'is' needs logits of classes; give rows of logits as --fake, or an "
            "--extractor that gives logits");
  images.metrics = {"fid"};
  images.extractor = nullptr;
  EXPECT_EQ(request_error(images, ErrorCode::kUsage),
            "[eval] fake.npy holds images, which an extractor turns into features; give "
            "--extractor");
  EXPECT_EQ(request_error(rows_request({}, x, x), ErrorCode::kUsage),
            "[eval] no metric is named; give --metrics fid,precision,recall, for example");
}

TEST(Evaluation, SetsThatDoNotFitAreNamedWithTheirWidths) {
  EXPECT_EQ(
      request_error(rows_request({"fid"}, normal(1, {9, 3}), normal(2, {9, 4})), ErrorCode::kInput),
      "[eval] real.npy gives 3 numbers a sample, fake.npy 4: expected as many; compare rows "
      "with rows of the same features, or images with images");
  at::Tensor bad = normal(1, {9, 3});
  bad[2] = NAN;
  bad[7][1] = INFINITY;
  EXPECT_EQ(request_error(rows_request({"fid"}, bad, normal(2, {9, 3})), ErrorCode::kNumeric),
            "[eval] real.npy: got 2 of 9 rows with NaN or Inf, expected finite numbers");
  EXPECT_EQ(request_error(rows_request({"fid"}, normal(1, {9, 3}) * 1e151, normal(2, {9, 3})),
                          ErrorCode::kNumeric)
                .substr(0, 31),
            "[eval] real.npy: got numbers up");
  EXPECT_EQ(
      request_error(rows_request({"fid"}, normal(1, {9, 3}), normal(2, {1, 3})), ErrorCode::kInput),
      "[frechet] rows: got 1, expected at least 2; a covariance needs two samples, try a larger n");
}

TEST(Evaluation, NumbersToReadWithCareCarryAWarning) {
  const auto few = only(rows_request({"fid"}, normal(1, {5, 8}), normal(2, {5, 8})));
  EXPECT_THAT(few.warning, HasSubstr("5 rows for 8 features: the covariance is singular"));
  const auto whole = only(rows_request({"kid"}, normal(1, {50, 2}), normal(2, {50, 2})));
  EXPECT_EQ(whole.warning,
            "each subset is the whole of both sets, so there is no spread; try --set kid.size=25");
  EXPECT_TRUE(std::isnan(whole.spread));
  EXPECT_EQ(only(rows_request({"kid"}, normal(1, {50, 2}), normal(2, {60, 2}))).warning, "");
  EXPECT_EQ(only(rows_request({"fid_inf"}, normal(1, {90, 6}), normal(2, {60, 6}))).warning,
            "its smallest size has 6 fakes for 6 features, where the distance is no line in 1/n; "
            "take at least 70 fakes");
  EXPECT_EQ(only(rows_request({"fid_inf"}, normal(1, {90, 6}), normal(2, {70, 6}))).warning, "");
  auto first_order = rows_request({"sliced_w2"}, normal(1, {50, 2}), normal(2, {50, 2}));
  first_order.settings.sliced.p = 1;
  EXPECT_EQ(only(first_order).warning, "of order p = 1, not 2");
}

TEST(Evaluation, WhatIsNotAskedForNeedsNoRows) {
  const auto few = [](const char* metric) {
    return rows_request({metric}, normal(1, {5, 2}), normal(2, {5, 2}));
  };
  EXPECT_FALSE(std::isnan(only(few("precision")).value));
  EXPECT_THAT(request_error(few("coverage"), ErrorCode::kInput), HasSubstr("got 5 for k = 5"));
  auto both = few("precision");
  EXPECT_THAT(
      request_error(rows_request({"precision", "coverage"}, normal(1, {3, 2}), normal(2, {3, 2})),
                    ErrorCode::kInput),
      HasSubstr("got 3 for k = 3"));
  both.metrics = {"coverage", "precision"};
  const metric::Evaluation found = metric::evaluate_sets(both);
  EXPECT_TRUE(found.incomplete);
  EXPECT_TRUE(std::isnan(found.metrics[0].value));
  EXPECT_THAT(found.metrics[0].warning, HasSubstr("not measured: rows: got 5 for k = 5"));
  EXPECT_EQ(found.metrics[1].value, only(few("precision")).value);
  const auto coverage =
      only(rows_request({"coverage"}, normal(1, {1000, 2}), normal(2, {1000, 2})));
  ASSERT_EQ(coverage.parts.size(), 1u);
  EXPECT_NEAR(coverage.parts[0], 0.9689, 1e-4);  // 1 - 2^-5, a little more
  EXPECT_NEAR(coverage.value, coverage.parts[0], 0.03);
}

// Each metric by itself: sums that overflow, roots that are none.
TEST(Evaluation, NumbersNearTheEndOfDoublesGiveNoNonsense) {
  const auto at_scale = [](double scale) {
    return rows_request({"fid", "kid", "precision"}, normal(1, {60, 3}) * scale,
                        normal(2, {60, 3}) * scale);
  };
  const auto plain = metric::evaluate_sets(at_scale(1)).metrics;
  for (const double scale : {1e-140, 1e100, 1e140}) {
    const metric::Evaluation found = metric::evaluate_sets(at_scale(scale));
    EXPECT_EQ(found.metrics[2].value, plain[2].value) << scale;
    EXPECT_NEAR(found.metrics[0].value / scale / scale, plain[0].value, kExact) << scale;
    if (scale < 1) continue;
    EXPECT_TRUE(found.incomplete) << scale;
    EXPECT_TRUE(std::isnan(found.metrics[1].value)) << scale;
    EXPECT_THAT(found.metrics[1].warning, HasSubstr("scale the features")) << scale;
  }
  EXPECT_THAT(request_error(at_scale(1e-170), ErrorCode::kNumeric),
              HasSubstr("scale the features"));
}

TEST(Evaluation, DirectionsAreUnitColumns) {
  const TemporaryDirectory place;
  auto request = rows_request({"sliced_w2"}, normal(1, {50, 2}), normal(2, {50, 2}));
  request.settings.sliced.directions = (place / "d.safetensors").string();
  save_safetensors(request.settings.sliced.directions, {{"d", at::full({2, 1}, 3.0)}});
  EXPECT_THAT(request_error(request, ErrorCode::kInput), HasSubstr("expected unit columns"));
}

TEST(Evaluation, RowsThatRepeatAreLegal) {
  const at::Tensor x = normal(13, {40, 2}), twice = at::cat({x, x});
  const auto values =
      metric::evaluate_sets(
          rows_request({"precision", "precision_open", "c2st_1nn", "fid"}, twice, twice))
          .metrics;
  EXPECT_EQ(values[0].value, 1);
  EXPECT_EQ(values[3].parts.size(), 4u);
  const auto constant = metric::evaluate_sets(
      rows_request({"precision", "precision_open", "kid"}, at::zeros({30, 2}), at::zeros({30, 2})));
  EXPECT_EQ(constant.metrics[0].value, 1);  // closed balls of radius 0
  EXPECT_EQ(constant.metrics[1].value, 0);
  EXPECT_NEAR(constant.metrics[2].value, 0, kExact);
  EXPECT_THAT(request_error(rows_request({"birthday"},
                                         twice.index_select(0, at::arange(80).div(2, "floor")), x),
                            ErrorCode::kInput),
              HasSubstr("more than a tenth of the real samples have an equal one"));
}

TEST(Evaluation, AnyNumbersCanBeRows) {
  const at::Tensor real = byte_noise(3, {50, 3}), fake = byte_noise(4, {50, 3});
  const double expected =
      only(rows_request({"energy"}, real.to(at::kDouble), fake.to(at::kDouble))).value;
  for (const auto type : {at::kByte, at::kShort, at::kLong, at::kFloat, at::kHalf, at::kBFloat16}) {
    EXPECT_EQ(only(rows_request({"energy"}, real.to(type), fake.to(type))).value, expected)
        << at::toString(type);
  }
  EXPECT_GT(only(rows_request({"energy"}, real.to(at::kFloat).select(1, 0),
                              fake.to(at::kFloat).select(1, 0) + 50))
                .value,
            5);  // [n] is [n,1]
}

TEST(Evaluation, ClassesOfOneSideAloneAreRefused) {
  const at::Tensor x = normal(14, {30, 2});
  const at::Tensor three = at::arange(30, at::kLong).remainder(3);
  auto request = rows_request({"intra_fid"}, x, x);
  request.real = metric::array_set(x, three, "real.npy");
  request.fake = metric::array_set(x, three, "fake.npy");
  EXPECT_NEAR(only(request).value, 0, 1e-6);
  EXPECT_EQ(only(request).parts.size(), 3u);
  for (const std::int64_t odd : {3L, -1L}) {
    request.fake = metric::array_set(x, three.masked_fill(three.eq(2), odd), "fake.npy");
    EXPECT_THAT(request_error(request, ErrorCode::kInput), HasSubstr("expected at least 2 each"));
  }
}

TEST(Evaluation, AClassKnowsAnyWholeNumber) {
  // Labels of a large catalogue cost nothing for those that are not there.
  const at::Tensor x = normal(15, {20, 2});
  const at::Tensor labels = at::arange(20, at::kLong).remainder(2) * 1'000'000'000'000;
  auto request = rows_request({"intra_fid"}, x, x);
  request.real = metric::array_set(x, labels, "r");
  request.fake = metric::array_set(x, labels, "f");
  EXPECT_EQ(only(request).parts.size(), 2u);
}

TEST(Evaluation, ASetAgainstItselfIsToldOf) {
  const at::Tensor x = normal(23, {30, 2});
  const auto warnings = [&x](const at::Tensor& fake) {
    auto request = rows_request({"energy"}, x, fake);
    std::vector<std::string> said;
    request.log = Log([&said](LogLevel level, std::string_view text) {
      if (level == LogLevel::kWarning) said.emplace_back(text);
    });
    only(request);
    return said;
  };
  EXPECT_THAT(warnings(x.clone()), ElementsAre(HasSubstr("are the same ones")));
  EXPECT_THAT(warnings(x + 1), IsEmpty());
}

// Of a training set that is much larger than the unseen one, the share knows a part alone.
TEST(Evaluation, CopiesThatTheShareCannotSeeAreToldOf) {
  const at::Tensor train = normal(20, {4000, 6});
  auto request = rows_request({"memorisation"}, normal(21, {100, 6}), train.narrow(0, 1, 100));
  request.train = metric::array_set(train, {}, "train.npy");
  request.settings.floor.splits = 0;
  const auto copies = only(request);
  EXPECT_LT(copies.value, 0.7);
  EXPECT_THAT(copies.warning, HasSubstr("100 of 100 fakes equal a training sample"));
  EXPECT_THAT(copies.warning, HasSubstr("the share knows 100 of 4000 training samples"));
  request.fake = metric::array_set(normal(22, {100, 6}), {}, "fresh.npy");
  EXPECT_EQ(only(request).warning, "");
}

TEST(Evaluation, NearestPairsComeWithMemorisationClosestFirst) {
  const at::Tensor train = at::arange(30, at::kDouble).unsqueeze(1) * 10;
  auto request = rows_request({"memorisation"}, train + 5, train.narrow(0, 0, 10).flip(0) + 1);
  request.fake = metric::array_set(at::tensor({101.0, 52.0, 203.0}), {}, "fake.npy");
  request.train = metric::array_set(train, {}, "train.npy");
  const metric::Evaluation found = metric::evaluate_sets(request);
  ASSERT_EQ(found.nearest.size(), 3u);
  const std::vector<std::int64_t> places{10, 5, 20};
  for (std::int64_t i = 0; i < 3; ++i) {
    EXPECT_EQ(found.nearest[i].fake, i);
    EXPECT_EQ(found.nearest[i].train, places[i]);
    EXPECT_NEAR(found.nearest[i].distance, static_cast<double>(i + 1), kExact);
  }
  EXPECT_NEAR(found.metrics[0].value, 2. / 3, kExact);  // 203 lies nearer to 205
  EXPECT_THAT(found.metrics[0].protocol, HasSubstr("training set: 30 samples of train.npy"));
  request.metrics = {"fid"};
  EXPECT_THAT(metric::evaluate_sets(request).nearest, IsEmpty());
}

}  // namespace
}  // namespace saddle::test
