#include "saddle/kernel/activation.h"

#include "saddle/kernel/linear.h"
#include "saddle/tensor/autograd.h"
#include "saddle/tensor/gradcheck.h"
#include "tests/kernel/reference.h"

namespace saddle::kernel {
namespace {

TEST(Activation, ValuesAndDerivativesAtHandComputablePoints) {
  const at::Tensor x = at::tensor({-2.0, 0.0, 3.0}).requires_grad_();
  const at::Tensor y = kernel::leaky_relu(x, 0.2);
  EXPECT_TRUE(y.equal(at::tensor({-0.4, 0.0, 3.0})));
  EXPECT_TRUE(gradients(y.sum(), {x})[0].equal(at::tensor({0.2, 0.2, 1.0})));
  EXPECT_TRUE(kernel::relu(x).equal(at::tensor({0.0, 0.0, 3.0})));
  EXPECT_TRUE(gradients(kernel::relu(x).sum(), {x})[0].equal(at::tensor({0.0, 0.0, 1.0})));
  EXPECT_NEAR(kernel::tanh(x)[2].item<double>(), 0.99505475368673045, 1e-15);
}

TEST(Activation, GradientsFromTheOutputEqualAutograd) {
  const at::Tensor x =
      at::cat({test_normal({50}, 0), at::zeros({2}, at::kDouble)}).requires_grad_();
  const at::Tensor signal = test_normal({52}, 1);
  const at::Tensor a = kernel::leaky_relu(x, 0.2), b = kernel::relu(x);
  const at::Tensor leaky = gradients(a, signal, {x})[0], plain = gradients(b, signal, {x})[0];
  EXPECT_TRUE(leaky_relu_gradient(signal, a.detach(), 0.2).equal(leaky));
  EXPECT_TRUE(relu_gradient(signal, b.detach()).equal(plain));
  const at::Tensor written = signal.clone();
  EXPECT_TRUE(leaky_relu_gradient(written, a.detach(), 0.2, true).is_same(written));
  EXPECT_TRUE(written.equal(leaky));
  written.copy_(signal);
  EXPECT_TRUE(relu_gradient(written, b.detach(), true).is_same(written));
  EXPECT_TRUE(written.equal(plain));
}

TEST(Activation, NegativeSlopeIsRefusedWhereTheOutputHidesTheSign) {
  const at::Tensor y = at::ones({1});
  EXPECT_EQ(error_of([&] { leaky_relu_gradient(y, y, -0.1); }),
            "[leaky relu] slope -0.1: the output tells the sign of the input only for slope >= 0");
}

TEST(Linear, ExplicitGradientsEqualAutograd) {
  const at::Tensor x = test_normal({5, 3}, 0).requires_grad_(),
                   w = test_normal({4, 3}, 1).requires_grad_(),
                   b = test_normal({4}, 2).requires_grad_(), signal = test_normal({5, 4}, 3);
  const auto expected = gradients(kernel::linear(x, w, b), signal, {x, w, b});
  EXPECT_LT(relative_error(linear_input_gradient(signal, w), expected[0]), 1e-14);
  EXPECT_LT(relative_error(linear_weight_gradient(signal, x), expected[1]), 1e-14);
  EXPECT_LT(relative_error(bias_gradient(signal), expected[2]), 1e-14);
  const at::Tensor map = test_normal({2, 3, 4, 5}, 4);
  EXPECT_LT(relative_error(bias_gradient(map), map.sum({0, 2, 3})), 1e-14);
}

TEST(Linear, ShapesThatDoNotFitAreRefused) {
  const at::Tensor x = at::ones({5, 3}), w = at::ones({4, 2});
  EXPECT_EQ(error_of([&] { kernel::linear(x, w, {}); }),
            "[linear] input [N,in] and weight [out,in]: shapes [5,3] and [4,2] do not fit");
  EXPECT_NE(error_of([&] { linear_input_gradient(x, w); }), "");
  EXPECT_NE(error_of([&] { linear_weight_gradient(x, w); }), "");
}

}  // namespace
}  // namespace saddle::kernel
