#include "saddle/lab/trial.h"

#include <ATen/ATen.h>

#include <limits>
#include <numeric>
#include <utility>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/dynamics/average.h"
#include "saddle/dynamics/stepper.h"
#include "saddle/game/adversarial_game.h"
#include "saddle/loader/loader.h"
#include "saddle/metric/modes.h"
#include "saddle/metric/points.h"
#include "saddle/nn/build.h"
#include "saddle/nn/packed.h"
#include "saddle/task/gan_sampler.h"
#include "saddle/train/knobs.h"

namespace saddle::lab {
namespace {

/// The data of points [D] or square images [C,H,W].
nn::Dimensions dimensions_of(const data::Source& source) {
  const auto& shape = source.fields()[data::field_index(source, "x")].shape;
  return {.channels = shape[0], .resolution = shape.size() == 3 ? shape[1] : 0};
}

/// A trial under way: the game, what moves it, and the average of its generator.
class Training {
 public:
  Training(const Trial& trial, std::shared_ptr<const data::Source> source);

  void step();
  /// A copy of the averaged generator, statistics estimated anew.
  std::unique_ptr<nn::Generator> averaged();

 private:
  std::unique_ptr<nn::Generator> member() const;
  AdversarialConfig game_config();
  std::unique_ptr<Stepper> make_stepper();

