#include <ATen/ATen.h>

#include <cmath>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/loader/picture.h"
#include "saddle/metric/labelled_images.h"
#include "saddle/task/gan_stage.h"
#include "saddle/task/tasks.h"

namespace saddle {
namespace {

std::vector<codec::Image8> images_of(const data::Batch& batch) {
  std::vector<codec::Image8> images;
  const at::Tensor& x = batch.at("x");
  for (std::int64_t i = 0; i < x.size(0); ++i) images.push_back(data::picture_of(x[i]));
  return images;
}

codec::Image8 sheet_of(const data::Batch& batch, std::int64_t columns) {
  const auto images = images_of(batch);
  if (columns == 0) {
    columns = static_cast<std::int64_t>(std::ceil(std::sqrt(static_cast<double>(images.size()))));
  }
  // Small pictures are enlarged so that a sheet can be looked at as it is.
  constexpr int kSmall = 48;
  const int factor = images.front().width < kSmall ? 2 : 1;
  return codec::enlarge(codec::tile(images, static_cast<int>(columns), 1, 0), factor);
}

constexpr const char* kNoLabels =
    "images are judged by a classifier of their labels, and this data has none";

class ImageGan final : public Task {
 public:
  ImageGan(const Experiment& experiment, const TaskContext& context)
      : experiment_(experiment),
        context_(context),
        transform_(std::get<ImageTask>(experiment.task).transform) {
    facts_ = context.facts ? *context.facts : facts_of(*train_source(), experiment_, transform_);
    if (facts_.dimensions.resolution > 0) return;
    throw Error(ErrorCode::kInput, "data",
                "task = \"image\" got points; choose task = \"points\", or hand in images [C,H,W]");
  }

  std::string_view name() const override { return ImageTask::kName; }

  std::unique_ptr<Stage> enter(std::size_t, Stage*) override {
    return std::make_unique<GanStage>(experiment_, context_, facts_, train_source(), transform_,
                                      renderer());
  }

  std::unique_ptr<Sampler> load_sampler(const NamedTensors& weights) override {
    const auto make = [&] {
      return make_generator(experiment_, facts_,
                            at::TensorOptions().dtype(at::kFloat).device(context_.device));
    };
    return std::make_unique<GanSampler>(load_generators(make, weights), facts_, renderer(),
                                        context_.device);
  }

  std::vector<metric::MetricValue> evaluate(Sampler& sampler,
                                            const EvaluationOptions& options) override {
    const auto train = samples(data::Split::kTrain);
    if (train->classes() == 0) throw Error(ErrorCode::kUnsupported, "eval", kNoLabels);
    const auto test = samples(data::Split::kTest);
    metric::LabelledImagesOptions metric_options;
    if (options.samples > 0) metric_options.n_fake = options.samples;
    metric_options.seed = options.seed;
    metric_options.classifier.transform = transform_;
    metric_options.classifier.cache_directory = context_.cache_directory;
    bool announced = false;
    const auto progress = [&](const metric::ClassifierProgress& p) {
      if (!announced) {
        const auto& kept = context_.cache_directory;
        options.log.info(
            cat("the judge, a small classifier of the real images, is trained once: "
                "about a minute",
                kept.empty() ? "" : cat("; it is kept in ", kept.string())));
        announced = true;
      }
      if (p.step % 200 == 0 || p.step == p.steps) {
        options.log.info(cat("classifier: step ", p.step, " of ", p.steps));
      }
    };
    auto report = metric::evaluate_labelled_images(
        *train, *test, fake_batches(sampler, options.seed), metric_options, progress, options.log);
    options.log.info("judged by " + report.classifier);
    return std::move(report.metrics);
  }

  std::shared_ptr<const data::Source> samples(data::Split split) override {
    if (split == data::Split::kTest) return open_data(experiment_, context_, split);
    const auto train = train_source();
    if (train->fingerprint() == facts_.fingerprint) return train;
    throw Error(
        ErrorCode::kInput, "eval",
        cat("the data is not what the run was trained on: fingerprint ", train->fingerprint(),
            ", expected ", facts_.fingerprint, "; give the old data with --data"));
  }

  std::string why_not_evaluated() override {
    if (train_source()->classes() == 0) return kNoLabels;
    try {
      open_data(experiment_, context_, data::Split::kTest);
    } catch (const Error& error) {
      return error.message();
    }
    return "";
  }

  DataFacts facts() const override { return facts_; }

  std::vector<std::string> describe() override {
    auto lines = describe_gan(experiment_, facts_, context_);
    for (const auto& note : train_source()->notes()) lines.push_back("data: " + note);
    return lines;
  }

 private:
  static Renderer renderer() { return {sheet_of, images_of}; }

  std::shared_ptr<const data::Source> train_source() {
    if (!source_) {
      source_ = open_data(experiment_, context_, data::Split::kTrain);
    }
    return source_;
  }

  Experiment experiment_;
  TaskContext context_;
  data::Transform transform_;
  std::shared_ptr<const data::Source> source_;
  DataFacts facts_;
};

}  // namespace

std::unique_ptr<Task> make_task(const ImageTask&, const Experiment& experiment,
                                const TaskContext& context) {
  return std::make_unique<ImageGan>(experiment, context);
}

}  // namespace saddle
