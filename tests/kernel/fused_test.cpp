#include "saddle/kernel/fused.h"

#include <cmath>

#include "tests/kernel/reference.h"

namespace saddle::kernel {
namespace {

using Doubles = std::vector<double>;

constexpr int kSteps = 5;
constexpr double kTolerance = 2e-6;  // float32 updates against the formula in double

Doubles numbers_of(const at::Tensor& t) {
  const at::Tensor plain = t.detach().to(at::kDouble).contiguous().view({-1});
  return {plain.const_data_ptr<double>(), plain.const_data_ptr<double>() + plain.numel()};
}

at::Tensor gradient_of(const at::Tensor& parameter, int step) {
  return test_normal(parameter.sizes(), 10 + step, parameter.scalar_type());
}

/// Runs `update` for some steps on a float32 tensor (in channels-last memory, gradients
/// contiguous), and `formula` on doubles; returns the largest difference.
double difference(
    const std::function<void(const at::Tensor&, const at::Tensor&)>& update,
    const std::function<void(int step, double& p, double g, std::size_t i)>& formula) {
  const at::Tensor parameter = test_normal({3, 4, 2, 2}, 0, at::kFloat)
                                   .contiguous(at::MemoryFormat::ChannelsLast)
                                   .requires_grad_();
  Doubles expected = numbers_of(parameter);
  for (int step = 1; step <= kSteps; ++step) {
    const at::Tensor gradient = gradient_of(parameter, step);
    update(parameter, gradient);
    const Doubles g = numbers_of(gradient);
    for (std::size_t i = 0; i < g.size(); ++i) formula(step, expected[i], g[i], i);
  }
  const Doubles got = numbers_of(parameter);
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i)
    worst = std::max(worst, std::abs(got[i] - expected[i]));
  return worst;
}

const at::Tensor& learning_rate() {
  static const at::Tensor lr = at::scalar_tensor(0.01, at::kFloat);
  return lr;
}

TEST(FusedUpdate, AdamFollowsThePaper) {
  for (const bool decoupled : {false, true}) {
    AdamState state;
    const AdamOptions options{
        .beta1 = 0.5, .beta2 = 0.9, .weight_decay = 0.1, .decoupled_decay = decoupled};
    Doubles m(48), v(48);
    const double lr = learning_rate().item<double>();
    EXPECT_LT(
        difference([&](const auto& p,
                       const auto& g) { adam_update({p}, {g}, state, learning_rate(), options); },
                   [&](int t, double& p, double g, std::size_t i) {
                     if (decoupled) p -= lr * 0.1 * p;
                     if (!decoupled) g += 0.1 * p;
                     m[i] = 0.5 * m[i] + 0.5 * g;
                     v[i] = 0.9 * v[i] + 0.1 * g * g;
                     const double corrected = std::sqrt(v[i] / (1 - std::pow(0.9, t))) + 1e-8;
                     p -= lr * (m[i] / (1 - std::pow(0.5, t))) / corrected;
                   }),
        kTolerance);
    EXPECT_EQ(state.steps[0].item<double>(), kSteps);
  }
}

TEST(FusedUpdate, AmsgradDividesByTheLargestSecondMoment) {
  AdamState state;
  const AdamOptions options{.beta1 = 0.0, .beta2 = 0.5, .amsgrad = true};
  Doubles v(48), largest(48);
  const double lr = learning_rate().item<double>();
  EXPECT_LT(
      difference([&](const auto& p,
                     const auto& g) { adam_update({p}, {g}, state, learning_rate(), options); },
                 [&](int t, double& p, double g, std::size_t i) {
                   v[i] = 0.5 * v[i] + 0.5 * g * g;
                   largest[i] = std::max(largest[i], v[i]);
                   p -= lr * g / (std::sqrt(largest[i] / (1 - std::pow(0.5, t))) + 1e-8);
                 }),
      kTolerance);
}

TEST(FusedUpdate, SgdFollowsItsFormula) {
  for (const bool nesterov : {false, true}) {
    SgdState state;
    const SgdOptions options{.momentum = 0.9, .weight_decay = 0.1, .nesterov = nesterov};
    Doubles buffer(48);
    const double lr = learning_rate().item<double>();
    EXPECT_LT(
        difference([&](const auto& p,
                       const auto& g) { sgd_update({p}, {g}, state, learning_rate(), options); },
                   [&](int, double& p, double g, std::size_t i) {
                     g += 0.1 * p;
                     buffer[i] = 0.9 * buffer[i] + g;
                     p -= lr * (nesterov ? g + 0.9 * buffer[i] : buffer[i]);
                   }),
        kTolerance);
  }
  SgdState plain;
  const at::Tensor p = at::ones({3});
  sgd_update({p}, {at::full({3}, 2.0f)}, plain, learning_rate(), {});
  EXPECT_TRUE(p.allclose(at::full({3}, 0.98f)));
  EXPECT_TRUE(plain.momentum.empty());
}

TEST(FusedUpdate, RmspropFollowsItsFormula) {
  for (const double momentum : {0.0, 0.9}) {
    RmspropState state;
    const RmspropOptions options{.alpha = 0.9, .weight_decay = 0.1, .momentum = momentum};
    Doubles square(48), buffer(48);
    const double lr = learning_rate().item<double>();
    EXPECT_LT(difference(
                  [&](const auto& p, const auto& g) {
                    rmsprop_update({p}, {g}, state, learning_rate(), options);
                  },
                  [&](int, double& p, double g, std::size_t i) {
                    g += 0.1 * p;
                    square[i] = 0.9 * square[i] + 0.1 * g * g;
                    buffer[i] = momentum * buffer[i] + g / (std::sqrt(square[i]) + 1e-8);
                    p -= lr * buffer[i];
                  }),
              kTolerance);
  }
}

TEST(FusedUpdate, RmspropInFloat64EqualsTheFastLoop) {
  const at::Tensor fast = test_normal({100}, 0, at::kFloat), exact = fast.to(at::kDouble);
  RmspropState a, b;
  for (int step = 0; step < kSteps; ++step) {
    const at::Tensor g = test_normal({100}, 20 + step, at::kFloat);
    const RmspropOptions options{.weight_decay = 0.1, .momentum = 0.5};
    rmsprop_update({fast}, {g}, a, learning_rate(), options);
    rmsprop_update({exact}, {g.to(at::kDouble)}, b, learning_rate(), options);
  }
  EXPECT_LT(relative_error(fast, exact), kTolerance);
}

TEST(FusedUpdate, TakesARateInFloat64OnEveryDevice) {
  for (const at::Device device : {at::Device(at::kCPU), at::Device(at::kCUDA)}) {
    if (device.is_cuda() && !at::hasCUDA()) continue;
    const auto options = at::TensorOptions(device);
    const at::Tensor rate = at::full({}, 0.25, options.dtype(at::kDouble));
    const at::Tensor adam = at::ones({3}, options), sgd = at::ones({3}, options),
                     rms = at::ones({3}, options), g = at::full({3}, 2.0f, options);
    AdamState moments;
    adam_update({adam}, {g}, moments, rate, {.eps = 0});  // the first step is lr long
    EXPECT_TRUE(adam.cpu().allclose(at::full({3}, 0.75f)));
    SgdState plain;
    sgd_update({sgd}, {g}, plain, rate, {});
    EXPECT_TRUE(sgd.cpu().equal(at::full({3}, 0.5f)));
    RmspropState squares;
    rmsprop_update({rms}, {g}, squares, rate, {.alpha = 0.75, .eps = 0});  // 0.25 * 2 / 1
    EXPECT_TRUE(rms.cpu().allclose(at::full({3}, 0.5f)));
  }
}

TEST(FusedUpdate, LoadedContiguousStateServesChannelsLastParameters) {
  const auto parameter = [] {
    return test_normal({2, 3, 2, 2}, 0, at::kFloat).contiguous(at::MemoryFormat::ChannelsLast);
  };
  const at::Tensor a = parameter(), b = parameter(), g = test_normal({2, 3, 2, 2}, 1, at::kFloat);
  AdamState kept, loaded;
  adam_update({a}, {g}, kept, learning_rate(), {});
  adam_update({b}, {g}, loaded, learning_rate(), {});
  loaded.first[0] = loaded.first[0].contiguous();
  loaded.second[0] = loaded.second[0].contiguous();
  adam_update({a}, {g}, kept, learning_rate(), {});
  adam_update({b}, {g}, loaded, learning_rate(), {});
  EXPECT_TRUE(a.equal(b));
}

TEST(FusedUpdate, LerpMovesAveragesTowardsValues) {
  const at::Tensor average = at::zeros({4}), value = at::full({4}, 2.0f).requires_grad_();
  lerp_update({average}, {value}, 0.25);
  EXPECT_TRUE(average.allclose(at::full({4}, 0.5f)));
}

TEST(FusedUpdate, ListsThatDoNotFitAreRefused) {
  AdamState state;
  const at::Tensor p = at::ones({3});
  EXPECT_EQ(error_of([&] { adam_update({p}, {}, state, learning_rate(), {}); }),
            "[fused update] got 0 gradients for 1 parameters");
  EXPECT_EQ(error_of([&] { adam_update({p}, {at::ones({2})}, state, learning_rate(), {}); }),
            "[fused update] gradient 0 has shape [2], expected [3]");
  EXPECT_EQ(error_of([&] { lerp_update({p}, {}, 0.5); }),
            "[fused update] got 0 values for 1 averages");
}

}  // namespace
}  // namespace saddle::kernel
