// Features of images are worked out once for samples that come again, and never for others.
#include <gmock/gmock.h>

#include "saddle/metric/evaluation.h"
#include "tests/metric/fixtures.h"

namespace saddle::test {
namespace {

/// The pixels, and how many images were asked for.
class CountingExtractor final : public metric::Extractor {
 public:
  const std::string& name() const override { return name_; }
  std::string protocol() const override { return name_; }
  std::string identity() const override { return name_; }
  bool rounds_to_bytes() const override { return true; }
  metric::ExtractorOutput run(const at::Tensor& images) const override {
    images_ += images.size(0);
    return {.features = images.to(at::kDouble).flatten(1), .logits = {}};
  }
  std::vector<at::Tensor> maps(const at::Tensor& images) const override { return {images}; }
  std::int64_t taken() const { return std::exchange(images_, 0); }

 private:
  std::string name_ = "counting";
  mutable std::int64_t images_ = 0;
};

struct CacheBench {
  TemporaryDirectory place;
  std::shared_ptr<CountingExtractor> extractor = std::make_shared<CountingExtractor>();
  metric::EvaluationRequest request;

  CacheBench() {
    request.metrics = {"fid"};
    request.extractor = extractor;
    request.cache = std::make_shared<metric::FeatureCache>(place.path());
    request.asides = false;  // the baseline's images would count too
    request.settings.bootstrap.resamples = 0;
    request.real = metric::array_set(byte_noise(1, {40, 1, 2, 2}), {}, "real");
    request.fake = metric::array_set(byte_noise(2, {30, 1, 2, 2}), {}, "fake");
  }
  double value() const { return metric::evaluate_sets(request).metrics.front().value; }
};

TEST(EvaluationCache, TheExtractorRunsOnceForTheSameSamples) {
  CacheBench bench;
  const double first = bench.value();
  EXPECT_EQ(bench.extractor->taken(), 70);
  EXPECT_EQ(bench.value(), first);
  EXPECT_EQ(bench.extractor->taken(), 0);
  bench.request.cache = nullptr;
  EXPECT_EQ(bench.value(), first);
  EXPECT_EQ(bench.extractor->taken(), 70);
}

TEST(EvaluationCache, OtherPixelsLabelsOrNumbersAreOtherSamples) {
  CacheBench bench;
  bench.value();
  bench.extractor->taken();
  at::Tensor changed = byte_noise(2, {30, 1, 2, 2}).clone();
  changed[29][0][1][1] += 1;
  bench.request.fake = metric::array_set(changed, {}, "fake");
  bench.value();
  EXPECT_EQ(bench.extractor->taken(), 30);
  bench.request.fake = metric::array_set(changed, at::zeros({30}, at::kLong), "fake");
  bench.value();
  EXPECT_EQ(bench.extractor->taken(), 30);
  bench.request.n = 20;
  bench.value();
  EXPECT_EQ(bench.extractor->taken(), 40);
}

TEST(EvaluationCache, AnotherOrderOfASourceIsAnotherSetOfSamples) {
  CacheBench bench;
  const auto source = data::array_source(byte_noise(5, {50, 1, 2, 2}));
  const auto with_seed = [&](std::uint64_t seed) {
    bench.request.real = metric::source_set(source, {}, "real", seed);
    bench.request.n = 20;
    return bench.value();
  };
  const double first = with_seed(1);
  bench.extractor->taken();
  const double second = with_seed(2);
  EXPECT_EQ(bench.extractor->taken(), 20);
  EXPECT_NE(first, second);
  bench.request.cache = nullptr;
  EXPECT_EQ(with_seed(2), second);
  EXPECT_EQ(with_seed(1), first);
}

TEST(EvaluationCache, SamplesWithoutAnIdentityAreNotKept) {
  CacheBench bench;
  std::int64_t drawn = 0;
  const auto draw = [&](const RandomKey& key, std::int64_t n) {
    ++drawn;
    data::Batch batch;
    batch.set("x", random_normal(key, {n, 1, 2, 2}, at::TensorOptions().dtype(at::kFloat)).tanh());
    return batch;
  };
  bench.request.n = 25;
  const auto taken_twice = [&](const std::string& identity) {
    bench.request.fake = metric::generated_set(draw, "g", identity, 0);
    bench.value();
    bench.extractor->taken();
    bench.request.fake = metric::generated_set(draw, "g", identity, 0);
    bench.value();
    return bench.extractor->taken();
  };
  EXPECT_EQ(taken_twice(""), 25);
  EXPECT_EQ(taken_twice("weights"), 0);
}

TEST(EvaluationCache, FeaturesComeBackBitForBitWithTheirLabels) {
  CacheBench bench;
  const at::Tensor labels = at::arange(40, at::kLong).remainder(2);
  bench.request.metrics = {"intra_fid", "kid"};
  bench.request.real = metric::array_set(byte_noise(1, {40, 1, 2, 2}), labels, "real");
  bench.request.fake = metric::array_set(byte_noise(2, {40, 1, 2, 2}), labels, "fake");
  const auto fresh = metric::evaluate_sets(bench.request).metrics;
  bench.extractor->taken();
  const auto kept = metric::evaluate_sets(bench.request).metrics;
  EXPECT_EQ(bench.extractor->taken(), 0);
  EXPECT_EQ(metric::metrics_json(fresh).dump(), metric::metrics_json(kept).dump());
}

}  // namespace
}  // namespace saddle::test
