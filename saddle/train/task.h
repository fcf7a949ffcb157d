#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/base/log.h"
#include "saddle/codec/image.h"
#include "saddle/data/source.h"
#include "saddle/dynamics/stepper.h"
#include "saddle/game/game.h"
#include "saddle/loader/batch.h"
#include "saddle/metric/result.h"
#include "saddle/nn/network.h"
#include "saddle/tensor/named.h"
#include "saddle/tensor/random.h"
#include "saddle/tensor/state.h"
#include "saddle/train/facts.h"
#include "saddle/train/knobs.h"

namespace saddle {

/// Makes samples from latents: an averaged generator, ready for use.
class Sampler {
 public:
  virtual ~Sampler() = default;
  /// z [N,latent], labels [N] int64 or undefined -> fields "x" and, with classes, "label".
  virtual data::Batch sample(const at::Tensor& latents, const at::Tensor& labels) = 0;
  virtual std::int64_t latent_size() const = 0;
  virtual std::int64_t classes() const = 0;
  /// Labels of n samples, drawn with the training frequencies; undefined without classes.
  virtual at::Tensor draw_labels(const RandomKey& key, std::int64_t n) const = 0;
  /// Draws a batch as one picture: a grid of images, or a scatter plot of points.
  virtual codec::Image8 picture(const data::Batch& batch, std::int64_t columns) const = 0;
  /// One picture a sample. Throws Error(kUnsupported) where a sample is not a picture.
  virtual std::vector<codec::Image8> pictures(const data::Batch& batch) const = 0;
  /// Weights and buffers that this sampler needs, by documented name.
  virtual NamedTensors weights() const = 0;
};

/// n samples at latents and labels of the forks "latent" and "label" of a key.
data::Batch draw_samples(Sampler& sampler, const RandomKey& key, std::int64_t n);

/// The picture of `count` samples at the run's fixed latents (stream "eval"). With at most `count`
/// classes, each column shows one class.
codec::Image8 fixed_sheet(Sampler& sampler, const Streams& streams, std::int64_t count);

/// A span of a run with one game.
class Stage {
 public:
  virtual ~Stage() = default;
  virtual std::string_view name() const = 0;
  virtual Game& game() = 0;
  /// One step of the dynamics, averaging included; `samples` is the clock after it.
  virtual StepReport step(std::int64_t samples) = 0;
  /// Real samples that one step consumes.
  virtual std::int64_t samples_per_step() const = 0;
  /// Adds every knob with its schedule.
  virtual void add_knobs(Knobs& knobs, std::int64_t run_samples) = 0;
  /// The averaged generator, batch-norm statistics re-estimated.
  virtual std::unique_ptr<Sampler> sampler() = 0;
  /// The players' weights were written from outside: averages start again from them.
  virtual void weights_replaced() {}
  /// Everything that must go on unchanged: players, optimizers, averages, cursors.
  virtual void state(StateVisitor& visitor) = 0;
  /// CPU seconds spent on reading data.
  virtual double loader_cpu_seconds() const { return 0; }
  /// Whether the sign of a logit means something under this stage's objective.
  virtual bool anchored_logits() const { return true; }
};

/// How generated samples are judged.
struct EvaluationOptions {
  std::int64_t samples = 0;  ///< 0: what the task's protocol says
  std::uint64_t seed = 0;
  Log log{};
};

/// One modality: how data, networks, stages, rendering and metrics fit together.
class Task {
 public:
  virtual ~Task() = default;
  virtual std::string_view name() const = 0;
  /// Stages in order; most tasks have one.
  virtual std::size_t stages() const { return 1; }
  /// Builds stage `index`, taking over what `previous` (may be null) learnt.
  virtual std::unique_ptr<Stage> enter(std::size_t index, Stage* previous) = 0;
  /// A sampler from the weights that Sampler::weights gave.
  virtual std::unique_ptr<Sampler> load_sampler(const NamedTensors& weights) = 0;
  virtual std::vector<metric::MetricValue> evaluate(Sampler& sampler,
                                                    const EvaluationOptions& options) = 0;
  /// A split of the run's data. Throws as opening it does, and Error(kInput) when the training
  /// data is not what the run was trained on.
  virtual std::shared_ptr<const data::Source> samples(data::Split split) = 0;
  /// Why evaluate() cannot measure this data, in words; empty where it can. Opens the test data.
  virtual std::string why_not_evaluated() { return ""; }
  /// What the run's manifest keeps of the data, so that samples need no data.
  virtual DataFacts facts() const = 0;
  /// One line about the data and the networks for the log.
  virtual std::vector<std::string> describe() = 0;
};

}  // namespace saddle
