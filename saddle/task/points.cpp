#include <ATen/ATen.h>

#include "saddle/base/error.h"
#include "saddle/codec/scatter.h"
#include "saddle/loader/array_source.h"
#include "saddle/metric/points.h"
#include "saddle/task/gan_stage.h"
#include "saddle/task/tasks.h"

namespace saddle {
namespace {

constexpr std::int64_t kRealPointsShown = 2500;

std::span<const float> floats(const at::Tensor& t) {
  return {t.const_data_ptr<float>(), static_cast<std::size_t>(t.numel())};
}

class PointsGan final : public Task {
 public:
  PointsGan(const Experiment& experiment, const TaskContext& context)
      : experiment_(experiment),
        context_(context),
        source_(data::open_source(experiment.data, data::Split::kTrain, context.data_path)),
        truth_(*data::point_truth(experiment.data)),
        facts_(facts_of(*source_, experiment, {})) {}

  std::string_view name() const override { return PointsTask::kName; }

  std::unique_ptr<Stage> enter(std::size_t, Stage*) override {
    return std::make_unique<GanStage>(experiment_, context_, facts_, source_, data::Transform{},
                                      renderer());
  }

  std::unique_ptr<Sampler> load_sampler(const NamedTensors& weights) override {
    auto generator = make_generator(experiment_, facts_,
                                    at::TensorOptions().dtype(at::kFloat).device(context_.device));
    load_generator(*generator, weights);
    return std::make_unique<GanSampler>(std::move(generator), facts_, renderer(), context_.device);
  }

  std::vector<metric::MetricValue> evaluate(Sampler& sampler,
                                            const EvaluationOptions& options) override {
    const auto test = data::open_source(experiment_.data, data::Split::kTest, context_.data_path);
    metric::PointsOptions points;
    if (options.samples > 0) points.n = options.samples;
    points.seed = options.seed;
    return metric::evaluate_points(*test, truth_, fake_batches(sampler, options.seed), points);
  }

  DataFacts facts() const override { return facts_; }

  std::vector<std::string> describe() override {
    return describe_gan(experiment_, facts_, context_);
  }

 private:
  Renderer renderer() const {
    std::vector<float> centres;
    for (const auto& centre : truth_.centres) {
      centres.push_back(static_cast<float>(centre[0]));
      centres.push_back(static_cast<float>(centre[1]));
    }
    const auto shown = data::subset(*source_, 0, kRealPointsShown);
    std::vector<std::int64_t> indices(kRealPointsShown);
    for (std::int64_t i = 0; i < kRealPointsShown; ++i) indices[static_cast<std::size_t>(i)] = i;
    const at::Tensor real = data::read_batch(*shown, indices).at("x").contiguous();
    return {.sheet =
                [centres, real](const data::Batch& batch, std::int64_t) {
                  const at::Tensor fake = batch.at("x").to(at::kFloat).contiguous();
                  return codec::draw_real_and_fake(floats(real), floats(fake), centres);
                },
            .singles = [](const data::Batch&) -> std::vector<codec::Image8> {
              throw Error(ErrorCode::kUnsupported, "sample",
                          "a 2-D point is not a picture of its own; try --format sheet, csv, npy "
                          "or svg");
            }};
  }

  Experiment experiment_;
  TaskContext context_;
  std::shared_ptr<const data::Source> source_;
  data::PointTruth truth_;
  DataFacts facts_;
};

}  // namespace

std::unique_ptr<Task> make_task(const PointsTask&, const Experiment& experiment,
                                const TaskContext& context) {
  return std::make_unique<PointsGan>(experiment, context);
}

}  // namespace saddle
