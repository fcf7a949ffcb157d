#include "saddle/objective/objective.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>
#include <string>

#include "saddle/base/error.h"
#include "saddle/tensor/autograd.h"
#include "saddle/tensor/gradcheck.h"

namespace saddle::objective {
namespace {

using Triple = std::array<double, 3>;

// Values have 9 printed decimals, derivatives 6: half of the last digit is allowed.
constexpr double kValueDigits = 6e-10;
constexpr double kSlopeDigits = 6e-7;
constexpr double kExact = 1e-12;
constexpr double kUndefined = -1;

at::Tensor f64(const std::vector<double>& values) {
  return at::tensor(values, at::kDouble);
}
std::vector<double> numbers(const at::Tensor& t) {
  const at::Tensor c = t.to(at::kDouble).contiguous().flatten();
  return {c.data_ptr<double>(), c.data_ptr<double>() + c.numel()};
}
nn::Scores scores(const at::Tensor& logits) {
  return {logits, {}, {}};
}

struct Case {
  std::string label;
  ObjectiveConfig config;
};

template <std::size_t... I>
std::vector<Case> table_rows(std::index_sequence<I...>) {
  std::vector<Case> cases;
  (cases.push_back({std::string(name(std::variant_alternative_t<I, ObjectiveConfig>{})),
                    std::variant_alternative_t<I, ObjectiveConfig>{}}),
   ...);
  return cases;
}
// Every row of the table with its defaults, and the rows whose fields change the formula.
std::vector<Case> cases() {
  auto all = table_rows(std::make_index_sequence<std::variant_size_v<ObjectiveConfig>>{});
  all.push_back({"one_sided_labels", NonSaturating{.real_label = 0.9}});
  all.push_back({"two_sided_labels", NonSaturating{.real_label = 0.9, .fake_label = 0.1}});
  return all;
}

struct Golden {
  double discriminator, generator;
  Triple discriminator_real, discriminator_fake, generator_fake;
  double pair_discriminator_real, pair_discriminator_fake,
      pair_generator_fake;                                  // one pair of logits, both 0
  double equilibrium_discriminator, equilibrium_generator;  // -1: none
};

// r = (.8, -.3, 2.5), f = (-1.2, .4, 1.7): reference numbers computed in float64.
const std::map<std::string, Golden>& golden() {
  static const Triple ns_real{-.103342, -.191481, -.025286}, ns_fake{.077158, .199563, .281845};
  static const Triple ns_generator{-.256175, -.133771, -.051488};
  static const Triple third{1. / 3, 1. / 3, 1. / 3}, minus_third{-1. / 3, -1. / 3, -1. / 3};
  static const std::map<std::string, Golden> table{
      {"saturating",
       {1.449476465,
        -1.014694583,
        ns_real,
        ns_fake,
        {-.077158, -.199563, -.281845},
        -.5,
        .5,
        -.5,
        1.3862943611198906,
        -.6931471805599453}},
      {"non_saturating",
       {1.449476465, .714694583, ns_real, ns_fake, ns_generator, -.5, .5, -.5, 1.3862943611198906,
        .6931471805599453}},
      {"one_sided_labels",
       {1.549476465,
        .714694583,
        {-.070009, -.158148, .008047},
        ns_fake,
        ns_generator,
        -.4,
        .5,
        -.5,
        1.3762776274271769,
        .7985076962177716}},
      {"two_sided_labels",
       {1.519476465,
        .714694583,
        {-.070009, -.158148, .008047},
        {.043825, .166229, .248512},
        ns_generator,
        -.4,
        .4,
        -.5,
        1.3862943611198906,
        .6931471805599453}},
      {"lsgan",
       {1.411666667,
        .948333333,
        {-.066667, -.433333, .5},
        {-.4, .133333, .566667},
        {-.733333, -.2, .233333},
        -1,
        0,
        -1,
        .25,
        .125}},
      {"hinge",
       {1.866666667,
        -.3,
        {-1. / 3, -1. / 3, 0},
        {0, 1. / 3, 1. / 3},
        minus_third,
        -1,
        1,
        -1,
        2,
        0}},
      {"wasserstein", {-.7, -.3, minus_third, third, minus_third, -1, 1, -1, 0, kUndefined}},
      {"rpgan",
       {.533738242,
        1.233738242,
        {-.039734, -.222729, -.103342},
        {.039734, .222729, .103342},
        {-.293599, -.110604, -.229991},
        -.5,
        .5,
        -.5,
        .6931471805599453,
        .6931471805599453}},
  };
  return table;
}

class Objective : public ::testing::TestWithParam<Case> {
 protected:
  const ObjectiveConfig& config() const { return GetParam().config; }
  const Golden& expected() const { return golden().at(GetParam().label); }
  const at::Tensor real = f64({.8, -.3, 2.5});
  const at::Tensor fake = f64({-1.2, .4, 1.7});

