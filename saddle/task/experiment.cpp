#include "saddle/task/experiment.h"

#include <algorithm>
#include <iterator>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/metric/catalogue.h"
#include "saddle/train/best.h"

namespace saddle {

void Experiment::fields(config::Visitor& v) {
  v.variant("task", task, "the modality: how data, networks and metrics fit together");
  v.variant("data", data, "where real samples come from");
  v.variant("generator", generator, "the network that makes samples");
  v.variant("discriminator", discriminator, "the network that judges samples");
  v.variant("objective", objective, "what each player minimises");
  v.components("penalty", penalty, "what tames the discriminator");
  v.variant("dynamics", dynamics, "how the players move");
  v.group("optimizer", optimizer, "how a gradient becomes an update");
  v.group("ema", ema, "the averaged generator, which samples come from");
  v.group("train", train, "how long to train, with which batches, threads and numbers");
  v.group("checkpoint", checkpoint, "when the whole state is written, and how many copies stay");
  v.group("samples", samples, "the sheet of samples drawn while training");
  v.group("eval", eval, "metrics measured while training");
}

std::string_view Experiment::data_name() const {
  return std::visit([](const auto& row) { return row.kName; }, data);
}

namespace {

// A world of points has a function that makes point number i.
bool is_point_world(const data::SourceConfig& config) {
  return std::visit(
      [](const auto& row) {
        return requires {
          data::world_point(row, data::Split{}, std::uint64_t{});
        };
      },
      config);
}

void check_task_and_data(const Experiment& e, std::vector<std::string>& problems) {
  const bool points = std::holds_alternative<PointsTask>(e.task);
  const bool world = is_point_world(e.data);
  const bool own = std::holds_alternative<data::OwnSamples>(e.data);
  if (points && !world && !own) {
    problems.push_back(cat("task = \"points\" cannot read data.name = \"", e.data_name(),
                           "\"; choose ring, grid, line, moons, swiss_roll or shells"));
  }
  if (!points && world) {
    problems.push_back(cat("task = \"image\" cannot read data.name = \"", e.data_name(),
                           "\"; choose task = \"points\""));
  }
  if (points && !std::holds_alternative<nn::MlpGenerator>(e.generator)) {
    problems.push_back("task = \"points\" needs generator.name = \"mlp\"");
  }
  if (points && !std::holds_alternative<nn::MlpDiscriminator>(e.discriminator)) {
    problems.push_back("task = \"points\" needs discriminator.name = \"mlp\"");
  }
}

bool discriminator_takes_labels(const Experiment& e) {
  return std::visit([](const auto& d) { return d.condition != nn::DiscriminatorCondition::kNone; },
                    e.discriminator);
}

void check_conditions(const Experiment& e, std::vector<std::string>& problems) {
  if (is_conditional(e) != discriminator_takes_labels(e)) {
    problems.push_back(
        "generator.condition and discriminator.condition must both be set or both be none: a label "
        "that only one player sees teaches nothing");
  }
}

// Why a run of this experiment cannot measure a metric while it trains, or "".
std::string why_not_measured(const Experiment& e, const std::string& name) {
  const metric::MetricDoc* doc = metric::find_metric_doc(name);
  if (doc != nullptr && !doc->while_training) {
    return "needs what only `saddle eval --metrics` is given; metrics that the data brings, such "
           "as the modes of a world, come with an empty eval.metrics";
  }
  if ((name == "intra_fid" || name.starts_with("cas")) && !is_conditional(e)) {
    return "needs a generator that is told the class, such as generator.condition = \"concat\"";
  }
  if (name.starts_with("memorisation") && e.eval.split == EvaluationSplit::kTrain) {
    return "needs samples that the generator does not learn from: eval.split = \"test\"";
  }
  const bool logits = std::holds_alternative<ImageTask>(e.task) && e.eval.extractor != "random" &&
                      e.eval.extractor != "pixels";
  if (name == "is" && !logits)
    return "needs a TorchScript file that gives logits, as eval.extractor";
  return "";
}

void check_evaluation(const Experiment& experiment, std::vector<std::string>& problems) {
  const EvaluationConfig& e = experiment.eval;
  try {
    if (!e.metrics.empty()) metric::check_metric_names(e.metrics);
    for (const std::string& name : e.metrics) {
      const std::string why = why_not_measured(experiment, name);
      if (!why.empty()) problems.push_back(cat("eval.metrics: '", name, "' ", why));
    }
    if (e.best.empty()) return;
    is_better(e.best, 0, 1);
    const bool measured = e.metrics.empty() || std::ranges::count(e.metrics, e.best) > 0;
    if (!measured) problems.push_back(cat("eval.best = \"", e.best, "\" is not in eval.metrics"));
    if (e.every.count == 0) problems.push_back("eval.best needs eval.every, which is 0");
  } catch (const Error& error) {
    problems.push_back(error.message());
  }
}

void check_times(const Experiment& e, std::vector<std::string>& problems) {
  if (!e.train.max_time.empty()) {
    try {
      parse_duration(e.train.max_time);
    } catch (const Error& error) {
      problems.push_back(cat("train.max_time: ", error.message()));
    }
  }
  const std::pair<const char*, Length> positive[] = {{"train.length", e.train.length},
                                                     {"train.tick", e.train.tick},
                                                     {"checkpoint.every", e.checkpoint.every}};
  for (const auto& [key, length] : positive) {
    if (!(length.count > 0)) problems.push_back(cat(key, " must be above 0"));
  }
}

}  // namespace

bool may_change_on_resume(std::string_view key) {
  static constexpr std::string_view kFree[] = {"train.length", "train.max_time", "train.tick",
                                               "train.threads", "train.workers"};
  return std::ranges::find(kFree, key) != std::end(kFree) || key.starts_with("checkpoint.") ||
         key.starts_with("samples.") || key.starts_with("eval.");
}

bool is_conditional(const Experiment& experiment) {
  return std::visit([](const auto& g) { return g.condition != nn::GeneratorCondition::kNone; },
                    experiment.generator);
}

void check_experiment(const Experiment& experiment) {
  std::vector<std::string> problems;
  check_task_and_data(experiment, problems);
  check_conditions(experiment, problems);
  check_times(experiment, problems);
  check_evaluation(experiment, problems);
  if (!problems.empty()) throw Error(ErrorCode::kUsage, "config", join(problems, "\n  "));
}

ResolvedExperiment resolve_experiment(const ExperimentRequest& request,
                                      const std::filesystem::path& preset_directory) {
  ResolvedExperiment resolved;
  resolved.preset = request.preset;
  if (resolved.preset.empty() && request.files.empty()) resolved.preset = "digits";
  std::vector<config::Source> sources;
  if (!resolved.preset.empty()) {
    sources.push_back(config::preset_source(preset_directory, resolved.preset));
  }
  int rank = config::kFileRank;
  for (const auto& file : request.files) sources.push_back(config::file_source(file, rank++));
  if (!request.assignments.empty()) sources.push_back(config::set_source(request.assignments));
  resolved.loaded = config::load(resolved.experiment, sources);
  check_experiment(resolved.experiment);
  return resolved;
}

ResolvedExperiment read_experiment(const std::filesystem::path& config_file,
                                   std::span<const std::string> assignments) {
  ResolvedExperiment resolved;
  std::vector<config::Source> sources{config::file_source(config_file)};
  if (!assignments.empty()) sources.push_back(config::set_source(assignments));
  resolved.loaded = config::load(resolved.experiment, sources);
  check_experiment(resolved.experiment);
  return resolved;
}

}  // namespace saddle
