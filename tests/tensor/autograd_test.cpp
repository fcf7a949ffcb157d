#include "saddle/tensor/autograd.h"

#include <ATen/ATen.h>

#include "saddle/tensor/gradcheck.h"
#include "tests/tensor/throws.h"

namespace saddle {
namespace {

TEST(Autograd, GradientsOfACubeUpToTheThirdOrder) {
  const at::Tensor x = at::tensor({2.0}).requires_grad_();
  const at::Tensor first = gradients(x.pow(3).sum(), {x}, true)[0];
  const at::Tensor second = gradients(first.sum(), {x}, true)[0];
  const at::Tensor third = gradients(second.sum(), {x})[0];
  EXPECT_DOUBLE_EQ(first.item<double>(), 12);
  EXPECT_DOUBLE_EQ(second.item<double>(), 12);
  EXPECT_DOUBLE_EQ(third.item<double>(), 6);
  EXPECT_FALSE(third.requires_grad());
}

TEST(Autograd, DirectionWeighsTheOutputs) {
  const at::Tensor x = at::tensor({1.0, 2.0}).requires_grad_();
  const auto found = gradients(x.square(), at::tensor({10.0, 1.0}), {x});
  EXPECT_TRUE(found[0].equal(at::tensor({20.0, 4.0})));
}

TEST(Autograd, UnusedInputsAreUndefinedOrRefused) {
  const at::Tensor x = at::ones({2}).requires_grad_(), y = at::ones({3}).requires_grad_();
  EXPECT_FALSE(gradients(x.sum(), {x, y}, false, true)[1].defined());
  EXPECT_EQ(message_of([&] {
              gradients(x.sum(), {x, y});
            }),
            "[autograd] input 1 of shape [3] does not reach the output");
  EXPECT_EQ(message_of([&] { gradients(x.mul(2), {x}); }),
            "[autograd] the output has shape [2], expected one element; give a direction");
  EXPECT_EQ(message_of([&] { gradients(at::ones({1}), {x}); }),
            "[autograd] the output has no graph");
}

TEST(Autograd, BackwardAddsToTheLeaves) {
  const at::Tensor x = at::tensor({1.0, 2.0}).requires_grad_();
  backward_from(x.square().sum());
  backward_from(x.square(), at::tensor({1.0, 0.0}));
  EXPECT_TRUE(x.grad().equal(at::tensor({4.0, 4.0})));
}

TEST(Gradcheck, AcceptsRightDerivatives) {
  const TensorFunction f = [](const std::vector<at::Tensor>& t) {
    return t[0].sin().mul(t[1].exp()).matmul(t[2]);
  };
  const std::vector<at::Tensor> inputs{at::tensor({0.3, -1.2}).view({1, 2}),
                                       at::tensor({0.1, 0.7}).view({1, 2}),
                                       at::tensor({1.0, 2.0, -0.5, 0.25}).view({2, 2})};
  EXPECT_LT(gradcheck(f, inputs).worst_error, 1e-8);
  EXPECT_LT(double_gradcheck(f, inputs).worst_error, 1e-8);
}

TEST(Gradcheck, FindsWrongFirstAndSecondDerivatives) {
  // x^2 with one factor cut out of the graph: half the gradient.
  const TensorFunction half = [](const std::vector<at::Tensor>& t) {
    return t[0].mul(t[0].detach());
  };
  const GradcheckReport report = gradcheck(half, {at::tensor({3.0})});
  EXPECT_NEAR(report.worst_error, 0.5, 1e-6);
  EXPECT_NE(report.where.find("input 0, element 0"), std::string::npos) << report.where;
  // The value of x^2 and its right first derivative 2x, but second derivative 0.
  const TensorFunction flat = [](const std::vector<at::Tensor>& t) {
    const at::Tensor fixed = t[0].detach();
    return fixed.square().add(t[0].sub(fixed).mul(fixed).mul(2));
  };
  EXPECT_LT(gradcheck(flat, {at::tensor({3.0})}).worst_error, 1e-8);
  // Off by 2 times the random weights of the contraction.
  EXPECT_GT(double_gradcheck(flat, {at::tensor({3.0})}).worst_error, 0.01);
  const TensorFunction broken = [](const std::vector<at::Tensor>& t) { return t[0].sqrt(); };
  EXPECT_EQ(gradcheck(broken, {at::tensor({-1.0})}).worst_error, HUGE_VAL);
}

}  // namespace
}  // namespace saddle
