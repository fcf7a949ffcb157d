#include "saddle/kernel/normalisation.h"

#include "saddle/tensor/gradcheck.h"
#include "saddle/tensor/precision.h"
#include "tests/kernel/reference.h"

namespace saddle::kernel {
namespace {

TEST(BatchNorm, EqualsTheFormulaAndTellsTheUnbiasedVariance) {
  const at::Tensor x = test_normal({6, 3, 4, 4}, 0).mul(2).add(5);
  const at::Tensor weight = test_normal({3}, 1), bias = test_normal({3}, 2);
  BatchStatistics statistics;
  const at::Tensor y = kernel::batch_norm(x, weight, bias, 1e-5, &statistics);
  const at::Tensor mean = x.mean({0, 2, 3});
  const at::Tensor var = x.var({0, 2, 3}, /*unbiased=*/false);
  const auto channel = [](const at::Tensor& t) { return t.view({1, 3, 1, 1}); };
  const at::Tensor expected =
      (x - channel(mean)) / (channel(var) + 1e-5).sqrt() * channel(weight) + channel(bias);
  EXPECT_LT(relative_error(y, expected), 1e-12);
  EXPECT_LT(relative_error(statistics.mean, mean), 1e-12);
  EXPECT_LT(relative_error(statistics.unbiased_var, x.var({0, 2, 3}, true)), 1e-12);
  EXPECT_LT(
      relative_error(kernel::batch_norm_inference(x, weight, bias, mean, var, 1e-5), expected),
      1e-12);
}

TEST(BatchNorm, HasRightFirstAndSecondDerivatives) {
  const std::vector<at::Tensor> inputs{test_normal({4, 2, 2, 1}, 0), test_normal({2}, 1),
                                       test_normal({2}, 2)};
  const TensorFunction f = [](const std::vector<at::Tensor>& t) {
    BatchStatistics statistics;
    return kernel::batch_norm(t[0], t[1], t[2], 1e-5, &statistics).pow(3);
  };
  // Third powers of numbers of a few units: the difference quotient is off by 1e-8 or so.
  for (const auto& report : {gradcheck(f, inputs), double_gradcheck(f, inputs)}) {
    EXPECT_LT(report.worst_error, 1e-6) << report.where;
  }
}

TEST(BatchNorm, BFloat16InputKeepsFloat32Statistics) {
  const at::Tensor x = test_normal({8, 4, 5, 5}, 0, at::kBFloat16);
  const at::Tensor weight = at::ones({4}), bias = at::zeros({4});
  BatchStatistics statistics;
  const at::Tensor y = kernel::batch_norm(channels_last(x), weight, bias, 1e-5, &statistics);
  EXPECT_EQ(y.scalar_type(), at::kBFloat16);
  EXPECT_EQ(statistics.mean.scalar_type(), at::kFloat);
  const at::Tensor exact = x.to(at::kDouble);
  EXPECT_LT(relative_error(statistics.unbiased_var, exact.var({0, 2, 3}, true)), 1e-5);
  // One rounding to 8 bits.
  EXPECT_LT(relative_error(y, kernel::batch_norm(exact, {}, {}, 1e-5)), 0.004);
}

TEST(BatchNorm, OneValueAChannelIsRefused) {
  EXPECT_EQ(error_of([] {
              kernel::batch_norm(at::ones({1, 4}), {}, {}, 1e-5);
            }),
            "[batch norm] a batch of shape [1,4] has one value a channel, expected at least 2; try "
            "a larger batch");
  EXPECT_EQ(error_of([] {
              kernel::batch_norm(at::ones({2, 4}), at::ones({3}), {}, 1e-5);
            }),
            "[batch norm] input [2,4] does not have 3 channels on axis 1");
}

}  // namespace
}  // namespace saddle::kernel
