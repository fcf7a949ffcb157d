#include "saddle/task/gan_stage.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/nn/build.h"

namespace saddle {
namespace {

// The batch of the first probe, farther than any run trains: an endless world gives probes samples
// of their own.
constexpr std::int64_t kFirstProbe = std::int64_t{1} << 40;

// How often each label occurs; equal shares for an endless world.
std::vector<double> label_frequencies(const data::Source& source) {
  const auto classes = static_cast<std::size_t>(source.classes());
  const auto counts = source.class_counts();
  if (counts.empty()) return std::vector(classes, 1.0 / static_cast<double>(classes));
  std::vector<double> shares;
  for (const std::int64_t count : counts) {
    shares.push_back(static_cast<double>(count) / static_cast<double>(source.size()));
  }
  return shares;
}

data::LoaderOptions loader_options(const Experiment& e, data::Transform transform) {
  transform.channels_last = true;
  return {.batch_size = e.train.batch,
          .seed = static_cast<std::uint64_t>(e.train.seed),
          .workers = e.train.workers,
          .transform = transform};
}

void put_parameters(nn::Generator& generator, const std::vector<at::Tensor>& point) {
  const NoGrad no_grad;
  std::size_t next = 0;
  generator.parameters([&](const std::string&, at::Tensor& t) { t.detach().copy_(point[next++]); });
}

bool is_image(const DataFacts& facts) {
  return facts.dimensions.resolution > 0;
}

}  // namespace

std::unique_ptr<nn::Generator> make_generator(const Experiment& experiment, const DataFacts& facts,
                                              const at::TensorOptions& options) {
  const Streams streams(static_cast<std::uint64_t>(experiment.train.seed));
  return nn::build_generator(experiment.generator, facts.dimensions,
                             streams.at("init", 0).fork("generator"), options, is_image(facts));
}

std::unique_ptr<nn::Discriminator> make_discriminator(const Experiment& experiment,
                                                      const DataFacts& facts,
                                                      const at::TensorOptions& options) {
  const Streams streams(static_cast<std::uint64_t>(experiment.train.seed));
  return nn::build_discriminator(experiment.discriminator, facts.dimensions,
                                 streams.at("init", 0).fork("discriminator"), options,
                                 is_image(facts));
}

DataFacts facts_of(const data::Source& source, const Experiment& experiment,
                   const data::Transform& transform) {
  DataFacts facts;
  facts.samples = source.size();
  facts.fingerprint = source.fingerprint();
  for (const auto& field : source.fields()) {
    if (field.name != "x") continue;
    if (field.shape.size() == 1) {
      facts.dimensions.channels = field.shape[0];
      continue;
    }
    if (field.shape.size() != 3) {
      throw Error(ErrorCode::kInput, "data",
                  cat("samples of shape ", shape_text(field.shape),
                      " are neither points nor images: expected [D] or [C,H,W]"));
    }
    const auto shape = data::transformed_shape(transform, field.shape);
    if (shape[1] != shape[2]) {
      throw Error(ErrorCode::kInput, "data",
                  cat("images of shape ", shape_text(shape),
                      " are not square; the networks want "
                      "equal height and width"));
    }
    facts.dimensions.channels = shape[0];
    facts.dimensions.resolution = shape[1];
  }
  if (is_conditional(experiment)) {
    if (source.classes() == 0) {
      throw Error(ErrorCode::kUsage, "data",
                  "generator.condition wants labels, but the data has none; set "
                  "generator.condition and discriminator.condition to \"none\"");
    }
    facts.dimensions.classes = source.classes();
    facts.frequencies = label_frequencies(source);
  }
  return facts;
}

GanStage::GanStage(const Experiment& experiment, const TaskContext& context, DataFacts facts,
                   std::shared_ptr<const data::Source> source, const data::Transform& transform,
                   Renderer renderer)
    : experiment_(experiment),
      context_(context),
      facts_(std::move(facts)),
      renderer_(std::move(renderer)),
      loader_(std::move(source), loader_options(experiment, transform)) {
  const auto options = at::TensorOptions().dtype(at::kFloat).device(context.device);
  AdversarialConfig config;
  config.make_generator = [e = experiment_, f = facts_](const at::TensorOptions& o) {
    return make_generator(e, f, o);
  };
  config.make_discriminator = [e = experiment_, f = facts_](const at::TensorOptions& o) {
    return make_discriminator(e, f, o);
  };
  config.options = options;
  config.objective =
      context.objective ? *context.objective : objective::functions(experiment.objective);
  config.penalty = experiment.penalty;
  config.next_batch = [this] { return loader_.next(); };
  config.probe_batch = [this](std::uint64_t index) {
    return loader_.at(kFirstProbe + static_cast<std::int64_t>(index));
  };
  if (facts_.dimensions.classes > 0) {
    config.draw_labels = [f = facts_.frequencies](const RandomKey& key, std::int64_t n) {
      return labels_with(f, key, n);
    };
  }
  config.batch = experiment.train.batch;
  config.streams = Streams(static_cast<std::uint64_t>(experiment.train.seed));
  config.precision = context.precision;
  config.channels_last = is_image(facts_);
  config.shared_latents = shares_latents(experiment.dynamics);
  game_ = std::make_unique<AdversarialGame>(std::move(config));

  std::vector<std::unique_ptr<Optimizer>> optimizers;
  optimizers.push_back(make_optimizer(experiment.optimizer.generator, game_->players()[0]));
  optimizers.push_back(make_optimizer(experiment.optimizer.discriminator, game_->players()[1]));
  stepper_ = std::make_unique<Stepper>(*game_, experiment.dynamics, std::move(optimizers));
  averaged_ = make_generator(experiment_, facts_, options);
  average_ = std::make_unique<GeneratorAverage>(*averaged_, game_->generator(), experiment.ema,
                                                samples_per_step());
}

std::int64_t GanStage::samples_per_step() const {
  return experiment_.train.batch * discriminator_rounds(experiment_.dynamics);
}

bool GanStage::anchored_logits() const {
  return game_->config().objective.traits.anchored;
}

StepReport GanStage::step(std::int64_t samples) {
  StepReport report = stepper_->step();
  average_->update(samples);
  return report;
}

void GanStage::add_knobs(Knobs& knobs, std::int64_t run_samples) {
  const auto add = [&](const std::string& prefix) {
    return [&knobs, this, prefix, run_samples](const KnobSlot& slot) {
      knobs.add({prefix + slot.path, slot.value, slot.low, slot.high},
                resolve(slot.schedule, run_samples, samples_per_step()));
    };
  };
  game_->knobs(add(""));
  const auto players = game_->players();
  for (std::size_t p = 0; p < players.size(); ++p) {
    stepper_->optimizer(p).knobs(add("optimizer." + players[p].name + "."));
  }
}

std::unique_ptr<Sampler> GanStage::sampler() {
  const auto options = at::TensorOptions().dtype(at::kFloat).device(context_.device);
  const Streams streams(static_cast<std::uint64_t>(experiment_.train.seed));
  Generators members;
  const auto ship = [&](const std::vector<at::Tensor>* point) {
    auto generator = make_generator(experiment_, facts_, options);
    copy_generator(*averaged_, *generator);
    if (point != nullptr) put_parameters(*generator, *point);
    estimate_statistics(*generator, facts_, streams, experiment_.train.batch, context_.device);
    members.push_back(std::move(generator));
  };
  // A dynamics may have an answer of its own: a mean of iterates, a mixture of the past.
  for (const auto& point : stepper_->shipped(kGenerator)) ship(&point);
  if (members.empty()) ship(nullptr);
  return std::make_unique<GanSampler>(std::move(members), facts_, renderer_, context_.device);
}

void GanStage::state(StateVisitor& visitor) {
  visitor.part("game", *game_);
  visitor.part("optimizer", *stepper_);
  visitor.part("average", *average_);
  std::int64_t cursor = loader_.cursor();
  visitor.number("batches", cursor);
  if (cursor != loader_.cursor()) loader_.seek(cursor);
}

}  // namespace saddle
