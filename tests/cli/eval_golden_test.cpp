// Every golden value of the metrics through `saddle eval`, as a user asks for them. The files and
// their expected numbers come from the peer libraries that shared/golden/metrics names.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "saddle/base/text.h"
#include "tests/metric/fixtures.h"
#include "tests/program.h"

namespace saddle {
namespace {

using test::Finished;

constexpr double kPeer = 1e-9;       // double sums in another order
constexpr double kFrechet = 1e-7;    // roots of matrices round differently
constexpr double kTransport = 1e-8;  // sorted sums of 32 projections
constexpr double kCount = 1e-12;     // shares of whole numbers
constexpr double kFloat32 = 1e-6;    // the peer gives float32
constexpr double kLearner = 1e-6;    // its optimiser stops elsewhere

/// One file of the golden set and what is expected of it.
class EvalGolden : public testing::Test {
 protected:
  void open(const std::string& name) {
    const auto expected = test::golden_metrics() / "expected.json";
    results_ = parse_json(read_file(expected), "test", expected.string())
                   .at("cases")
                   .at(name)
                   .at("results");
    file_ = (test::golden_metrics() / (name + ".safetensors")).string();
  }
  std::string at(const std::string& key) const { return file_ + "#" + key; }
  bool has(const std::string& result) const { return results_.contains(result); }
  const Json& expected(const std::string& pointer) const {
    return results_.at(Json::json_pointer("/" + pointer));
  }
  /// Asks for metrics; `settings` are given with --set.
  void ask(const std::string& metrics, std::vector<std::string> words,
           const std::vector<std::string>& settings = {}) {
    words.insert(words.begin(), "eval");
    for (const char* word : {"--json", "--metrics", metrics.c_str()}) words.emplace_back(word);
    for (const std::string& setting : settings) {
      words.insert(words.end(), {"--set", setting});
    }
    const Finished finished = test::run_saddle(words);
    ASSERT_EQ(finished.exit_code, 0) << finished.err;
    measured_.clear();
    const Json answer = Json::parse(finished.out);
    for (const Json& metric : answer.at("metrics")) {
      measured_[metric.at("name")] = metric;
    }
  }
  /// `place`: "fid", "kid/spread", "fid/parts/0"; the value is "fid/value".
  void expect(const std::string& place, const std::string& result, double tolerance) const {
    const bool deep = place.find('/') != std::string::npos;
    near(measured_.at(Json::json_pointer("/" + place + (deep ? "" : "/value"))), expected(result),
         tolerance, place + " against " + result);
  }
  static void near(const Json& value, const Json& expected, double tolerance,
                   const std::string& what) {
    if (value.is_string() || expected.is_string()) {
      EXPECT_EQ(value, expected) << what;
      return;
    }
    ASSERT_TRUE(value.is_number()) << what;
    const double wanted = expected.get<double>();
    EXPECT_NEAR(value.get<double>(), wanted, tolerance * (1 + std::abs(wanted))) << what;
  }
  const Json& of(const std::string& metric) const { return measured_.at(metric); }