  void expect_slopes(const at::Tensor& got, const Triple& want, const char* what) const {
    const auto values = numbers(got);
    ASSERT_EQ(values.size(), want.size()) << what;
    for (std::size_t i = 0; i < want.size(); ++i) {
      EXPECT_NEAR(values[i], want[i], kSlopeDigits) << what << ", sample " << i;
    }
  }
};

TEST_P(Objective, HasTheGoldenValuesAndSlopes) {
  ASSERT_TRUE(golden().contains(GetParam().label)) << "a row of the table without golden numbers";
  const at::Tensor r = real.clone().requires_grad_(), f = fake.clone().requires_grad_();
  const at::Tensor discriminator = discriminator_loss(config(), scores(r), scores(f));
  EXPECT_NEAR(discriminator.item<double>(), expected().discriminator, kValueDigits);
  const auto d = gradients(discriminator, {r, f});
  expect_slopes(d[0], expected().discriminator_real, "discriminator, real");
  expect_slopes(d[1], expected().discriminator_fake, "discriminator, fake");

  const at::Tensor generator = generator_loss(config(), scores(r), scores(f));
  EXPECT_NEAR(generator.item<double>(), expected().generator, kValueDigits);
  const auto g = gradients(generator, {r, f}, false, true);
  expect_slopes(g[1], expected().generator_fake, "generator, fake");
  EXPECT_EQ(g[0].defined(), traits(config()).reals_in_generator_step);
  if (g[0].defined()) {
    EXPECT_TRUE(at::allclose(g[0], g[1].neg(), 0, kExact));
  }
}

TEST_P(Objective, HasTheGoldenSlopesOfOnePairAtZero) {
  const at::Tensor zero = f64({0});
  const LogitGradients discriminator = discriminator_gradients(config(), zero, zero);
  EXPECT_NEAR(discriminator.d_real.item<double>(), expected().pair_discriminator_real, kExact);
  EXPECT_NEAR(discriminator.d_fake.item<double>(), expected().pair_discriminator_fake, kExact);
  const LogitGradients generator = generator_gradients(config(), zero, zero);
  EXPECT_NEAR(generator.d_fake.item<double>(), expected().pair_generator_fake, kExact);
}

TEST_P(Objective, ClosedFormsEqualAutograd) {
  const at::Tensor r = real.clone().requires_grad_(), f = fake.clone().requires_grad_();
  const LogitGradients discriminator = discriminator_gradients(config(), real, fake);
  const at::Tensor discriminator_total = discriminator_loss(config(), scores(r), scores(f));
  const auto d = gradients(discriminator_total, {r, f});
  EXPECT_NEAR(discriminator.loss.item<double>(), discriminator_total.item<double>(), kExact);
  EXPECT_TRUE(at::allclose(discriminator.d_real, d[0], 0, kExact));
  EXPECT_TRUE(at::allclose(discriminator.d_fake, d[1], 0, kExact));

  const LogitGradients generator = generator_gradients(config(), real, fake);
  const at::Tensor generator_total = generator_loss(config(), scores(r), scores(f));
  const auto g = gradients(generator_total, {r, f}, false, true);
  EXPECT_NEAR(generator.loss.item<double>(), generator_total.item<double>(), kExact);
  EXPECT_TRUE(at::allclose(generator.d_fake, g[1], 0, kExact));
  ASSERT_EQ(generator.d_real.defined(), g[0].defined());
  if (g[0].defined()) {
    EXPECT_TRUE(at::allclose(generator.d_real, g[0], 0, kExact));
  }
}

TEST_P(Objective, PassesGradcheckAndDoubleGradcheck) {
  constexpr double kNumeric = 1e-7;  // central differences of float64
  for (const bool discriminator : {true, false}) {
    const TensorFunction loss = [&](const std::vector<at::Tensor>& logits) {
      const nn::Scores r = scores(logits[0]), f = scores(logits[1]);
      // Quadratic terms keep every input in the graph and its gradient differentiable.
      const at::Tensor anchor = logits[0].square().sum().add(logits[1].square().sum()).mul(1e-3);
      return (discriminator ? discriminator_loss(config(), r, f) : generator_loss(config(), r, f))
          .add(anchor);
    };
    const GradcheckReport first = gradcheck(loss, {real, fake});
    EXPECT_LT(first.worst_error, kNumeric)
        << (discriminator ? "discriminator, " : "generator, ") << first.where;
    const GradcheckReport second = double_gradcheck(loss, {real, fake});
    EXPECT_LT(second.worst_error, kNumeric)
        << (discriminator ? "discriminator, " : "generator, ") << second.where;
  }
}

TEST_P(Objective, StaysFiniteAtHugeLogits) {
  for (const double huge : {1e4, -1e4}) {
    for (const at::ScalarType dtype : {at::kFloat, at::kDouble}) {
      const at::Tensor r = f64({huge, -huge, 0}).to(dtype), f = f64({-huge, huge, huge}).to(dtype);
      for (const LogitGradients& g :
           {discriminator_gradients(config(), r, f), generator_gradients(config(), r, f)}) {
        EXPECT_TRUE(std::isfinite(g.loss.item<double>()));
        EXPECT_TRUE(at::isfinite(g.d_fake).all().item<bool>());
        EXPECT_TRUE(!g.d_real.defined() || at::isfinite(g.d_real).all().item<bool>());
      }
      const at::Tensor rr = r.clone().requires_grad_(), ff = f.clone().requires_grad_();
      for (const at::Tensor& d :
           gradients(discriminator_loss(config(), scores(rr), scores(ff)), {rr, ff})) {
        EXPECT_TRUE(at::isfinite(d).all().item<bool>());
      }
    }
  }
}

TEST_P(Objective, OffsetIsASymmetryExactlyWhereItIsNotAnchored) {
  const at::Tensor r = real.add(3.7), f = fake.add(3.7);
  const LogitGradients before = discriminator_gradients(config(), real, fake);
  const LogitGradients after = discriminator_gradients(config(), r, f);
  const bool same = at::allclose(before.loss, after.loss, 0, kExact) &&
                    at::allclose(before.d_real, after.d_real, 0, kExact) &&
                    at::allclose(before.d_fake, after.d_fake, 0, kExact);
  EXPECT_EQ(same, !traits(config()).anchored);
  if (!traits(config()).anchored) {
    EXPECT_TRUE(at::allclose(generator_gradients(config(), real, fake).d_fake,
                             generator_gradients(config(), r, f).d_fake, 0, kExact));
  }
}

TEST_P(Objective, EquilibriumIsTheLossAtTheBestConstantLogit) {
  const Equilibrium e = equilibrium(config());
  ASSERT_TRUE(e.discriminator.has_value());
  EXPECT_NEAR(*e.discriminator, expected().equilibrium_discriminator, kExact);
  EXPECT_EQ(e.generator.has_value(), expected().equilibrium_generator != kUndefined);
  // Equal batches: no constant logit gives the discriminator less, one gives it that.
  double best = 1e9, generator_there = 0;
  for (int i = -4000; i <= 4000; ++i) {
    const at::Tensor t = at::full({1}, i * 5e-4, at::kDouble);
    const double loss = discriminator_gradients(config(), t, t).loss.item<double>();
    if (loss < best - 1e-15) {
      best = loss;
      generator_there = generator_gradients(config(), t, t).loss.item<double>();
    }
  }
  constexpr double kGrid = 1e-7;  // second order in the grid's step
  EXPECT_NEAR(best, *e.discriminator, kGrid);
  if (e.generator && GetParam().label != "hinge") {  // hinge: any logit in [-1,1] is best
    EXPECT_NEAR(generator_there, *e.generator, 2.5e-4);
  }
}

TEST_P(Objective, WidensLowPrecisionLogits) {
  const at::Tensor r = real.to(at::kBFloat16), f = fake.to(at::kBFloat16);
  EXPECT_EQ(discriminator_loss(config(), scores(r), scores(f)).scalar_type(), at::kFloat);
  EXPECT_EQ(generator_gradients(config(), r, f).d_fake.scalar_type(), at::kFloat);
}

TEST_P(Objective, AcceptsUnequalCountsUnlessPaired) {
  const at::Tensor more = f64({.1, .2, .3, .4});
  if (!traits(config()).paired) {
    EXPECT_NO_THROW(discriminator_gradients(config(), real, more));
    return;
  }
  try {
    discriminator_gradients(config(), real, more);
    FAIL() << "unequal counts were accepted";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()),
              "[objective] " + GetParam().label +
                  " pairs row i of the reals with row i of the fakes: got 3 reals and 4 fakes; "
                  "draw batches of one size");
  }
}

