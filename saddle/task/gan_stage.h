#pragma once

#include <memory>
#include <string>

#include "saddle/dynamics/average.h"
#include "saddle/dynamics/stepper.h"
#include "saddle/game/adversarial_game.h"
#include "saddle/loader/loader.h"
#include "saddle/task/experiment.h"
#include "saddle/task/gan_sampler.h"
#include "saddle/task/table.h"
#include "saddle/train/task.h"

namespace saddle {

/// The networks of an experiment, fresh from stream "init".
std::unique_ptr<nn::Generator> make_generator(const Experiment& experiment, const DataFacts& facts,
                                              const at::TensorOptions& options);
std::unique_ptr<nn::Discriminator> make_discriminator(const Experiment& experiment,
                                                      const DataFacts& facts,
                                                      const at::TensorOptions& options);

/// The facts of a source for this experiment. Throws Error(kUsage) when labels are wanted and the
/// data has none, Error(kInput) unless samples are points [D] or square images [C,H,W].
DataFacts facts_of(const data::Source& source, const Experiment& experiment,
                   const data::Transform& transform);

/// One generator against one discriminator: the stage of every plain GAN.
class GanStage final : public Stage {
 public:
  GanStage(const Experiment& experiment, const TaskContext& context, DataFacts facts,
           std::shared_ptr<const data::Source> source, const data::Transform& transform,
           Renderer renderer);

  std::string_view name() const override { return "adversarial"; }
  Game& game() override { return *game_; }
  StepReport step(std::int64_t samples) override;
  std::int64_t samples_per_step() const override;
  void add_knobs(Knobs& knobs, std::int64_t run_samples) override;
  std::unique_ptr<Sampler> sampler() override;
  void weights_replaced() override {
    stepper_->restart();
    average_->restart();
  }
  void state(StateVisitor& visitor) override;
  double loader_cpu_seconds() const override { return loader_.cpu_seconds(); }
  bool anchored_logits() const override;

 private:
  Experiment experiment_;
  TaskContext context_;
  DataFacts facts_;
  Renderer renderer_;
  data::Loader loader_;
  std::unique_ptr<AdversarialGame> game_;
  std::unique_ptr<Stepper> stepper_;
  std::unique_ptr<nn::Generator> averaged_;
  std::unique_ptr<GeneratorAverage> average_;
};

}  // namespace saddle
