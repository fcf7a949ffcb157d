#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "saddle/base/log.h"
#include "saddle/monitor/signals.h"
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
  /// What goes into each checkpoint's state.json besides the clock; asked when it is written.
  std::function<Json()> facts;
  Log log;
};

/// Runs a task's stages: steps, ticks, sheets, checkpoints. Everything that changes is in `state`,
/// so that a resumed run goes on as if it had never stopped.
class Trainer {
 public:
  Trainer(Task& task, RunDirectory& run, const TrainerOptions& options);

  void add(std::unique_ptr<Observer> observer) { observers_.push_back(std::move(observer)); }
  void add(std::unique_ptr<Attendant> attendant) { attendants_.push_back(std::move(attendant)); }

  /// Loads the newest usable checkpoint and cuts the logs back to it. Returns its facts.
  Json resume();
  /// Starts from the weights of a checkpoint only; returns what matched and what did not, in words.
  std::vector<std::string> initialise_from(const std::filesystem::path& checkpoint);
  /// Trains to the end, the time limit or a stop request. Throws Error(kNumeric) naming the first
  /// bad tensor and its step when a number is not finite; the last good checkpoint stays.
  Outcome run();

  std::int64_t samples() const { return samples_; }
  std::int64_t run_samples() const { return run_samples_; }
  Stage& stage() { return *stage_; }
  void state(StateVisitor& visitor);

 private:
  void one_step();
  void tick(bool partial);
  void attend(const Tick& tick);
  void sheet();
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
  std::int64_t tick_every_ = 0, checkpoint_every_ = 0, sheet_every_ = 0;
  double time_limit_ = 0;       ///< seconds of this sitting; 0: none
  double earlier_seconds_ = 0;  ///< of earlier sittings
  double sitting_started_ = 0;
  double tick_started_ = 0;
  std::int64_t tick_samples_ = 0;
};

}  // namespace saddle