  Trial trial_;
  nn::Dimensions data_;
  Streams streams_;
  at::TensorOptions options_ = at::TensorOptions().dtype(at::kFloat);
  data::Loader loader_;
  AdversarialGame game_;
  std::unique_ptr<Stepper> stepper_;
  std::unique_ptr<nn::Generator> averaged_;
  GeneratorAverage average_;
  Knobs knobs_;
  std::int64_t samples_ = 0;
};

data::LoaderOptions reading(const Trial& trial, const nn::Dimensions& data) {
  return {.batch_size = trial.batch,
          .seed = trial.seed,
          .workers = 0,
          .transform = {.channels_last = data.resolution > 0}};
}

Training::Training(const Trial& trial, std::shared_ptr<const data::Source> source)
    : trial_(trial),
      data_(dimensions_of(*source)),
      streams_(trial.seed),
      loader_(std::move(source), reading(trial_, data_)),
      game_(game_config()),
      stepper_(make_stepper()),
      averaged_(member()),
      average_(*averaged_, game_.generator(), trial_.ema, trial_.batch) {
  const auto add = [&](const std::string& prefix) {
    return [this, prefix](const KnobSlot& slot) {
      knobs_.add({prefix + slot.path, slot.value, slot.low, slot.high},
                 resolve(slot.schedule, trial_.steps * trial_.batch, trial_.batch));
    };
  };
  game_.knobs(add(""));
  for (const std::size_t player : {0, 1}) {
    stepper_->optimizer(player).knobs(add("optimizer." + game_.players()[player].name + "."));
  }
}

std::unique_ptr<nn::Generator> Training::member() const {
  return nn::build_generator(trial_.generator, data_, streams_.at("init", 0).fork("generator"),
                             options_, data_.resolution > 0);
}

AdversarialConfig Training::game_config() {
  AdversarialConfig config;
  config.make_generator = [this](const at::TensorOptions&) {
    return std::make_unique<nn::PackedGenerator>(member(), trial_.pack);
  };
  config.make_discriminator = [this](const at::TensorOptions& options) {
    nn::Dimensions packs = data_;
    packs.channels *= trial_.pack;
    return nn::build_discriminator(trial_.discriminator, packs,
                                   streams_.at("init", 0).fork("discriminator"), options,
                                   packs.resolution > 0);
  };
  config.options = options_;
  config.objective = objective::functions(trial_.objective);
  config.penalty = trial_.penalty;
  config.next_batch = [this] {
    data::Batch batch;
    batch.set("x", nn::packed(loader_.next().at("x"), trial_.pack));
    return batch;
  };
  config.batch = trial_.batch / trial_.pack;
  config.streams = streams_;
  config.channels_last = data_.resolution > 0;
  return config;
}

std::unique_ptr<Stepper> Training::make_stepper() {
  std::vector<std::unique_ptr<Optimizer>> optimizers;
  optimizers.push_back(make_optimizer(trial_.generator_optimizer, game_.players()[0]));
  optimizers.push_back(make_optimizer(trial_.discriminator_optimizer, game_.players()[1]));
  return std::make_unique<Stepper>(game_, Alternating{}, std::move(optimizers));
}

void Training::step() {
  knobs_.follow_schedules(samples_);
  samples_ += trial_.batch;
  stepper_->step();
  average_.update(samples_);
}

std::unique_ptr<nn::Generator> Training::averaged() {
  auto copy = member();
  copy_generator(*averaged_, *copy);
  estimate_statistics(*copy, {.dimensions = data_}, streams_, trial_.batch, at::kCPU);
  return copy;
}

void check_trial(const Trial& trial, std::int64_t looks) {
  if (trial.steps >= 1 && looks >= 1 && trial.pack >= 1 && trial.batch % trial.pack == 0) return;
  throw Error(ErrorCode::kInternal, "lab",
              cat("a trial of ", trial.steps, " steps and ", looks, " looks with ", trial.batch,
                  " samples in packs of ", trial.pack));
}

Spread spread_of(const at::Tensor& samples, const data::PointTruth& truth) {
  if (!at::isfinite(samples).all().item<bool>()) {
    return {.kl = std::numeric_limits<double>::infinity()};
  }
  const metric::ModeReport report =
      metric::count_modes(samples, metric::centre_rows(truth), truth.sd);
  return {report.modes, report.high_quality, report.reverse_kl};
}

std::vector<double> column(const at::Tensor& samples, std::int64_t which) {
  const at::Tensor values = samples.select(1, which).to(at::kDouble).contiguous();
  const double* first = values.const_data_ptr<double>();
  return {first, first + values.numel()};
}

template <class World>
Mixture mixture_of(const World& world) {
  return {data::make_source(world, data::Split::kTrain, ""), data::point_truth(world)};
}

}  // namespace

Schedule falling(double from, double to) {
  Schedule schedule = from;
  schedule.to = to;
  schedule.shape = Schedule::Shape::kCosine;
  return schedule;
}

Adam falling_adam(double beta1) {
  return {.lr = falling(1e-3, 5e-5), .beta1 = beta1, .beta2 = 0.99};
}

objective::PenaltyConfig both_penalties(double from, double to) {
  return {objective::R1{.gamma = falling(from, to)}, objective::R2{.gamma = falling(from, to)},
          std::nullopt, std::nullopt};
}

void train_trial(const Trial& trial, std::shared_ptr<const data::Source> source, std::int64_t looks,
                 const Look& look) {
  check_trial(trial, looks);
  Training training(trial, std::move(source));
  for (std::int64_t step = 1; step <= trial.steps; ++step) {
    training.step();
    // Evenly, also where `looks` does not divide the steps.
    if (step * looks / trial.steps == (step - 1) * looks / trial.steps) continue;
    look(step, *training.averaged());
  }
}

Mixture ring_mixture() {
  return mixture_of(data::RingWorld{});
}

Mixture grid_mixture() {
  return mixture_of(data::GridWorld{});
}

Spread perfect_spread(const Mixture& mixture) {
  std::vector<std::int64_t> indices(kSpreadSamples);
  // Far from where any seed starts to train.
  std::iota(indices.begin(), indices.end(), 0);
  return spread_of(data::read_batch(*mixture.source, indices).at("x"), mixture.truth);
}

PointTrial train_on(const Mixture& mixture, const Trial& trial, std::int64_t looks,
                    const std::function<void(std::int64_t step, double kl)>& tell) {
  PointTrial found;
  train_trial(trial, mixture.source, looks, [&](std::int64_t step, nn::Generator& averaged) {
    const NoGrad no_grad;
    const at::Tensor z =
        random_normal(Streams(trial.seed).at("eval", 0), {kSpreadSamples, averaged.latent_size()},
                      at::TensorOptions().dtype(at::kFloat));
    const at::Tensor samples = averaged.forward(z, {}, {.training = false});
    found.last = spread_of(samples, mixture.truth);
    found.steps.push_back(static_cast<double>(step));
    found.kl.push_back(found.last.kl);
    found.x = column(samples, 0);
    found.y = column(samples, 1);
    if (tell) tell(step, found.last.kl);
  });
  return found;
}

}  // namespace saddle::lab