TEST_P(Objective, GeneratorStepAsksForRealsOnlyWhereDeclared) {
  if (!traits(config()).reals_in_generator_step) {
    EXPECT_NO_THROW(generator_loss(config(), {}, scores(fake)));
    EXPECT_NO_THROW(generator_gradients(config(), {}, fake));
    return;
  }
  try {
    generator_loss(config(), {}, scores(fake));
    FAIL() << "missing reals were accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInput);
    EXPECT_NE(std::string(error.what()).find("got none of the reals"), std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, Objective, ::testing::ValuesIn(cases()),
                         [](const auto& info) { return info.param.label; });

TEST(ObjectiveFacts, SaturatingGradientIsWeakerByTheOddsOfTheDiscriminator) {
  for (const double d : {.01, .5}) {
    const at::Tensor logit = f64({std::log(d / (1 - d))});
    const double strong = generator_gradients(NonSaturating{}, {}, logit).d_fake.item<double>();
    const double weak = generator_gradients(Saturating{}, {}, logit).d_fake.item<double>();
    EXPECT_NEAR(strong / weak, (1 - d) / d, 1e-9 * (1 - d) / d);
  }
}

TEST(ObjectiveFacts, OneSidedLabelsMoveTheBestLogit) {
  // Slope 0 at p = q and at the cap log(a / (1 - a)) where only reals live.
  const NonSaturating smooth{.real_label = .9};
  const at::Tensor best = f64({-0.20067069546215122}), cap = f64({2.197224577336219});
  const LogitGradients g = discriminator_gradients(smooth, best, best);
  EXPECT_NEAR(g.d_real.item<double>() + g.d_fake.item<double>(), 0, kExact);
  EXPECT_NEAR(discriminator_gradients(smooth, cap, cap).d_real.item<double>(), 0, kExact);
}

TEST(ObjectiveFacts, HingeSlopeIsZeroBeyondTheMarginAndAtTheKink) {
  const LogitGradients g =
      discriminator_gradients(Hinge{}, f64({1, 1.5, .9}), f64({-1, -1.5, -.9}));
  EXPECT_EQ(numbers(g.d_real), (std::vector<double>{0, 0, -1. / 3}));
  EXPECT_EQ(numbers(g.d_fake), (std::vector<double>{0, 0, 1. / 3}));
}

/// The hinge as a user writes it: two losses, no closed forms.
Functions own_hinge() {
  return {.name = "own",
          .discriminator =
              [](const at::Tensor& r, const at::Tensor& f) {
                return at::relu(r.neg().add(1)).mean().add(at::relu(f.add(1)).mean());
              },
          .generator = [](const at::Tensor&, const at::Tensor& f) { return f.mean().neg(); }};
}

TEST(OwnObjective, TheSameFormulasGiveTheBitsOfTheTablesRow) {
  const Functions own = own_hinge(), row = functions(Hinge{});
  for (const at::ScalarType dtype : {at::kFloat, at::kDouble, at::kBFloat16}) {
    const at::Tensor r = f64({.8, -.3, 2.5, 1, .1}).to(dtype);
    const at::Tensor f = f64({-1.2, .4, 1.7, -1, -.9}).to(dtype);
    EXPECT_TRUE(at::equal(discriminator_loss(own, scores(r), scores(f)),
                          discriminator_loss(row, scores(r), scores(f))));
    EXPECT_TRUE(at::equal(generator_loss(own, {}, scores(f)), generator_loss(row, {}, scores(f))));
    const LogitGradients d = discriminator_gradients(own, r, f),
                         d_row = discriminator_gradients(Hinge{}, r, f);
    EXPECT_TRUE(at::equal(d.loss, d_row.loss));
    EXPECT_TRUE(at::equal(d.d_real, d_row.d_real));
    EXPECT_TRUE(at::equal(d.d_fake, d_row.d_fake));
    EXPECT_FALSE(d.loss.requires_grad());
    const LogitGradients g = generator_gradients(own, {}, f),
                         g_row = generator_gradients(Hinge{}, {}, f);
    EXPECT_TRUE(at::equal(g.loss, g_row.loss));
    EXPECT_TRUE(at::equal(g.d_fake, g_row.d_fake));
  }
}

TEST(OwnObjective, ARowAsFunctionsKeepsItsNameFieldsAndTraits) {
  const Functions row = functions(NonSaturating{.real_label = .9});
  EXPECT_EQ(row.name, "non_saturating");
  EXPECT_EQ(functions(PairedRelativistic{}).traits, PairedRelativistic::kTraits);
  const at::Tensor r = f64({.8}), f = f64({-.5});
  EXPECT_TRUE(at::equal(discriminator_loss(row, scores(r), scores(f)),
                        discriminator_loss(NonSaturating{.real_label = .9}, scores(r), scores(f))));
}

/// The message of the Error of this kind that `call` throws.
template <class Call>
std::string refusal(ErrorCode code, Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code);
    return error.what();
  }
  return "no error";
}

