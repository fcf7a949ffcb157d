#include "saddle/kernel/convolution.h"

#include "saddle/kernel/convolution_passes.h"
#include "saddle/kernel/linear.h"
#include "saddle/kernel/plan.h"
#include "saddle/tensor/autograd.h"
#include "saddle/tensor/gradcheck.h"
#include "saddle/tensor/precision.h"
#include "tests/kernel/reference.h"

namespace saddle::kernel {
namespace {

/// bfloat16 keeps 8 bits: half a unit is 2^-9 of each rounded number, and the result is rounded
/// once more; sums of rounded patches add a little.
constexpr double kBFloat16Tolerance = 0.015;
constexpr double kFloat32Tolerance = 1e-5;

struct Shape {
  std::array<std::int64_t, 4> input, weight;
  std::int64_t stride, padding;
};

std::ostream& operator<<(std::ostream& out, const Shape& shape) {
  return out << ConvCase{.input = shape.input,
                         .weight = shape.weight,
                         .stride = shape.stride,
                         .padding = shape.padding}
                    .text();
}

ConvCase case_of(const Shape& shape, ConvPass pass, at::ScalarType type) {
  return {.pass = pass,
          .dtype = type,
          .input = shape.input,
          .weight = shape.weight,
          .stride = shape.stride,
          .padding = shape.padding};
}

/// Convolutions of the DCGAN presets at 28, 32 and 64 pixels with few channels, and shapes whose
/// 16-bit weight gradient is known to be wrong in the library.
std::vector<Shape> shapes() {
  std::vector<Shape> list;
  const auto add = [&](std::int64_t c, std::int64_t side, std::int64_t o, std::int64_t k,
                       std::int64_t s, std::int64_t p) {
    list.push_back({{4, c, side, side}, {o, c, k, k}, s, p});
  };
  add(1, 28, 8, 4, 2, 1);  // 28 pixels
  add(8, 14, 16, 4, 2, 1);
  add(16, 7, 1, 7, 1, 0);
  add(3, 32, 8, 4, 2, 1);  // 32 pixels
  add(8, 16, 16, 4, 2, 1);
  add(16, 8, 32, 4, 2, 1);
  add(3, 64, 8, 4, 2, 1);  // 64 pixels
  add(32, 4, 1, 4, 1, 0);
  add(100, 4, 64, 4, 1, 0);
  add(3, 16, 4, 3, 1, 1);
  add(64, 1, 64, 3, 2, 1);  // wrong in the library
  add(64, 1, 64, 5, 2, 2);
  add(32, 1, 64, 7, 2, 3);
  add(64, 2, 64, 4, 2, 1);
  add(256, 1, 256, 5, 1, 2);
  add(16, 3, 32, 4, 3, 1);
  list.push_back({{2, 3, 9, 7}, {5, 3, 3, 2}, 2, 1});  // not square, rows left over
  return list;
}

/// Fills memory that later calls get with large values, so that unwritten results show.
void poison_free_memory() {
  std::vector<at::Tensor> blocks;
  for (std::int64_t size = 64; size <= 1 << 19; size *= 2) {
    for (int i = 0; i < 2; ++i) blocks.push_back(at::full({size}, 1e30f));
  }
}

struct Tensors3 {
  at::Tensor x, w, g;
};

Tensors3 tensors_of(const Shape& shape) {
  const ConvCase conv = case_of(shape, ConvPass::kForward, at::kDouble);
  return {test_normal(shape.input, 0).to(at::kBFloat16).to(at::kDouble),
          test_normal(shape.weight, 1).to(at::kBFloat16).to(at::kDouble),
          test_normal({shape.input[0], shape.weight[0], conv.out_height(), conv.out_width()}, 2)
              .to(at::kBFloat16)
              .to(at::kDouble)};
}

/// The three products in float64 by the definition of a convolution, one tap at a time.
Tensors3 by_definition(const Shape& shape, const Tensors3& t) {
  const auto [n, c, h, w] = shape.input;
  const std::int64_t p = shape.padding, s = shape.stride;
  const std::int64_t oh = t.g.size(2), ow = t.g.size(3);
  const auto wide = at::TensorOptions(at::kDouble);
  at::Tensor padded = at::zeros({n, c, h + 2 * p, w + 2 * p}, wide);
  padded.narrow(2, p, h).narrow(3, p, w).copy_(t.x);
  at::Tensor y = at::zeros_like(t.g), dx = at::zeros_like(padded), dw = at::zeros_like(t.w);
  for (std::int64_t i = 0; i < shape.weight[2]; ++i) {
    for (std::int64_t j = 0; j < shape.weight[3]; ++j) {
      const auto tap = [&](const at::Tensor& map) {
        return map.slice(2, i, i + s * (oh - 1) + 1, s).slice(3, j, j + s * (ow - 1) + 1, s);
      };
      const at::Tensor weight = t.w.select(3, j).select(2, i);
      y += at::einsum("nchw,oc->nohw", {tap(padded), weight});
      tap(dx).add_(at::einsum("nohw,oc->nchw", {t.g, weight}));
      dw.select(3, j).select(2, i).copy_(at::einsum("nohw,nchw->oc", {t.g, tap(padded)}));
    }
  }
  return {dx.narrow(2, p, h).narrow(3, p, w), dw, y};
}

class ConvolutionShapes : public ::testing::TestWithParam<Shape> {};

TEST_P(ConvolutionShapes, ThreePassesEqualTheDefinition) {
  const Shape& shape = GetParam();
  const Tensors3 exact = tensors_of(shape);
  const Tensors3 expected = by_definition(shape, exact);
  for (const at::ScalarType type : {at::kDouble, at::kFloat, at::kBFloat16}) {
    const double tolerance = type == at::kBFloat16 ? kBFloat16Tolerance : kFloat32Tolerance;
    for (const bool last : {false, true}) {
      SCOPED_TRACE(std::string(c10::toString(type)) + (last ? " channels-last" : " contiguous"));
      const auto given = [&](const at::Tensor& t) {
        return last ? channels_last(t.to(type)) : t.to(type);
      };
      const at::Tensor x = given(exact.x), w = given(exact.w), g = given(exact.g);
      const auto s = shape.stride, p = shape.padding;
      poison_free_memory();
      EXPECT_LT(relative_error(kernel::conv2d(x, w, {}, s, p), expected.g), tolerance);
      poison_free_memory();
      EXPECT_LT(relative_error(conv2d_input_gradient(g, w, shape.input, s, p), expected.x),
                tolerance);
      for (int repeat = 0; repeat < 3; ++repeat) {
        poison_free_memory();
        EXPECT_LT(relative_error(conv2d_weight_gradient(g, x, shape.weight, s, p), expected.w),
                  tolerance);
      }
    }
  }
}

TEST_P(ConvolutionShapes, EveryMethodGivesTheSameProduct) {
  const Shape& shape = GetParam();
  const Tensors3 exact = tensors_of(shape);
  const Tensors3 expected = by_definition(shape, exact);
  const at::Tensor none;
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    const double tolerance = type == at::kBFloat16 ? kBFloat16Tolerance : kFloat32Tolerance;
    const at::Tensor x = exact.x.to(type), w = exact.w.to(type), g = exact.g.to(type);
    for (const ConvMethod method : {ConvMethod::kLibrary, ConvMethod::kChannelsLast,
                                    ConvMethod::kGemm, ConvMethod::kFloat32}) {
      SCOPED_TRACE(static_cast<int>(method));
      const auto forward = case_of(shape, ConvPass::kForward, type);
      EXPECT_LT(relative_error(compute_pass(forward, method, {x, w, none}), expected.g), tolerance);
      const auto input = case_of(shape, ConvPass::kInputGradient, type);
      EXPECT_LT(relative_error(compute_pass(input, method, {g, w, none}), expected.x), tolerance);
      const auto weight = case_of(shape, ConvPass::kWeightGradient, type);
      const bool library = method == ConvMethod::kLibrary || method == ConvMethod::kChannelsLast;
      if (library && is_guarded(weight)) continue;
      EXPECT_LT(relative_error(compute_pass(weight, method, {g, x, none}), expected.w), tolerance);
    }
  }
}

TEST_P(ConvolutionShapes, AutogradInBFloat16EqualsTheDefinition) {
  const Shape& shape = GetParam();
  const Tensors3 exact = tensors_of(shape);
  const Tensors3 expected = by_definition(shape, exact);
  const at::Tensor x = exact.x.to(at::kBFloat16).requires_grad_();
  const at::Tensor w = exact.w.to(at::kFloat).requires_grad_();
  const at::Tensor bias = at::ones({shape.weight[0]}, at::kFloat).requires_grad_();
  std::vector<at::Tensor> found;
  {
    const PrecisionScope scope(Precision::kBFloat16, at::kCPU);
    const at::Tensor y = kernel::conv2d(x, w, bias, shape.stride, shape.padding);
    EXPECT_EQ(y.scalar_type(), at::kBFloat16);
    EXPECT_LT(relative_error(y, expected.g + 1), kBFloat16Tolerance);
    poison_free_memory();
    found = gradients(y, exact.g.to(at::kBFloat16), {x, w, bias});
  }
  EXPECT_EQ(found[1].scalar_type(), at::kFloat);
  EXPECT_LT(relative_error(found[0], expected.x), kBFloat16Tolerance);
  EXPECT_LT(relative_error(found[1], expected.w), kBFloat16Tolerance);
  EXPECT_LT(relative_error(found[2], exact.g.sum({0, 2, 3})), kBFloat16Tolerance);
}

INSTANTIATE_TEST_SUITE_P(Presets, ConvolutionShapes, ::testing::ValuesIn(shapes()));

/// Central differences of degree-two polynomials are exact but for rounding.
constexpr double kGradcheckTolerance = 1e-7;

TEST(Convolution, OwnFunctionsHaveRightFirstAndSecondDerivatives) {
  const PlanScope plan(PlanMode::kRule);
  const std::vector<at::Tensor> inputs{test_normal({2, 2, 5, 4}, 0), test_normal({3, 2, 3, 3}, 1),
                                       test_normal({3}, 2)};
  const TensorFunction forward = [](const std::vector<at::Tensor>& t) {
    return kernel::conv2d(t[0], t[1], t[2], 2, 1).square();
  };
  for (const auto& report : {gradcheck(forward, inputs), double_gradcheck(forward, inputs)}) {
    EXPECT_LT(report.worst_error, kGradcheckTolerance) << report.where;
  }
  const std::vector<at::Tensor> transposed_inputs{
      test_normal({2, 3, 2, 3}, 0), test_normal({3, 2, 3, 3}, 1), test_normal({2}, 2)};
  const TensorFunction transposed = [](const std::vector<at::Tensor>& t) {
    return kernel::conv_transpose2d(t[0], t[1], t[2], 2, 1, 1).square();
  };
  for (const auto& report : {gradcheck(transposed, transposed_inputs),
                             double_gradcheck(transposed, transposed_inputs)}) {
    EXPECT_LT(report.worst_error, kGradcheckTolerance) << report.where;
  }
  const TensorFunction weight = [](const std::vector<at::Tensor>& t) {
    return conv2d_weight_gradient(t[0], t[1], {3, 2, 3, 3}, 2, 1).square();
  };
  const std::vector<at::Tensor> weight_inputs{test_normal({2, 3, 3, 2}, 0),
                                              test_normal({2, 2, 5, 4}, 1)};
  for (const auto& report :
       {gradcheck(weight, weight_inputs), double_gradcheck(weight, weight_inputs)}) {
    EXPECT_LT(report.worst_error, kGradcheckTolerance) << report.where;
  }
}

TEST(Convolution, GuardedBFloat16SecondDerivativesFollowFloat64) {
  const at::Tensor x = test_normal({4, 8, 1, 1}, 0), w = test_normal({8, 8, 3, 3}, 1);
  const auto penalty_gradient = [&](at::ScalarType type) {
    const at::Tensor input = x.to(type).requires_grad_();
    const at::Tensor weight = w.to(type).requires_grad_();
    const at::Tensor y = kernel::conv2d(input, weight, {}, 2, 1);
    const auto first = gradients(y.to(at::kDouble).square().sum(), {input}, true);
    poison_free_memory();
    return gradients(first[0].to(at::kDouble).square().sum(), {weight})[0];
  };
  // Four products of bfloat16 roundings after each other.
  EXPECT_LT(relative_error(penalty_gradient(at::kBFloat16), penalty_gradient(at::kDouble)), 0.03);
}

TEST(Convolution, TransposedIsTheAdjointOfTheForwardPass) {
  const at::Tensor x = test_normal({2, 3, 8, 8}, 0), w = test_normal({5, 3, 4, 4}, 1),
                   g = test_normal({2, 5, 4, 4}, 2);
  const at::Tensor up = kernel::conv_transpose2d(g, w, {}, 2, 1);
  EXPECT_EQ(up.sizes(), x.sizes());
  const double left = (kernel::conv2d(x, w, {}, 2, 1) * g).sum().item<double>();
  const double right = (x * up).sum().item<double>();
  EXPECT_NEAR(left, right, 1e-10);
  const at::Tensor dw = conv_transpose2d_weight_gradient(x, g, w.sizes(), 2, 1);
  EXPECT_NEAR((dw * w).sum().item<double>(), right, 1e-10);
  EXPECT_LT(
      relative_error(conv_transpose2d_input_gradient(x, w, 2, 1), kernel::conv2d(x, w, {}, 2, 1)),
      1e-14);
}

TEST(Convolution, FrozenWeightsGetNoGradient) {
  const PlanScope plan(PlanMode::kRule);
  const at::Tensor x = test_normal({2, 3, 8, 8}, 0).requires_grad_(),
                   w = test_normal({5, 3, 4, 4}, 1);
  const at::Tensor y = kernel::conv2d(x, w, {}, 2, 1);
  process_plan().clear();
  gradients(y.sum(), {x});
  EXPECT_EQ(process_plan().text().find("weight_gradient"), std::string::npos);
  EXPECT_NE(process_plan().text().find("input_gradient"), std::string::npos);
}

TEST(Convolution, ShapesThatDoNotFitAreRefused) {
  const at::Tensor x = test_normal({2, 3, 8, 8}, 0), w = test_normal({5, 4, 4, 4}, 1);
  EXPECT_EQ(error_of([&] { kernel::conv2d(x, w, {}, 2, 1); }),
            "[convolution] input [2,3,8,8], weight [5,4,4,4], output [2,5,4,4], stride 2, padding "
            "1 do not fit");
  EXPECT_EQ(error_of([&] { kernel::conv2d(x[0], w, {}, 2, 1); }),
            "[convolution] input has shape [3,8,8], expected 4 axes");
  EXPECT_EQ(error_of([&] {
              kernel::conv2d(x, test_normal({5, 3, 9, 9}, 1), {}, 1, 0);
            }),
            "[convolution] input [2,3,8,8], weight [5,3,9,9], stride 1, padding 0 do not fit");
}

TEST(Convolution, KernelsBeyondThePaddedMapAreRefusedAtEveryStride) {
  // One pixel too many: (8 + 0 - 9) / 2 rounds towards 0, so a size of the output says nothing.
  const at::Tensor x = test_normal({2, 3, 8, 8}, 0), w = test_normal({5, 3, 9, 9}, 1);
  const std::string message =
      "[convolution] input [2,3,8,8], weight [5,3,9,9], stride 2, padding 0 do not fit";
  EXPECT_EQ(error_of([&] { kernel::conv2d(x, w, {}, 2, 0); }), message);
  const at::Tensor signal = test_normal({2, 5, 1, 1}, 2);
  EXPECT_EQ(error_of([&] { conv2d_input_gradient(signal, w, x.sizes(), 2, 0); }), message);
  EXPECT_EQ(error_of([&] { conv2d_weight_gradient(signal, x, w.sizes(), 2, 0); }), message);
  for (const std::int64_t stride : {0, -1}) {
    EXPECT_NE(error_of([&] { kernel::conv2d(x, w, {}, stride, 1); }).find("do not fit"),
              std::string::npos);
    EXPECT_NE(error_of([&] { kernel::conv_transpose2d(x, w, {}, stride, 1); }).find("do not fit"),
              std::string::npos);
  }
  EXPECT_NE(error_of([&] { kernel::conv2d(x, w, {}, 2, -1); }).find("do not fit"),
            std::string::npos);
}

TEST(Convolution, BiasesOfAnotherShapeAreRefused) {
  const at::Tensor x = test_normal({2, 3, 8, 8}, 0), w = test_normal({5, 3, 4, 4}, 1);
  EXPECT_EQ(error_of([&] { kernel::conv2d(x, w, at::zeros({3}, at::kDouble), 2, 1); }),
            "[convolution] bias has shape [3], expected [5]");
  EXPECT_EQ(error_of([&] {
              kernel::conv2d(x, w, at::zeros({5, 1}, at::kDouble), 2, 1);
            }),
            "[convolution] bias has shape [5,1], expected [5]");
  const at::Tensor y = kernel::conv2d(x, w, {}, 2, 1);
  EXPECT_EQ(error_of([&] { kernel::conv_transpose2d(y, w, at::zeros({5}, at::kDouble), 2, 1); }),
            "[convolution] bias has shape [5], expected [3]");
  const at::Tensor rows = test_normal({2, 3}, 0), matrix = test_normal({5, 3}, 1);
  EXPECT_EQ(error_of([&] { kernel::linear(rows, matrix, at::zeros({3}, at::kDouble)); }),
            "[linear] weight [out,in] and bias [out]: shapes [5,3] and [3] do not fit");
}

TEST(Convolution, PassesWithoutAGraphLeaveLaterOnesTheirs) {
  const at::Tensor image = test_normal({2, 3, 8, 8}, 0, at::kFloat);
  const at::Tensor signal = test_normal({2, 5, 4, 4}, 1, at::kFloat);
  const at::Tensor rows = test_normal({4, 16}, 2, at::kFloat);
  const at::Tensor kernel = test_normal({5, 3, 4, 4}, 3, at::kFloat).requires_grad_();
  const at::Tensor matrix = test_normal({9, 16}, 4, at::kFloat).requires_grad_();
  const at::Tensor tall = test_normal({16, 9}, 5, at::kFloat).requires_grad_();
  const std::vector<std::function<at::Tensor()>> calls{
      [&] { return kernel::conv2d(image, kernel, {}, 2, 1); },
      [&] { return kernel::conv_transpose2d(signal, kernel, {}, 2, 1); },
      [&] { return kernel::linear(rows, matrix, {}); },
      [&] { return linear_input_gradient(rows, tall); }};
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const PrecisionScope scope(Precision::kBFloat16, at::kCPU);
    {
      const NoGrad no_grad;
      EXPECT_EQ(calls[i]().scalar_type(), at::kBFloat16) << i;
    }
    EXPECT_TRUE(calls[i]().requires_grad()) << i;
  }
}

}  // namespace
}  // namespace saddle::kernel
