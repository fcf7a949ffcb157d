#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/eval_sets.h"
#include "cli/session.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "saddle/base/clock.h"
#include "saddle/base/error.h"
#include "saddle/base/json.h"
#include "saddle/base/jsonl.h"
#include "saddle/base/text.h"
#include "saddle/codec/png.h"
#include "saddle/metric/classifier.h"
#include "saddle/metric/evaluation.h"
#include "saddle/metric/labelled_images.h"
#include "saddle/metric/nearest_sheet.h"
#include "saddle/metric/result.h"
#include "saddle/tensor/device.h"

namespace saddle::cli {
namespace {

constexpr std::int64_t kClassifierTestImages = 10'000;

/// The sets that a command compares.
struct Compared {
  EvalSide real, fake, train;
};

// The test split of a run's data, or the training split where it has no other.
EvalSide reference_of(OpenRun& run, EvalSides& sides, const Log& log) {
  try {
    return sides.data_of(run, data::Split::kTest);
  } catch (const data::MissingSplit&) {
    log.warning(
        "the data has no test split: compared with what the run was trained on, which a generator "
        "that copies matches best; measure memorisation with samples it never saw as --real");
    return sides.data_of(run, data::Split::kTrain);
  }
}

// What is not named is taken from the run that is named, else from the run that is judged.
Compared compared_sets(const EvalOptions& options, EvalSides& sides, const Log& log) {
  const std::string fake = options.fake.empty() ? options.run : options.fake;
  if (fake.empty()) {
    throw Error(ErrorCode::kUsage, "eval",
                "nothing to measure: give a run, or --fake SAMPLES and --real SAMPLES");
  }
  const bool of_run = std::ranges::any_of(
      std::initializer_list<std::string>{options.run, fake, options.real, options.train}, is_run);
  if (!of_run && (options.checkpoint != kNewestCheckpoint || !options.data.empty())) {
    throw Error(ErrorCode::kUsage, "eval",
                cat(options.data.empty() ? "--checkpoint" : "--data",
                    " goes with a run: got no directory of a run"));
  }
  Compared out;
  out.fake = sides.open(fake, options.fake_labels);
  if (!options.real.empty()) out.real = sides.open(options.real, options.real_labels);
  if (!options.train.empty()) out.train = sides.open(options.train, options.train_labels);
  const std::string& known = options.run.empty() ? fake : options.run;
  if (!is_run(known)) return out;
  OpenRun& run = sides.run(known);
  if (!out.real.set) out.real = reference_of(run, sides, log);
  if (!out.train.set) out.train = sides.data_of(run, data::Split::kTrain);
  return out;
}

std::shared_ptr<const metric::Extractor> classifier_of(const Compared& sets,
                                                       const EvalOptions& options, const Log& log) {
  const bool own = sets.train.source != nullptr;
  const EvalSide& learnt = own ? sets.train : sets.real;
  if (!learnt.source || learnt.source->classes() == 0) {
    throw Error(ErrorCode::kUsage, "eval",
                "--extractor classifier learns from labelled images: give a run of a labelled set, "
                "or a labelled set as --train or --real");
  }
  // Tested on the real set, or where that is what it learns from, on images that it did not see.
  const bool apart = own && sets.real.source != nullptr && sets.real.source->classes() > 0;
  const data::Source& judge = apart ? *sets.real.source : *learnt.source;
  const auto split = metric::labelled_images_split(*learnt.source, judge, kClassifierTestImages);
  metric::ClassifierOptions how;
  how.transform = learnt.transform;
  how.cache_directory = metric::default_cache_directory();
  how.seed = options.seed;
  auto classifier = std::make_shared<metric::Classifier>(
      metric::Classifier::train_or_load(*learnt.source, split.classifier, judge,
                                        apart ? split.reference : split.floor, how, {}, log));
  log.info("features of " + classifier->description());
  return metric::make_classifier_extractor(classifier);
}

std::shared_ptr<const metric::Extractor> extractor_of(const Compared& sets,
                                                      const EvalOptions& options,
                                                      const EvalConfig& config, const Log& log) {
  if (!sets.fake.set->images()) return nullptr;
  if (options.extractor == "classifier") return classifier_of(sets, options, log);
  return metric::make_extractor(options.extractor.empty() ? "random" : options.extractor,
                                config.extractor, choose_device(options.device));
}

metric::PathSubject path_subject(const Compared& sets, const EvalOptions& options,
                                 const EvalConfig& config) {
  if (!sets.fake.path.images) return {};
  if (options.extractor == "classifier") {
    throw Error(ErrorCode::kUsage, "ppl",
                "steps are too small for the classifier, which rounds images to 8 bits; give "
                "--extractor random, pixels or a TorchScript file");
  }
  metric::PathSubject path = sets.fake.path;
  metric::ExtractorOptions how = config.extractor;
  how.quantise = false;
  path.extractor = metric::make_extractor(options.extractor.empty() ? "random" : options.extractor,
                                          how, choose_device(options.device));
  return path;
}

void print(const EvalOptions& options, const std::vector<metric::MetricValue>& values) {
  end_status_line();
  const std::string text =
      options.json ? json_text(metric::metrics_json(values)) : metric::metrics_table(values);
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void keep_in_run(const EvalOptions& options, const std::string& path, std::int64_t samples,
                 const std::vector<metric::MetricValue>& values, const Log& log) {
  try {
    Json line = metric::metrics_json(values);
    line["samples"] = samples;
    line["seed"] = options.seed;
    line["time"] = utc_text(unix_seconds());
    JsonlWriter(std::filesystem::path(path) / "metrics.jsonl").append(line);
  } catch (const Error& error) {
    // A run may be read-only; the numbers are on the screen all the same.
    log.warning(cat("the run's metrics.jsonl does not keep these numbers: ", error.what()));
  }
}

// Index arrays count the rows of whole sets in their own order.
void check_index_arrays(const EvalOptions& options, const metric::EvaluationSettings& settings) {
  if (options.count == 0) return;
  const std::pair<std::string_view, const std::string&> arrays[] = {
      {"kid.real_index", settings.kid.real_index},
      {"kid.fake_index", settings.kid.fake_index},
      {"is.permutation", settings.is.permutation}};
  for (const auto& [key, file] : arrays) {
    if (file.empty()) continue;
    throw Error(ErrorCode::kUsage, "eval",
                cat(key, " counts the rows of whole sets: got -n ", options.count,
                    "; leave one of the two out"));
  }
}

// Before anything is measured.
void check_nearest(const EvalOptions& options, const metric::EvaluationRequest& request) {
  const bool measured = std::ranges::any_of(
      request.metrics, [](const std::string& name) { return name.starts_with("memorisation"); });
  if (options.nearest.empty() || (measured && request.fake->images())) return;
  throw Error(ErrorCode::kUsage, "eval",
              measured ? "--nearest draws images: got rows of numbers, which have no picture"
                       : "--nearest draws what memorisation finds: give --metrics memorisation");
}

bool as_the_task_does(const EvalOptions& o) {
  return o.metrics.empty() && o.real.empty() && o.fake.empty() && o.train.empty() &&
         o.extractor.empty() && o.assignments.empty() && o.nearest.empty() &&
         o.real_labels.empty() && o.fake_labels.empty() && o.train_labels.empty();
}

}  // namespace

int run_eval(const EvalOptions& options) {
  const Log log(terminal_log());
  const EvalConfig config = eval_config(options);
  EvalSides sides(options, config, log);
  const std::string fake = options.fake.empty() ? options.run : options.fake;
  const bool of_run = is_run(fake);
  if (of_run && as_the_task_does(options)) {
    OpenRun& run = sides.run(fake);
    if (run.task->why_not_evaluated().empty()) {
      const auto values = run.task->evaluate(
          *run.sampler, {.samples = options.count, .seed = options.seed, .log = log});
      print(options, values);
      keep_in_run(options, fake, run.checkpoint.samples, values, log);
      return 0;
    }
  }
  if (!of_run) prepare_machine(options.device, 0, PrecisionChoice::kFloat32);
  const Compared sets = compared_sets(options, sides, log);
  metric::EvaluationRequest request;
  request.metrics = metrics_of(options);
  request.real = sets.real.set;
  request.fake = sets.fake.set;
  request.train = sets.train.set;
  request.n = options.count;
  request.seed = options.seed;
  request.settings = config.metric;
  request.cache = std::make_shared<metric::FeatureCache>(metric::default_cache_directory(), log);
  request.log = log;
  check_index_arrays(options, config.metric);
  check_nearest(options, request);
  request.extractor = extractor_of(sets, options, config, log);
  if (std::ranges::count(request.metrics, "ppl") > 0) {
    request.path = path_subject(sets, options, config);
  }
  const metric::Evaluation found = metric::evaluate_sets(request);
  print(options, found.metrics);
  if (of_run) {
    keep_in_run(options, fake, sides.run(fake).checkpoint.samples, found.metrics, log);
  }
  if (!options.nearest.empty()) {
    codec::write_png(options.nearest, metric::nearest_sheet(request, found.nearest));
  }
  return found.incomplete ? 1 : 0;
}

}  // namespace saddle::cli
