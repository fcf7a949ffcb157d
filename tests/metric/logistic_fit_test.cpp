#include "saddle/metric/logistic_fit.h"

#include "tests/metric/fixtures.h"

namespace saddle::test {
namespace {

struct Problem {
  at::Tensor x, y;
};

/// Three overlapping classes of 4 correlated features.
Problem three_classes() {
  const at::Tensor y = at::arange(150, at::kLong).remainder(3);
  at::Tensor x = normal(1, {150, 4}).mm(normal(2, {4, 4}));
  x.select(1, 0) += y;
  return {x, y};
}

/// The slopes of the sum of cross-entropies + |W|^2 / 2 by W and by the intercepts.
double steepest_slope(const Problem& problem, const metric::MultinomialLogistic& fit) {
  const at::Tensor p = (problem.x.mm(fit.weights.t()) + fit.intercepts).softmax(1);
  const at::Tensor off = p - at::one_hot(problem.y, p.size(1));
  return std::max((off.t().mm(problem.x) + fit.weights).abs().max().item<double>(),
                  off.sum(0).abs().max().item<double>());
}

TEST(LogisticFit, MultinomialReachesTheMinimum) {
  const Problem problem = three_classes();
  const auto fit = metric::fit_multinomial_logistic(problem.x, problem.y, 3);
  EXPECT_TRUE(fit.converged);
  EXPECT_LT(steepest_slope(problem, fit), 1e-5);
}

// As pixels lie, and far beyond: the intercepts are free, so that a shift changes nothing else.
TEST(LogisticFit, AShiftMovesTheInterceptsAlone) {
  const Problem problem = three_classes();
  const auto plain = metric::fit_multinomial_logistic(problem.x, problem.y, 3);
  const auto two = metric::fit_binary_logistic(problem.x, problem.y.eq(1).to(at::kLong));
  for (const double shift : {128.0, 1e4, 1e7}) {
    const at::Tensor x = problem.x + shift;
    const auto moved = metric::fit_multinomial_logistic(x, problem.y, 3);
    EXPECT_TRUE(moved.converged) << shift;
    EXPECT_LT((moved.weights - plain.weights).abs().max().item<double>(), 1e-5) << shift;
    const auto binary = metric::fit_binary_logistic(x, problem.y.eq(1).to(at::kLong));
    EXPECT_LT((binary.weights - two.weights).abs().max().item<double>(), 1e-6) << shift;
  }
}

TEST(LogisticFit, FeaturesOfAnyScaleReachTheirMinimum) {
  Problem problem = three_classes();
  for (const double scale : {60.0, 1e4, 1e-3}) {
    const Problem scaled{problem.x * scale, problem.y};
    const auto fit = metric::fit_multinomial_logistic(scaled.x, scaled.y, 3);
    EXPECT_TRUE(fit.converged) << scale;
    EXPECT_LT(steepest_slope(scaled, fit), 1e-5 * std::max(1.0, scale)) << scale;
  }
  problem.x = problem.x * at::tensor({1e-4, 1.0, 1e4, 1e2}, at::kDouble);
  const auto fit = metric::fit_multinomial_logistic(problem.x, problem.y, 3);
  EXPECT_TRUE(fit.converged);
  EXPECT_LT(steepest_slope(problem, fit), 0.1);  // of features up to 1e4
}

}  // namespace
}  // namespace saddle::test
