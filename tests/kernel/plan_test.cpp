#include "saddle/kernel/plan.h"

#include <ctime>
#include <fstream>
#include <iterator>
#include <thread>

#include "saddle/kernel/convolution.h"
#include "saddle/tensor/autograd.h"
#include "tests/kernel/reference.h"

namespace saddle::kernel {
namespace {

const ConvCase kCase{.pass = ConvPass::kWeightGradient,
                     .dtype = at::kBFloat16,
                     .channels_last = true,
                     .input = {32, 64, 32, 32},
                     .weight = {128, 64, 4, 4},
                     .stride = 2,
                     .padding = 1};

/// Works for so long by this thread's own clock, which does not run while others have the core.
void busy(double ms) {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return 1e3 * static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_nsec);
  };
  const double end = now() + ms;
  while (now() < end) {
  }
}

TEST(Plan, TextNamesTheCase) {
  EXPECT_EQ(kCase.text(), "weight_gradient BFloat16 nhwc 32x64x32x32 128x64x4x4 s2 p1");
}

TEST(Plan, MeasuringKeepsTheFastestMethodAndAsksOnce) {
  ConvPlan plan;
  int runs = 0;
  const auto run = [&](ConvMethod method) {
    ++runs;
    busy(method == ConvMethod::kGemm ? 1 : 8);
  };
  EXPECT_EQ(plan.choose(kCase, false, run), ConvMethod::kGemm);
  const int measured = runs;
  EXPECT_GT(measured, 0);
  EXPECT_EQ(plan.choose(kCase, false, run), ConvMethod::kGemm);
  EXPECT_EQ(runs, measured);
}

TEST(Plan, GuardedWeightGradientsAreNeverGivenToTheLibrary) {
  ConvCase guarded = kCase;
  guarded.input = {32, 64, 1, 1};
  guarded.weight = {64, 64, 3, 3};
  ASSERT_TRUE(is_guarded(guarded));
  ConvPlan plan;
  plan.choose(guarded, false, [](ConvMethod method) {
    EXPECT_TRUE(method == ConvMethod::kGemm || method == ConvMethod::kFloat32);
  });
  const ConvMethod rule = method_by_rule(guarded);
  EXPECT_TRUE(rule == ConvMethod::kGemm || rule == ConvMethod::kFloat32);
  guarded.dtype = at::kFloat;
  EXPECT_FALSE(is_guarded(guarded));
}

TEST(Plan, RulesDoNotMeasure) {
  ConvPlan plan;
  plan.choose(kCase, true, [](ConvMethod) { FAIL() << "a rule must not run anything"; });
  EXPECT_EQ(plan.size(), 1u);
}

TEST(Plan, TextReadsBackAndDecides) {
  ConvPlan plan;
  plan.add(kCase.text() + " = channels_last\n");
  EXPECT_EQ(plan.choose(kCase, false, [](ConvMethod) { FAIL(); }), ConvMethod::kChannelsLast);
  ConvPlan other;
  other.add(plan.text());
  EXPECT_EQ(other.text(), plan.text());
  EXPECT_EQ(other.size(), 1u);
}

TEST(Plan, BadLinesAreRefused) {
  ConvPlan plan;
  EXPECT_EQ(error_of([&] { plan.add("forward = fast\n"); }),
            "[plan] bad line 'forward = fast': expected 'case = method' with method one of "
            "library, channels_last, gemm, float32");
}

TEST(Plan, ThreadsAgreeOnOneChoice) {
  ConvPlan plan;
  std::vector<ConvMethod> choices(8);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      choices[i] = plan.choose(kCase, false, [i](ConvMethod method) {
        busy(static_cast<int>(method) == i % 4 ? 0.1 : 1.0);
      });
    });
  }
  for (auto& thread : threads) thread.join();
  for (const ConvMethod choice : choices) EXPECT_EQ(choice, choices[0]);
}

