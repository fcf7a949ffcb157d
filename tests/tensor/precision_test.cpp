#include "saddle/tensor/precision.h"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>

#include "saddle/tensor/autograd.h"
#include "saddle/tensor/ledger.h"
#include "tests/tensor/throws.h"

namespace saddle {
namespace {

TEST(Precision, ProductsInsideTheScopeAreBFloat16AndOutsideNot) {
  const at::Tensor a = at::ones({4, 4}), b = at::ones({4, 4});
  {
    const PrecisionScope scope(Precision::kBFloat16, at::kCPU);
    EXPECT_EQ(a.mm(b).scalar_type(), at::kBFloat16);
    EXPECT_EQ(compute_dtype(a), at::kBFloat16);
    EXPECT_EQ(compute_dtype(a.to(at::kDouble)), at::kDouble);
    EXPECT_EQ(compute_dtype(at::ones({2}, at::kLong)), at::kLong);
    {
      const PrecisionScope exact(Precision::kFloat32, at::kCPU);
      EXPECT_EQ(a.mm(b).scalar_type(), at::kFloat);
      EXPECT_EQ(in_compute_precision(a).scalar_type(), at::kFloat);
    }
    EXPECT_EQ(a.mm(b).scalar_type(), at::kBFloat16);
  }
  EXPECT_EQ(a.mm(b).scalar_type(), at::kFloat);
  EXPECT_FALSE(at::autocast::is_autocast_enabled(at::kCPU));
}

TEST(Precision, WeightsAreConvertedOnceAScopeAndForgottenAtItsEnd) {
  const at::Tensor weight = at::ones({2, 2}).requires_grad_();
  at::Tensor low;
  {
    const PrecisionScope scope(Precision::kBFloat16, at::kCPU);
    low = in_compute_precision(weight);
    {
      const PrecisionScope inner(Precision::kBFloat16, at::kCPU);
      EXPECT_TRUE(in_compute_precision(weight).is_same(low));
    }
    EXPECT_TRUE(in_compute_precision(weight).is_same(low));
    EXPECT_TRUE(gradients(low.sum(), {weight})[0].equal(at::ones({2, 2})));
  }
  {
    const NoGrad no_grad;
    weight.fill_(3);
  }
  const PrecisionScope scope(Precision::kBFloat16, at::kCPU);
  EXPECT_EQ(in_compute_precision(weight).sum().item<double>(), 12);
}

TEST(Precision, ConversionsWithoutAGraphAreNotKept) {
  const at::Tensor weight = at::ones({2, 2}).requires_grad_();
  const PrecisionScope scope(Precision::kBFloat16, at::kCPU);
  {
    const NoGrad no_grad;
    EXPECT_EQ(in_compute_precision(weight).scalar_type(), at::kBFloat16);
  }
  EXPECT_TRUE(gradients(in_compute_precision(weight).sum(), {weight})[0].equal(at::ones({2, 2})));
}

TEST(Precision, ScopesThrowSafe) {
  try {
    const PrecisionScope scope(Precision::kBFloat16, at::kCPU);
    throw 1;
  } catch (int) {
  }
  EXPECT_EQ(compute_dtype(at::ones({1})), at::kFloat);
}

TEST(Precision, GraphScopesNest) {
  const at::Tensor x = at::ones({1}).requires_grad_();
  {
    const NoGrad no_grad;
    EXPECT_FALSE(x.mul(2).requires_grad());
    {
      const WithGrad with_grad;
      EXPECT_TRUE(x.mul(2).requires_grad());
    }
    EXPECT_FALSE(x.mul(2).requires_grad());
  }
  EXPECT_TRUE(x.mul(2).requires_grad());
}

TEST(Precision, ChannelsLastTouchesFourAxesOnly) {
  const at::Tensor image = at::ones({2, 3, 4, 4}), matrix = at::ones({2, 3});
  EXPECT_TRUE(channels_last(image).is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(channels_last(matrix).is_same(matrix));
  const at::Tensor already = channels_last(image);
  EXPECT_TRUE(channels_last(already).is_same(already));
}

TEST(Ledger, AppliesInOrderAndOnce) {
  Ledger ledger;
  std::string seen;
  EXPECT_TRUE(ledger.empty());
  ledger.record([&] { seen += 'a'; });
  ledger.record([&] { seen += 'b'; });
  EXPECT_EQ(seen, "");
  ledger.apply();
  ledger.apply();
  EXPECT_EQ(seen, "ab");
  ledger.record([&] { throw Error(ErrorCode::kInternal, "test", "no"); });
  EXPECT_THROW(ledger.apply(), Error);
  EXPECT_TRUE(ledger.empty());
}

}  // namespace
}  // namespace saddle
