#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "saddle/base/log.h"
#include "saddle/monitor/signals.h"
#include "saddle/train/best.h"
#include "saddle/train/config.h"
#include "saddle/train/knobs.h"
#include "saddle/train/observer.h"
#include "saddle/train/run_directory.h"
#include "saddle/train/task.h"

namespace saddle {

/// Why a sitting of training ended.
enum class Outcome { kFinished, kInterrupted, kOutOfTime };

struct TrainerOptions {
  TrainConfig train;
  CheckpointConfig checkpoint;
  SamplesConfig samples;
  /// Asked after every step; true stops after saving.
  std::function<bool()> stop_requested;
  /// What goes into each checkpoint's state.json besides clock, version and kernel plans; asked
  /// when it is written.
  std::function<Json()> facts;
  /// How often and by what the averaged generator is measured.
  EvaluationConfig eval;
  std::function<std::vector<metric::MetricValue>(Sampler&)> evaluate;
  Log log;
};

/// Runs a task's stages: steps, ticks, sheets, checkpoints. Everything that changes is in `state`,
/// so that a resumed run goes on as if it had never stopped.
class Trainer {
 public:
  Trainer(Task& task, RunDirectory& run, const TrainerOptions& options);

  void add(std::unique_ptr<Observer> observer) { observers_.push_back(std::move(observer)); }
  void add(std::unique_ptr<Attendant> attendant) { attendants_.push_back(std::move(attendant)); }

  /// Loads the newest usable checkpoint and its kernel plans, cuts the logs back to it and sets
  /// newer, damaged checkpoints aside; a run that is finished is left as it is. A run that ended
  /// before its first checkpoint begins again, which is the same run. Returns the checkpoint's
  /// facts. Throws Error(kInput) when no checkpoint can be used or it belongs to another config.
  Json resume();
  /// Starts from the weights of a run or of one `checkpoints/<samples>` of it; returns what matched
  /// and what did not, in words. Throws Error(kInput) when there are no usable weights or none of
  /// them matches.
  std::vector<std::string> initialise_from(const std::filesystem::path& checkpoint);
  /// Trains to the end, the time limit or a stop request. Throws Error(kNumeric) naming the first
  /// bad tensor and its step when a number is not finite, Error(kIo) naming the step and a smaller
  /// batch when memory runs out; the last good checkpoint stays.
  Outcome run();
  /// Whether nothing is left to train, to log or to draw.
  bool finished() const { return samples_ >= run_samples_ && !close_again_; }

  std::int64_t samples() const { return samples_; }
  std::int64_t run_samples() const { return run_samples_; }
  Stage& stage() { return *stage_; }
  void state(StateVisitor& visitor);

 private:
  Json begin_again();
  /// Whether the run's last sheet is missing, or its last tick where `samples` is past the last
  /// one.
  bool ended_before_closing() const;
  Outcome run_to_the_end();
  void one_step();
  void tick(bool partial);
  /// Lets the attendants look; true when one of them made the stage go back to the snapshot.
  bool attend(const Tick& tick);
  void sheet();
  /// Measures the averaged generator, and saves it where it is the best so far.
  void evaluate();
  void checkpoint();
  void refuse_bad(const monitor::BadNumber& bad) const;
  bool out_of_time() const;
  double seconds() const;

  Task& task_;
  RunDirectory& run_;
  TrainerOptions options_;
  Knobs knobs_;
  std::unique_ptr<Stage> stage_;
  monitor::SignalBook book_;
  std::vector<std::unique_ptr<Observer>> observers_;
  std::vector<std::unique_ptr<Attendant>> attendants_;
  StateDict snapshot_;

  std::int64_t samples_ = 0;
  std::int64_t steps_ = 0;
  std::int64_t run_samples_ = 0;
  std::int64_t tick_every_ = 0, checkpoint_every_ = 0, sheet_every_ = 0, evaluate_every_ = 0;
  BestMeasurement best_;
  double time_limit_ = 0;       ///< seconds of this sitting; 0: none
  bool close_again_ = false;    ///< trained to the end, but ended before the closing tick or sheet
  double earlier_seconds_ = 0;  ///< of earlier sittings
  double sitting_started_ = 0;
  double tick_started_ = 0;
  std::int64_t tick_samples_ = 0;
  std::int64_t evaluated_at_ = -1;  ///< clock of the last measurement
  std::int64_t drawn_at_ = -1;      ///< clock of the last sheet of this sitting
  std::int64_t ticked_at_ = 0;      ///< clock of the last tick that the log keeps
  std::int64_t saved_at_ = -1;      ///< clock of the newest checkpoint that is known to be good
};

}  // namespace saddle