TEST(OwnObjective, SaysWhatIsWrongWithItsLosses) {
  const at::Tensor r = f64({.8, .1}), f = f64({-.5, .2});
  Functions missing = own_hinge();
  missing.generator = {};
  EXPECT_EQ(refusal(ErrorCode::kUsage, [&] { check(missing); }),
            "[objective] the objective 'own' has no loss of the generator; give both");
  Functions no_mean = own_hinge();
  no_mean.generator = [](const at::Tensor&, const at::Tensor& fake) { return fake.neg(); };
  EXPECT_EQ(refusal(ErrorCode::kInput, [&] { generator_gradients(no_mean, {}, f); }),
            "[objective] the generator's loss of own: got [2], expected one number, 0-dim; try a "
            "mean over the batch");
  EXPECT_EQ(refusal(ErrorCode::kInput, [&] { generator_loss(no_mean, {}, scores(f)); }),
            "[objective] the generator's loss of own: got [2], expected one number, 0-dim; try a "
            "mean over the batch");
  Functions cut = own_hinge();
  cut.generator = [](const at::Tensor&, const at::Tensor& fake) { return fake.detach().mean(); };
  EXPECT_EQ(
      refusal(ErrorCode::kInput, [&] { generator_gradients(cut, {}, f); }),
      "[objective] the generator's loss of own does not depend on the logits of the fakes, so "
      "that the generator would learn nothing");
}

TEST(OwnObjective, ADiscriminatorsLossMayLeaveOneSideOut) {
  Functions fakes_only = own_hinge();
  fakes_only.discriminator = [](const at::Tensor&, const at::Tensor& fake) { return fake.mean(); };
  const LogitGradients d = discriminator_gradients(fakes_only, f64({.8, .1}), f64({-.5, .2}));
  EXPECT_EQ(numbers(d.d_real), (std::vector<double>{0, 0}));
  EXPECT_EQ(numbers(d.d_fake), (std::vector<double>{.5, .5}));
}

}  // namespace
}  // namespace saddle::objective
