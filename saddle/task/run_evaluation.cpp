#include "saddle/task/run_evaluation.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/metric/evaluation.h"

namespace saddle {
namespace {

const std::vector<std::string> kDefaultMetrics{"fid", "kid", "precision", "recall"};

/// Compares samplers with the same real samples again and again.
class RunEvaluation {
 public:
  RunEvaluation(Task& task, const Experiment& experiment, const TaskContext& context,
                data::Split split, const Log& log) {
    request_.metrics = experiment.eval.metrics.empty() ? kDefaultMetrics : experiment.eval.metrics;
    request_.seed = static_cast<std::uint64_t>(experiment.train.seed);
    request_.n = experiment.eval.samples;
    request_.real = data_set(task, experiment, split, request_.seed);
    const bool memory = std::ranges::any_of(
        request_.metrics, [](const std::string& name) { return name.starts_with("memorisation"); });
    if (memory && split == data::Split::kTrain) {
      std::erase_if(request_.metrics,
                    [](const std::string& name) { return name.starts_with("memorisation"); });
      log.warning("memorisation is not measured: the data has no samples that are not learnt from");
      if (request_.metrics.empty()) request_.metrics = kDefaultMetrics;
    } else if (memory) {
      request_.train = data_set(task, experiment, data::Split::kTrain, request_.seed);
    }
    if (request_.real->images()) {
      request_.extractor = metric::make_extractor(experiment.eval.extractor, {}, context.device);
    }
    if (!context.cache_directory.empty()) {
      request_.cache = std::make_shared<metric::FeatureCache>(context.cache_directory, log);
    }
    request_.log = log;
    log.info(cat("metrics: ", join(request_.metrics, ", "), " of ", grouped(request_.n),
                 " generated samples against ", request_.real->name(),
                 request_.extractor ? cat(", features: ", request_.extractor->name()) : ""));
  }

  std::vector<metric::MetricValue> operator()(Sampler& sampler) {
    request_.fake = sampler_set(sampler, "the averaged generator", "", request_.seed);
    request_.asides = std::ranges::any_of(
        request_.metrics, [this](const std::string& name) { return !first_.contains(name); });
    std::vector<metric::MetricValue> values = metric::evaluate_sets(request_).metrics;
    for (metric::MetricValue& value : values) {
      if (std::isnan(value.value) && !value.warning.empty()) {
        warn(value);
        continue;
      }
      const auto [same, fresh] = first_.try_emplace(value.name, value);
      if (fresh) continue;
      value.floor = same->second.floor;
      value.floor_spread = same->second.floor_spread;
      // One that is made of the fakes is new each time.
      if (std::isnan(value.baseline)) value.baseline = same->second.baseline;
      value.protocol = same->second.protocol;
    }
    return values;
  }

 private:
  void warn(const metric::MetricValue& value) {
    if (warned_.insert(value.name).second)
      request_.log.warning(cat(value.name, " is ", value.warning));
  }

  metric::EvaluationRequest request_;
  /// What each metric gave when it was first measured, with floor and baseline.
  std::map<std::string, metric::MetricValue> first_;
  std::set<std::string> warned_;
};

}  // namespace

std::unique_ptr<metric::SampleSet> data_set(Task& task, const Experiment& experiment,
                                            data::Split split, std::uint64_t seed) {
  const auto* image = std::get_if<ImageTask>(&experiment.task);
  const data::Transform transform = image != nullptr ? image->transform : data::Transform{};
  const bool test = split == data::Split::kTest;
  return metric::source_set(task.samples(split), transform,
                            cat(experiment.data_name(), test ? ", test split" : ", training split"),
                            seed);
}

std::unique_ptr<metric::SampleSet> sampler_set(Sampler& sampler, std::string name,
                                               const std::string& identity, std::uint64_t seed) {
  const auto draw = [&sampler](const RandomKey& key, std::int64_t n) {
    return draw_samples(sampler, key, n);
  };
  return metric::generated_set(draw, std::move(name), identity, seed);
}

std::function<std::vector<metric::MetricValue>(Sampler&)> run_evaluation(
    Task& task, const Experiment& experiment, const TaskContext& context, const Log& log) {
  const EvaluationConfig& config = experiment.eval;
  if (config.every.count == 0) return {};
  data::Split split =
      config.split == EvaluationSplit::kTest ? data::Split::kTest : data::Split::kTrain;
  const bool own = config.metrics.empty() && task.why_not_evaluated().empty();
  if (!own && split == data::Split::kTest) {
    try {
      task.samples(split);
    } catch (const data::MissingSplit&) {
      split = data::Split::kTrain;
      log.info("the data has no test split: metrics compare with the training split");
    }
  }
  if (!config.best.empty() && (own || split == data::Split::kTest)) {
    log.warning(cat("the best checkpoint is chosen by ", config.best,
                    " on the test split: its number there is too good to report; choose on ",
                    own ? "metrics of eval.metrics with eval.split=train" : "eval.split=train",
                    ", or report on samples that were not looked at"));
  }
  if (own) {
    const EvaluationConfig usual;
    if (config.split != usual.split || config.extractor != usual.extractor) {
      log.warning(
          "eval.split and eval.extractor go with eval.metrics, which is empty: the metrics of the "
          "data have their own");
    }
    return [&task, config, seed = experiment.train.seed, log](Sampler& sampler) {
      return task.evaluate(
          sampler,
          {.samples = config.samples, .seed = static_cast<std::uint64_t>(seed), .log = log});
    };
  }
  return RunEvaluation(task, experiment, context, split, log);
}

}  // namespace saddle
