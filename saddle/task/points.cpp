#include <ATen/ATen.h>

#include <algorithm>
#include <numbers>
#include <numeric>
#include <span>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/codec/scatter.h"
#include "saddle/loader/batch.h"
#include "saddle/metric/points.h"
#include "saddle/task/gan_stage.h"
#include "saddle/task/tasks.h"

namespace saddle {
namespace {

constexpr std::int64_t kRealPointsShown = 2500;

std::span<const float> floats(const at::Tensor& t) {
  return {t.const_data_ptr<float>(), static_cast<std::size_t>(t.numel())};
}

// Points [N,D] as they are drawn, float32 [N,2]: their first two coordinates. Numbers get heights
// in [-strip, strip], by multiples of the golden ratio, so that crowded ones look crowded.
at::Tensor in_the_plane(const at::Tensor& points, double strip) {
  const at::Tensor x = points.to(at::kFloat);
  if (x.size(1) > 1) return x.narrow(1, 0, 2).contiguous();
  const at::Tensor turns = at::arange(x.size(0), at::kDouble).mul_(std::numbers::phi);
  const at::Tensor height = turns.frac_().mul_(2 * strip).sub_(strip).to(at::kFloat);
  return at::cat({x, height.unsqueeze(1)}, 1);
}

class PointsGan final : public Task {
 public:
  PointsGan(const Experiment& experiment, const TaskContext& context)
      : experiment_(experiment),
        context_(context),
        source_(training_points()),
        truth_(data::point_truth(experiment.data)),
        facts_(context.facts ? *context.facts : facts_of(*source_, experiment, {})) {
    if (facts_.dimensions.resolution == 0) return;
    throw Error(ErrorCode::kInput, "data",
                "task = \"points\" got images; choose task = \"image\", or hand in points [D]");
  }

  std::string_view name() const override { return PointsTask::kName; }

  std::unique_ptr<Stage> enter(std::size_t, Stage*) override {
    const auto source = source_ ? source_ : open_data(experiment_, context_, data::Split::kTrain);
    return std::make_unique<GanStage>(experiment_, context_, facts_, source, data::Transform{},
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
    const auto test = open_data(experiment_, context_, data::Split::kTest);
    metric::PointsOptions points;
    if (options.samples > 0) points.n = options.samples;
    // Half of the real points are the reference, half the floor.
    points.n = std::min(points.n, test->size() / 2);
    if (points.n < 2) {
      throw Error(ErrorCode::kInput, "eval",
                  cat("test points to compare with: got ", test->size(), ", expected 4 or more"));
    }
    points.seed = options.seed;
    return metric::evaluate_points(*test, truth_.value_or(data::PointTruth{}),
                                   fake_batches(sampler, options.seed), points);
  }

  std::shared_ptr<const data::Source> samples(data::Split split) override {
    return open_data(experiment_, context_, split);
  }

  DataFacts facts() const override { return facts_; }

  std::vector<std::string> describe() override {
    return describe_gan(experiment_, facts_, context_);
  }

 private:
  // A world can be opened anywhere; own points only where they were handed in, and what is known
  // of them is enough to sample.
  std::shared_ptr<const data::Source> training_points() const {
    const bool own = std::holds_alternative<data::OwnSamples>(experiment_.data);
    if (own && !context_.train_source && context_.facts) return nullptr;
    return open_data(experiment_, context_, data::Split::kTrain);
  }

  Renderer renderer() const {
    const double strip = truth_ ? 0.25 * truth_->extent : 0.25;
    std::vector<float> centres;
    if (truth_) {
      for (const auto& centre : truth_->centres) {
        centres.push_back(static_cast<float>(centre[0]));
        centres.push_back(centre.size() > 1 ? static_cast<float>(centre[1]) : 0);
      }
    }
    at::Tensor real = at::empty({0, 2}, at::kFloat);
    if (source_) {
      std::vector<std::int64_t> indices(
          static_cast<std::size_t>(std::min(kRealPointsShown, source_->size())));
      std::iota(indices.begin(), indices.end(), 0);
      real = in_the_plane(data::read_batch(*source_, indices).at("x"), strip);
    }
    return {.sheet =
                [centres, real, strip](const data::Batch& batch, std::int64_t) {
                  const at::Tensor fake = in_the_plane(batch.at("x"), strip);
                  return codec::draw_real_and_fake(floats(real), floats(fake), centres);
                },
            .singles = [](const data::Batch&) -> std::vector<codec::Image8> {
              throw Error(ErrorCode::kUnsupported, "sample",
                          "a point is not a picture of its own; try --format sheet, csv, npy "
                          "or svg");
            }};
  }

  Experiment experiment_;
  TaskContext context_;
  std::shared_ptr<const data::Source> source_;
  std::optional<data::PointTruth> truth_;  ///< of a world
  DataFacts facts_;
};

}  // namespace

std::unique_ptr<Task> make_task(const PointsTask&, const Experiment& experiment,
                                const TaskContext& context) {
  return std::make_unique<PointsGan>(experiment, context);
}

}  // namespace saddle