TEST(Plan, MeasuredConvolutionsEqualThoseOfTheLibrary) {
  const at::Tensor x = test_normal({4, 8, 8, 8}, 0, at::kFloat),
                   w = test_normal({16, 8, 4, 4}, 1, at::kFloat);
  const auto all = [&] {
    const at::Tensor a = x.clone().requires_grad_(), b = w.clone().requires_grad_();
    const at::Tensor y = kernel::conv2d(a, b, {}, 2, 1);
    auto result = gradients(y.square().sum(), {a, b});
    result.push_back(y);
    return result;
  };
  const auto expected = all();
  const PlanScope plan(PlanMode::kMeasure);
  const auto measured = all();
  const std::string table = exported_plans();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_LT(relative_error(measured[i], expected[i]), 1e-5);
  }
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 3);
}

TEST(Plan, ImportedLinesCannotGiveGuardedWeightGradientsToTheLibrary) {
  ConvCase guarded = kCase;
  guarded.input = {32, 64, 1, 1};
  guarded.weight = {64, 64, 3, 3};
  for (const std::string name : {"library", "channels_last"}) {
    ConvPlan plan;
    plan.add(guarded.text() + " = " + name + "\n");
    const ConvMethod choice = plan.choose(guarded, true, [](ConvMethod) {});
    EXPECT_EQ(choice, method_by_rule(guarded));
    EXPECT_TRUE(choice == ConvMethod::kGemm || choice == ConvMethod::kFloat32);
    EXPECT_EQ(plan.text().find(name), std::string::npos) << plan.text();
    EXPECT_EQ(plan.size(), 1u);
  }
}

TEST(Plan, ScopesPutModeAndPlanBack) {
  const PlanScope outer(PlanMode::kMeasure);
  import_plans(kCase.text() + " = gemm\n");
  {
    const PlanScope inner(PlanMode::kRule);
    EXPECT_EQ(plan_mode(), PlanMode::kRule);
    EXPECT_EQ(exported_plans(), "");
    import_plans(kCase.text() + " = float32\n");
  }
  EXPECT_EQ(plan_mode(), PlanMode::kMeasure);
  EXPECT_EQ(exported_plans(), kCase.text() + " = gemm\n");
}

TEST(Plan, PrecisionsAreMeasuredOnEveryDevice) {
  for (const at::Device device : {at::Device(at::kCPU), at::Device(at::kCUDA)}) {
    if (device.is_cuda() && !at::hasCUDA()) continue;
    const PrecisionTimes times = measure_precisions(device);
    EXPECT_GT(times.float32_ms, 0);
    EXPECT_GT(times.bfloat16_ms, 0);
  }
}

TEST(Plan, FastestPrecisionFollowsItsMeasurement) {
  const auto choice = [](double float32_ms, double bfloat16_ms) {
    return fastest_precision(at::kCPU, [&](at::Device) {
      return PrecisionTimes{float32_ms, bfloat16_ms};
    });
  };
  EXPECT_EQ(choice(10, 5), Precision::kBFloat16);
  EXPECT_EQ(choice(10, 8.9), Precision::kBFloat16);
  EXPECT_EQ(choice(10, 9.1), Precision::kFloat32);
  EXPECT_EQ(choice(10, 20), Precision::kFloat32);
}

TEST(Plan, RulesChooseThePrecisionWithoutMeasuring) {
  std::ifstream file("/proc/cpuinfo");
  const std::string processor{std::istreambuf_iterator<char>(file), {}};
  const bool has_tiles = processor.find("amx_bf16") != std::string::npos;
  const PlanScope plan(PlanMode::kRule);
  const Precision choice = fastest_precision(at::kCPU, [](at::Device) {
    ADD_FAILURE() << "a rule must not measure";
    return PrecisionTimes{};
  });
  EXPECT_EQ(choice, has_tiles ? Precision::kBFloat16 : Precision::kFloat32);
  EXPECT_EQ(precision_by_rule(at::kCPU), choice);
}

}  // namespace
}  // namespace saddle::kernel
