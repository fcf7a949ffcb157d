// Metrics of two sets of features, against the values of other libraries and against plain loops.
#include <cmath>

#include "saddle/metric/class_accuracy.h"
#include "saddle/metric/frechet.h"
#include "saddle/metric/kernel_distance.h"
#include "saddle/metric/manifold.h"
#include "saddle/metric/memorisation.h"
#include "saddle/metric/ranking.h"
#include "saddle/metric/transport.h"
#include "saddle/metric/two_sample.h"
#include "tests/metric/fixtures.h"

namespace saddle::test {
namespace {

using metric::FeatureRows;

constexpr double kDefault = 1e-9;  // the golden file's, relative and absolute
constexpr double kCounts = 1e-12;  // of shares

void expect_close(double value, double expected, double tolerance, const std::string& what) {
  EXPECT_NEAR(value, expected, tolerance * (1 + std::abs(expected))) << what;
}

FeatureRows rows_of(const at::Tensor& x) {
  return FeatureRows(x, "test", "rows");
}

const char* const kFeatureCases[] = {"features_main", "features_small", "features_equal"};

TEST(FeatureMetrics, GoldenKernelDistances) {
  SADDLE_NEED_GOLDEN_METRICS();
  for (const char* name : kFeatureCases) {
    const GoldenCase golden = golden_case(name);
    const FeatureRows real = rows_of(golden.tensor("real")), fake = rows_of(golden.tensor("fake"));
    const Json& kid = golden.results.at("kid");
    const auto score = metric::kernel_distance(real, fake, golden.tensor("kid_index_real"),
                                               golden.tensor("kid_index_fake"));
    expect_close(score.mean, kid.at("torch_fidelity_mean"), kDefault, name);
    expect_close(score.sd, kid.at("torch_fidelity_std"), kDefault, name);
    expect_close(metric::polynomial_mmd(real, fake),
                 kid.at("all_samples_unbiased_scikit_learn_kernels"), kDefault, name);
    const Json& mmd = golden.results.at("mmd_rbf");
    const auto gaussian = metric::gaussian_mmd(real, fake);
    expect_close(gaussian.sigma, mmd.at("sigma"), kDefault, name);
    expect_close(gaussian.biased, mmd.at("scikit_learn_biased"), kDefault, name);
    expect_close(gaussian.unbiased, mmd.at("scikit_learn_unbiased"), kDefault, name);
    expect_close(gaussian.mixture, mmd.at("mixture_unbiased"), kDefault, name);
    expect_close(metric::energy_distance(real, fake),
                 golden.results.at("energy_distance").at("scikit_learn_v_statistic"), kDefault,
                 name);
  }
}

TEST(FeatureMetrics, GoldenManifoldScores) {
  SADDLE_NEED_GOLDEN_METRICS();
  for (const char* name : kFeatureCases) {
    const GoldenCase golden = golden_case(name);
    const FeatureRows real = rows_of(golden.tensor("real")), fake = rows_of(golden.tensor("fake"));
    for (const auto& [key, expected] : golden.results.at("prdc").items()) {
      const std::string what = std::string(name) + " " + key;
      const auto s = metric::manifold_scores(real, fake, {key[1] - '0'}).at(0);
      const Json& closed = golden.results.at("precision_recall").at(key).at("reference_exact_le");
      const Json& open = expected.at("reference_exact_lt");
      EXPECT_NEAR(s.precision_closed, closed.at(0), kCounts) << what;
      EXPECT_NEAR(s.recall_closed, closed.at(1), kCounts) << what;
      EXPECT_NEAR(s.precision_open, open.at(0), kCounts) << what;
      EXPECT_NEAR(s.recall_open, open.at(1), kCounts) << what;
      EXPECT_NEAR(s.density_open, open.at(2), kCounts) << what;
      EXPECT_NEAR(s.coverage_open, open.at(3), kCounts) << what;
      EXPECT_NEAR(metric::f_score(s.precision_closed, s.recall_closed),
                  golden.results.at("precision_recall").at(key).at("torch_fidelity_f_score"), 1e-6)
          << what;
    }
  }
}

TEST(FeatureMetrics, GoldenSlicedDistancesAndDiversity) {
  SADDLE_NEED_GOLDEN_METRICS();
  for (const char* name : kFeatureCases) {
    const GoldenCase golden = golden_case(name);
    const at::Tensor &real = golden.tensor("real"), &fake = golden.tensor("fake");
    const Json& sliced = golden.results.at("sliced_w2");
    const at::Tensor& directions = golden.tensor("projections");
    expect_close(metric::sliced_wasserstein(real, fake, directions), sliced.at("POT"), 1e-8, name);
    expect_close(metric::sliced_wasserstein(real, fake, directions, 1), sliced.at("POT_p1"), 1e-8,
                 name);
    const Json& diversity = golden.results.at("diversity");
    expect_close(metric::pairwise_diversity(rows_of(real)), diversity.at("real"), kDefault, name);
    expect_close(metric::pairwise_diversity(rows_of(fake)), diversity.at("fake"), kDefault, name);
  }
}

TEST(FeatureMetrics, GoldenTwoSampleTests) {
  SADDLE_NEED_GOLDEN_METRICS();
  for (const char* name : {"features_main", "features_small"}) {
    const GoldenCase golden = golden_case(name);
    const FeatureRows real = rows_of(golden.tensor("real")), fake = rows_of(golden.tensor("fake"));
    const Json& nn = golden.results.at("c2st_1nn_loo");
    const auto neighbour = metric::neighbour_test(real, fake);
    EXPECT_NEAR(neighbour.accuracy, nn.at("reference_accuracy_tie_to_lowest_index"), kCounts);
    EXPECT_NEAR(neighbour.accuracy_real, nn.at("accuracy_on_real"), kCounts);
    EXPECT_NEAR(neighbour.accuracy_fake, nn.at("accuracy_on_fake"), kCounts);
    const Json& logistic = golden.results.at("c2st_logistic");
    const auto test = metric::logistic_test(real, fake);
    EXPECT_NEAR(test.accuracy, logistic.at("scikit_learn_accuracy"), 0.01) << name;
    EXPECT_NEAR(test.auroc, logistic.at("scikit_learn_auroc"), 0.01) << name;
    expect_close(test.weight_norm, logistic.at("weight_norm"), 1e-3, name);
    expect_close(std::abs(test.intercept), std::abs(logistic.at("intercept").get<double>()), 1e-3,
                 name);
  }
}

TEST(FeatureMetrics, GoldenMemorisationBirthdayScoresAndClasses) {
  SADDLE_NEED_GOLDEN_METRICS();
  for (const char* name : {"memorisation", "memorisation_clean"}) {
    const GoldenCase golden = golden_case(name);
    const Json& expected = golden.results.at("memorisation");
    const auto m =
        metric::memorisation(rows_of(golden.tensor("train")), rows_of(golden.tensor("unseen")),
                             rows_of(golden.tensor("fake")));
    EXPECT_NEAR(m.share, expected.at("fraction_nearer_to_train_scikit_learn"), kCounts);
    expect_close(m.limit, expected.at("limit_4se"), kDefault, name);
    EXPECT_EQ(m.mann_whitney_u, expected.at("mann_whitney_u_scipy").get<double>());
    expect_close(m.z, expected.at("mann_whitney_z"), kDefault, name);
    expect_close(m.fake_distance, expected.at("median_distance_fake_to_train"), kDefault, name);
    expect_close(m.unseen_distance, expected.at("median_distance_unseen_to_train"), kDefault, name);
  }
  const GoldenCase twins = golden_case("birthday");
  const auto b = metric::birthday(rows_of(twins.tensor("samples")), 0.05);
  EXPECT_EQ(b.close_pairs, 6);
  EXPECT_EQ(b.pairs, 1770);
  EXPECT_EQ(b.support, 295);
  const GoldenCase ranked = golden_case("scores");
  const Json& ranking = ranked.results.at("ranking");
  expect_close(metric::area_under_roc(ranked.tensor("scores"), ranked.tensor("labels")),
               ranking.at("auroc_scikit_learn"), kDefault, "auroc");
  expect_close(metric::average_precision(ranked.tensor("scores"), ranked.tensor("labels")),
               ranking.at("average_precision_scikit_learn"), kDefault, "average precision");
  const GoldenCase classes = golden_case("cas");
  const Json& cas = classes.results.at("cas");
  for (const std::string set : {"synthetic", "real"}) {
    const auto accuracy =
        metric::class_accuracy(rows_of(classes.tensor(set + "_x")), classes.tensor(set + "_y"),
                               rows_of(classes.tensor("test_x")), classes.tensor("test_y"));
    const auto peer = [&](const char* what) {
      return cas.at("train_" + set + "_" + what + "_scikit_learn").get<double>();
    };
    EXPECT_NEAR(accuracy.nearest_1, peer("knn1"), kCounts) << set;
    EXPECT_NEAR(accuracy.nearest_5, peer("knn5"), kCounts) << set;
    EXPECT_NEAR(accuracy.logistic, peer("multinomial_logistic"), kCounts) << set;
  }
}

}  // namespace
}  // namespace saddle::test