 private:
  Json results_, measured_ = Json::object();
  std::string file_;
};

class EvalGoldenFeatures : public EvalGolden, public testing::WithParamInterface<const char*> {};

TEST_P(EvalGoldenFeatures, DistancesAgree) {
  SADDLE_NEED_GOLDEN_METRICS();
  open(GetParam());
  const std::vector<std::string> sets{"--real", at("real"), "--fake", at("fake")};
  ask("fid,kid,kid_all,mmd,mmd_biased,mmd_mixture,energy,sliced_w2,precision,recall,density,"
      "coverage,diversity,diversity_ratio,"
      "c2st_1nn,c2st_1nn_real,c2st_1nn_fake,c2st_logistic,c2st_logistic_auroc",
      sets,
      {"kid.real_index=" + at("kid_index_real"), "kid.fake_index=" + at("kid_index_fake"),
       "sliced.directions=" + at("projections")});
  expect("fid", "fid/reference_symmetric_eigh", kFrechet);
  expect("fid/parts/0", "fid/mean_term", kFrechet);
  expect("fid/parts/1", "fid/trace_real", kFrechet);
  expect("fid/parts/2", "fid/trace_fake", kFrechet);
  expect("fid/parts/3", "fid/trace_sqrt", kFrechet);
  expect("kid", "kid/torch_fidelity_mean", kPeer);
  expect("kid/spread", "kid/torch_fidelity_std", kPeer);
  expect("kid_all", "kid/all_samples_unbiased_scikit_learn_kernels", kPeer);
  expect("mmd", "mmd_rbf/scikit_learn_unbiased", kPeer);
  expect("mmd/parts/0", "mmd_rbf/sigma", kPeer);
  expect("mmd_biased", "mmd_rbf/scikit_learn_biased", kPeer);
  expect("mmd_mixture", "mmd_rbf/mixture_unbiased", kPeer);
  expect("energy", "energy_distance/scikit_learn_v_statistic", kPeer);
  expect("sliced_w2", "sliced_w2/POT", kTransport);
  expect("precision", "precision_recall/k3/reference_exact_le/0", kCount);
  expect("recall", "precision_recall/k3/reference_exact_le/1", kCount);
  expect("density", "prdc/k5/reference_exact_lt/2", kCount);
  expect("coverage", "prdc/k5/reference_exact_lt/3", kCount);
  expect("diversity", "diversity/fake", kPeer);
  expect("diversity_ratio", "diversity/ratio", kPeer);
  if (has("c2st_1nn_loo")) {
    expect("c2st_1nn", "c2st_1nn_loo/scikit_learn_accuracy", kCount);
    expect("c2st_1nn_real", "c2st_1nn_loo/accuracy_on_real", kCount);
    expect("c2st_1nn_fake", "c2st_1nn_loo/accuracy_on_fake", kCount);
    expect("c2st_logistic", "c2st_logistic/scikit_learn_accuracy", kLearner);
    expect("c2st_logistic_auroc", "c2st_logistic/scikit_learn_auroc", kLearner);
  }
  ask("sliced_w2", sets, {"sliced.directions=" + at("projections"), "sliced.p=1"});
  expect("sliced_w2", "sliced_w2/POT_p1", kTransport);
}
INSTANTIATE_TEST_SUITE_P(Files, EvalGoldenFeatures,
                         testing::Values("features_main", "features_small", "features_equal"));

TEST_F(EvalGolden, InceptionScoreAgrees) {
  SADDLE_NEED_GOLDEN_METRICS();
  open("inception_logits");
  const std::pair<const char*, std::vector<std::string>> orders[] = {
      {"splits1_in_order", {"is.splits=1"}},
      {"splits10_in_order", {}},
      {"splits10_shuffled", {"is.permutation=" + at("permutation")}}};
  for (const auto& [name, settings] : orders) {
    ask("is", {"--fake", at("logits")}, settings);
    expect("is", cat("inception_score/", name, "/torch_fidelity_mean"), kPeer);
    expect("is/spread", cat("inception_score/", name, "/torch_fidelity_std"), kPeer);
  }
}

TEST_F(EvalGolden, ModesOfWorldsAgree) {
  SADDLE_NEED_GOLDEN_METRICS();
  for (const auto& [name, sd] : {std::pair{"ring_good", ".01"}, {"grid_bad", ".05"}}) {
    open(name);
    ask("modes,high_quality,reverse_kl,reverse_kl_hq,radius_ratio", {"--fake", at("samples")},
        {"modes.centres=" + at("centres"), cat("modes.sd=0", sd)});
    expect("modes", "modes_2d/modes_with_high_quality_sample", kCount);
    expect("high_quality", "modes_2d/high_quality_fraction", kPeer);
    expect("reverse_kl", "modes_2d/reverse_kl_all_samples_scipy", kPeer);
    expect("reverse_kl_hq", "modes_2d/reverse_kl_high_quality_only_scipy", kPeer);
    expect("radius_ratio", "modes_2d/mean_radius_over_sd_high_quality", kPeer);
  }
}

TEST_F(EvalGolden, CopiesAndDuplicatesAgree) {
  SADDLE_NEED_GOLDEN_METRICS();
  for (const char* name : {"memorisation", "memorisation_clean"}) {
    open(name);
    ask("memorisation,memorisation_z",
        {"--real", at("unseen"), "--train", at("train"), "--fake", at("fake")});
    expect("memorisation", "memorisation/fraction_nearer_to_train_scikit_learn", kPeer);
    expect("memorisation_z", "memorisation/mann_whitney_z", kPeer);
    expect("memorisation_z/parts/0", "memorisation/mann_whitney_u_scipy", kPeer);
    expect("memorisation/parts/1", "memorisation/median_distance_fake_to_train", kPeer);
  }
  open("birthday");
  ask("birthday", {"--fake", at("samples")}, {"birthday.tau=0.05"});
  near(of("birthday").at("value"), 295.0, kPeer, "6 close of 1770 pairs");
}

TEST_F(EvalGolden, LearnersOfClassesAgree) {
  SADDLE_NEED_GOLDEN_METRICS();
  open("cas");
  ask("cas,cas_1nn,cas_5nn", {"--real", at("test_x"), "--real-labels", at("test_y"), "--fake",
                              at("synthetic_x"), "--fake-labels", at("synthetic_y"), "--train",
                              at("real_x"), "--train-labels", at("real_y")});
  for (const auto& [learner, peer] :
       {std::pair{"cas", "multinomial_logistic"}, {"cas_1nn", "knn1"}, {"cas_5nn", "knn5"}}) {
    expect(learner, cat("cas/train_synthetic_", peer, "_scikit_learn"), kPeer);
    expect(cat(learner, "/floor"), cat("cas/train_real_", peer, "_scikit_learn"), kPeer);
  }
  open("scores");
  ask("auroc,average_precision", {"--fake", at("scores"), "--fake-labels", at("labels")});
  expect("auroc", "ranking/auroc_scikit_learn", kPeer);
  expect("average_precision", "ranking/average_precision_scikit_learn", kPeer);
}

TEST_F(EvalGolden, PairsOfImagesAgree) {
  SADDLE_NEED_GOLDEN_METRICS();
  open("images");
  const auto compare = [&](const std::string& metric, const std::string& peer) {
    const Json& wanted = expected("image_quality_scikit_image/" + peer);
    const Json& parts = of(metric).at("parts");
    ASSERT_EQ(parts.size(), wanted.size());
    for (std::size_t i = 0; i < parts.size(); ++i) {
      near(parts[i], wanted[i], kPeer, cat(metric, " of pair ", i));
    }
  };
  const std::vector<std::string> sets{"--real", at("a"), "--fake", at("b")};
  ask("psnr,psnr_y,ssim,ssim_y", sets, {"pairs.border=4"});
  compare("psnr", "psnr_rgb");
  compare("psnr_y", "psnr_y");
  compare("ssim", "ssim_gauss_rgb");
  compare("ssim_y", "ssim_gauss_y");
  EXPECT_EQ(of("psnr").at("value"), "inf");
  ask("ssim_y", sets, {"pairs.border=4", "pairs.window=uniform"});
  compare("ssim_y", "ssim_uniform7_y");
}

TEST_F(EvalGolden, ImagesThroughAnExtractorAgree) {
  SADDLE_NEED_GOLDEN_METRICS();
  open("end_to_end");
  ask("fid,precision,recall,density,coverage",
      {"--real", at("real"), "--fake", at("fake"), "--extractor",
       (test::golden_metrics() / "extractor.pt").string()},
      {"extractor.precision=float64"});
  expect("fid", "fid_float64_features/reference_symmetric_eigh", kFrechet);
  expect("precision", "precision_recall_k3_torch_fidelity/0", kFloat32);
  expect("recall", "precision_recall_k3_torch_fidelity/1", kFloat32);
  expect("density", "prdc_k5/density", kPeer);
  expect("coverage", "prdc_k5/coverage", kPeer);
}

TEST_F(EvalGolden, PathLengthAgrees) {
  SADDLE_NEED_GOLDEN_METRICS();
  open("ppl");
  for (const auto& [name, end] : {std::pair{"lerp", "z1_lerp"}, {"slerp_any", "z1_slerp_any"}}) {
    ask("ppl",
        {"--fake", (test::golden_metrics() / "generator.pt").string(), "--extractor",
         (test::golden_metrics() / "extractor.pt").string()},
        {"extractor.precision=float64", "generator.precision=float64", "generator.latent=8",
         "ppl.z0=" + at("z0"), "ppl.z1=" + at(end), "ppl.eps=0.01", "ppl.low=10", "ppl.high=90"});
    const std::string peer = cat("ppl/", name, "/");
    expect("ppl", peer + "torch_fidelity_mean", kPeer);
    expect("ppl/spread", peer + "torch_fidelity_std", kPeer);
    expect("ppl/parts/0", peer + "trimmed_10_90_mean_numpy", kPeer);
    near(of("ppl").at("parts").at(1), 42, kCount, "steps kept");
  }
}

}  // namespace
}  // namespace saddle
