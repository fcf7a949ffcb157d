#include "saddle/train/trainer.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "saddle/base/clock.h"
#include "saddle/base/error.h"
#include "saddle/base/jsonl.h"
#include "saddle/base/text.h"
#include "saddle/base/version.h"
#include "saddle/kernel/plan.h"
#include "saddle/tensor/device.h"
#include "saddle/tensor/precision.h"
#include "saddle/tensor/safetensors.h"

namespace saddle {
namespace {

constexpr const char* kStateFile = "state.safetensors";
constexpr const char* kGeneratorFile = "generator.safetensors";
constexpr const char* kDiscriminatorFile = "discriminator.safetensors";

// Whether a multiple of `every` lies in (before, after].
bool crossed(std::int64_t before, std::int64_t after, std::int64_t every) {
  return every > 0 && before / every != after / every;
}

// Parameters, then buffers.
NamedTensors player_tensors(const Player& player) {
  NamedTensors tensors;
  for (const auto& p : player.parameters) tensors.push_back({p.name, p.tensor.detach()});
  for (const auto& b : player.buffers) tensors.push_back({b.name, b.tensor});
  return tensors;
}

NamedTensors player_weights(Game& game, std::string_view name) {
  for (const Player& player : game.players()) {
    if (player.name == name) return player_tensors(player);
  }
  return {};
}

// Batch-norm statistics in a checkpoint belong to the averaged network; training makes its own.
bool is_statistic(std::string_view name) {
  return name.ends_with("running_mean") || name.ends_with("running_var");
}

// Copies tensors of equal name and shape; one line each for what could not be used. Returns how
// many were copied.
std::int64_t copy_matching(const NamedTensors& from, Player& player,
                           std::vector<std::string>& report) {
  const NoGrad no_grad;
  std::int64_t matched = 0, wanted = 0;
  NamedTensors own = player_tensors(player);
  for (auto& [name, tensor] : own) {
    if (is_statistic(name)) continue;
    ++wanted;
    const auto found = std::ranges::find(from, name, &NamedTensor::name);
    if (found == from.end()) {
      report.push_back(cat(player.name, ".", name, ": not in the checkpoint, starts fresh"));
    } else if (found->tensor.sizes() != tensor.sizes()) {
      report.push_back(cat(player.name, ".", name, ": shape ", shape_text(found->tensor.sizes()),
                           " in the checkpoint, ", shape_text(tensor.sizes()),
                           " here, starts fresh"));
    } else {
      tensor.copy_(found->tensor);
      ++matched;
    }
  }
  for (const auto& entry : from) {
    if (is_statistic(entry.name)) continue;
    if (std::ranges::find(own, entry.name, &NamedTensor::name) == own.end()) {
      report.push_back(cat(player.name, ".", entry.name, ": in the checkpoint only, not used"));
    }
  }
  player.touch();
  report.push_back(cat(player.name, ": ", matched, " of ", wanted, " tensors matched"));
  return matched;
}

// The clock of the last line of ticks.jsonl, 0 where there is none.
std::int64_t last_tick(const RunDirectory& run) {
  const auto path = run.file("ticks.jsonl");
  if (!std::filesystem::exists(path)) return 0;
  const std::vector<Json> lines = read_jsonl(path);
  return lines.empty() ? 0 : JsonReader(lines.back(), "run", path.string()).integer("samples");
}

// The clock of the last measurement that training made, -1 where there is none.
std::int64_t last_measurement(const RunDirectory& run) {
  const auto path = run.file("metrics.jsonl");
  if (!std::filesystem::exists(path)) return -1;
  std::int64_t last = -1;
  for (const Json& line : read_jsonl(path)) {
    if (!line.value("while_training", false)) continue;
    last = JsonReader(line, "run", path.string()).integer("samples");
  }
  return last;
}

// A run directory, or one of its checkpoints, as a checkpoint whose hashes hold.
CheckpointEntry usable_checkpoint(const std::filesystem::path& path, const Log& log) {
  if (std::filesystem::exists(path / "config.toml")) return latest_checkpoint(path, log);
  if (!std::filesystem::exists(path / kGeneratorFile)) {
    throw Error(ErrorCode::kInput, "init",
                cat("no ", kGeneratorFile, " in ", path.string(),
                    "; give a run or one of its checkpoints/<samples> directories"));
  }
  const CheckpointEntry entry{.samples = 0, .path = path};
  verify_checkpoint(entry);
  return entry;
}

}  // namespace

Trainer::Trainer(Task& task, RunDirectory& run, const TrainerOptions& options)
    : task_(task), run_(run), options_(options), knobs_(options.log) {
  stage_ = task_.enter(0, nullptr);
  const std::int64_t per_step = stage_->samples_per_step();
  run_samples_ = to_samples(options.train.length, per_step);
  tick_every_ = std::max(per_step, to_samples(options.train.tick, per_step));
  checkpoint_every_ = to_samples(options.checkpoint.every, per_step);
  sheet_every_ = to_samples(options.samples.every, per_step);
  if (options.evaluate) evaluate_every_ = to_samples(options.eval.every, per_step);
  if (!options.train.max_time.empty()) time_limit_ = parse_duration(options.train.max_time);
  stage_->add_knobs(knobs_, run_samples_);
}

double Trainer::seconds() const {
  return earlier_seconds_ + (sitting_started_ > 0 ? wall_seconds() - sitting_started_ : 0);
}

bool Trainer::out_of_time() const {
  return time_limit_ > 0 && wall_seconds() - sitting_started_ >= time_limit_;
}

void Trainer::state(StateVisitor& visitor) {
  double seconds_so_far = seconds();
  visitor.number("samples", samples_);
  visitor.number("steps", steps_);
  visitor.number("seconds", seconds_so_far);
  visitor.part("knobs", knobs_);
  visitor.part("signals", book_);
  visitor.part("stage", *stage_);
  earlier_seconds_ =
      seconds_so_far - (sitting_started_ > 0 ? wall_seconds() - sitting_started_ : 0);
}

Json Trainer::begin_again() {
  const std::int64_t first = checkpoint_every_ > 0 ? checkpoint_every_ : run_samples_;
  const std::int64_t reached = last_tick(run_);
  if (reached >= first + stage_->samples_per_step()) {
    throw Error(
        ErrorCode::kInput, "checkpoint",
        cat("no checkpoint is left in ", run_.file("checkpoints").string(), ", but the run was at ",
            grouped(reached), " samples; put one back, or train anew with --config ",
            run_.file("config.toml").string(), " and another --out"));
  }
  run_.rewind_logs(0);
  options_.log.info("no checkpoint was written yet: the run begins again");
  return Json::object();
}

bool Trainer::ended_before_closing() const {
  namespace fs = std::filesystem;
  // Whoever trains without these observers misses nothing.
  const bool draws = sheet_every_ > 0 && fs::exists(run_.file("samples"));
  const bool logs = fs::exists(run_.file("ticks.jsonl"));
  const bool measures = evaluate_every_ > 0 && fs::exists(run_.file("metrics.jsonl"));
  return (measures && last_measurement(run_) < samples_) ||
         (draws && !fs::exists(run_.sheet(samples_))) || (logs && last_tick(run_) < samples_);
}

Json Trainer::resume() {
  if (list_checkpoints(run_.path()).empty()) return begin_again();
  const CheckpointEntry entry = latest_checkpoint(run_.path(), options_.log);
  // Restoring copies the tensors, so they are read where they lie in the file.
  const NamedTensors dict =
      load_safetensors(entry.path / kStateFile, SafetensorsAccess::kMapped).tensors;
  restore(*this, dict);
  saved_at_ = ticked_at_ = samples_;
  close_again_ = samples_ == run_samples_ && ended_before_closing();
  if (!finished()) {
    run_.rewind_logs(samples_);
    ticked_at_ = last_tick(run_);
    if (ticked_at_ + tick_every_ + stage_->samples_per_step() < samples_) {
      options_.log.warning(
          cat("ticks.jsonl ends at ", grouped(ticked_at_), " samples: later lines are lost"));
    }
    run_.set_aside_checkpoints(samples_, options_.log);
    options_.log.info(cat("resumed at ", grouped(samples_), " samples from ", entry.path.string()));
  }
  evaluated_at_ = last_measurement(run_);
  if (!options_.eval.best.empty()) best_ = best_measurement(run_.path(), options_.eval.best);
  Json facts = checkpoint_facts(entry);
  kernel::import_plans(facts.value("plans", ""));
  return facts;
}

namespace {

// Of a mixture the latest member: the names of its tensors follow "member.<i>.".
NamedTensors one_of(NamedTensors weights) {
  if (weights.empty() || !weights.back().name.starts_with("member.")) return weights;
  const std::string& last = weights.back().name;
  const std::string prefix = last.substr(0, last.find('.', std::string_view("member.").size()) + 1);
  NamedTensors member;
  for (const NamedTensor& w : weights) {
    if (w.name.starts_with(prefix)) member.push_back({w.name.substr(prefix.size()), w.tensor});
  }
  return member;
}

}  // namespace

std::vector<std::string> Trainer::initialise_from(const std::filesystem::path& checkpoint) {
  const CheckpointEntry entry = usable_checkpoint(checkpoint, options_.log);
  std::vector<std::string> report;
  std::int64_t matched = 0;
  for (Player& player : stage_->game().players()) {
    const auto file = entry.path / (player.name + ".safetensors");
    if (!std::filesystem::exists(file)) continue;
    matched += copy_matching(one_of(load_safetensors(file.string()).tensors), player, report);
  }
  if (matched == 0) {
    throw Error(ErrorCode::kInput, "init",
                cat("no tensor of ", entry.path.string(),
                    " fits the networks of this config, so "
                    "nothing would be taken over; train the same networks, or leave --init out"));
  }
  stage_->weights_replaced();
  return report;
}

void Trainer::one_step() {
  knobs_.follow_schedules(samples_);
  samples_ += stage_->samples_per_step();
  ++steps_;
  const StepReport report = stage_->step(samples_);
  book_.observe(report, stage_->game(), steps_);
}

void Trainer::refuse_bad(const monitor::BadNumber& bad) const {
  if (bad.step < 0) return;
  const auto checkpoints = list_checkpoints(run_.path());
  throw Error(ErrorCode::kNumeric, "train",
              cat(bad.tensor, " was the first to hold NaN or Inf, at step ", bad.step, "; ",
                  checkpoints.empty()
                      ? std::string("no checkpoint was written yet")
                      : cat("the last good checkpoint is ", checkpoints.back().path.string()),
                  "; try a lower learning rate or a penalty such as penalty.r1"));
}

void Trainer::tick(bool partial) {
  run_.require_in_place();
  ticked_at_ = samples_;
  Tick tick;
  tick.samples = samples_;
  tick.steps = steps_;
  tick.run_samples = run_samples_;
  tick.seconds = seconds();
  tick.partial = partial;
  const double now = wall_seconds();
  tick.rate = static_cast<double>(samples_ - tick_samples_) / std::max(1e-9, now - tick_started_);
  tick.seconds_left = static_cast<double>(std::max<std::int64_t>(0, run_samples_ - samples_)) /
                      std::max(1e-9, tick.rate);
  tick.peak_memory = peak_resident_bytes();
  const bool anchored = stage_->anchored_logits();
  tick.reading = book_.read(stage_->game(), anchored);
  tick.words = monitor::in_words(tick.reading, anchored);
  for (const Knob& knob : knobs_.all()) tick.knobs.emplace_back(knob.path, knobs_.get(knob.path));
  tick_started_ = now;
  tick_samples_ = samples_;
  for (auto& observer : observers_) observer->on_tick(tick);
  if (!attend(tick)) refuse_bad(tick.reading.bad);
}

bool Trainer::attend(const Tick& tick) {
  if (attendants_.empty()) return false;
  bool back = false;
  for (auto& attendant : attendants_) back = attendant->on_tick(tick, *stage_, knobs_) || back;
  if (back && !snapshot_.empty()) {
    restore(*stage_, snapshot_);
    return true;
  }
  if (tick.reading.bad.step < 0) snapshot_ = snapshot(*stage_);
  return false;
}

void Trainer::sheet() {
  drawn_at_ = samples_;
  const auto sampler = stage_->sampler();
  const Streams streams(static_cast<std::uint64_t>(options_.train.seed));
  const codec::Image8 picture = fixed_sheet(*sampler, streams, options_.samples.count);
  for (auto& observer : observers_) observer->on_sheet(samples_, picture);
}

void Trainer::evaluate() {
  evaluated_at_ = samples_;
  const auto sampler = stage_->sampler();
  std::vector<metric::MetricValue> values;
  try {
    values = options_.evaluate(*sampler);
  } catch (const std::exception& error) {
    // A run is worth more than one of its measurements.
    const bool memory = is_out_of_memory(error);
    if (!memory && dynamic_cast<const Error*>(&error) == nullptr) throw;
    options_.log.warning(cat("no metrics at ", grouped(samples_), " samples: ",
                             memory ? "out of memory; try fewer eval.samples or another "
                                      "eval.extractor"
                                    : error.what()));
    return;
  }
  for (auto& observer : observers_) observer->on_metrics(samples_, values);
  const std::string& chosen = options_.eval.best;
  if (chosen.empty()) return;
  const auto value = std::ranges::find(values, chosen, &metric::MetricValue::name);
  if (value == values.end()) {
    std::vector<std::string> names;
    for (const metric::MetricValue& m : values) names.push_back(m.name);
    options_.log.warning(cat("no best checkpoint is kept: eval.best = \"", chosen,
                             "\" is not among what was measured: ", join(names, ", ")));
    return;
  }
  if (!std::isfinite(value->value)) return;
  if (!best_.gives_way_to(*value)) return;
  if (best_.exists() && !metric::condition_differences(best_.measured, *value).empty()) {
    options_.log.info(cat("the best checkpoint is chosen anew: ", chosen,
                          " is measured otherwise than at ", grouped(best_.samples), " samples"));
  }
  best_ = {samples_, *value};
  if (saved_at_ != samples_) checkpoint();
}

void Trainer::checkpoint() {
  run_.require_in_place();
  StateSaver saver(/*clone=*/false);
  state(saver);
  const StateDict dict = saver.take();
  const std::string bad = monitor::first_not_finite(dict);
  if (!bad.empty()) {
    // Between two ticks the signals know better where and when it began.
    refuse_bad(book_.read(stage_->game(), stage_->anchored_logits()).bad);
    refuse_bad({bad, steps_});
  }
  const auto sampler = stage_->sampler();
  const NamedTensors weights = sampler->weights();
  const bool mixed = weights.front().name.starts_with("member.");
  const std::vector<std::pair<std::string, std::string>> files{
      {kStateFile, safetensors_bytes(dict, {})},
      {kGeneratorFile,
       safetensors_bytes(weights, {{"kind", mixed ? "mixture of generators" : "averaged generator"},
                                   {"data", to_json(task_.facts()).dump()}})},
      {kDiscriminatorFile, safetensors_bytes(player_weights(stage_->game(), "discriminator"), {})}};
  Json facts = options_.facts ? options_.facts() : Json::object();
  facts["steps"] = steps_;
  facts["saddle"] = version();
  // Kernel plans are measured as shapes come up, and decide bits.
  facts["plans"] = kernel::exported_plans();
  const CheckpointEntry entry = write_checkpoint(run_.path(), samples_, files, facts);
  saved_at_ = samples_;
  prune_checkpoints(run_.path(), options_.checkpoint.keep, options_.log, best_.samples);
  for (auto& observer : observers_) observer->on_checkpoint(samples_, entry.path.string());
}

Outcome Trainer::run() {
  try {
    return run_to_the_end();
  } catch (const std::exception& error) {
    if (!is_out_of_memory(error)) throw;
    const std::int64_t batch = options_.train.batch;
    const std::string advice =
        batch > 1
            ? cat("half the batch needs about half: train anew with --set train.batch=", batch / 2,
                  ", and --init to keep what was learnt")
            : std::string("try smaller networks: generator.width, discriminator.width");
    throw Error(ErrorCode::kIo, "memory",
                cat("out of memory in step ", steps_, " with a batch of ", batch,
                    ", after a peak of ", bytes_text(peak_resident_bytes()), "; ", advice));
  }
}

Outcome Trainer::run_to_the_end() {
  sitting_started_ = wall_seconds();
  tick_started_ = sitting_started_;
  tick_samples_ = samples_;
  if (samples_ == 0 && sheet_every_ > 0) sheet();
  Outcome outcome = Outcome::kFinished;
  const std::int64_t started_at = close_again_ ? -1 : samples_;
  while (samples_ < run_samples_) {
    const std::int64_t before = samples_;
    one_step();
    if (crossed(before, samples_, tick_every_)) tick(/*partial=*/false);
    if (crossed(before, samples_, sheet_every_)) sheet();
    if (crossed(before, samples_, evaluate_every_)) evaluate();
    if (crossed(before, samples_, checkpoint_every_) && saved_at_ != samples_) checkpoint();
    if (options_.stop_requested && options_.stop_requested()) outcome = Outcome::kInterrupted;
    if (outcome == Outcome::kFinished && out_of_time()) outcome = Outcome::kOutOfTime;
    if (outcome != Outcome::kFinished) break;
  }
  if (outcome == Outcome::kFinished && evaluate_every_ > 0 && samples_ != started_at &&
      evaluated_at_ != samples_) {
    evaluate();
  }
  // The state is saved before the closing tick, which empties the signals: a longer run that
  // resumes from here then logs what an unbroken one would.
  if (saved_at_ != samples_) checkpoint();
  if (ticked_at_ != samples_) tick(/*partial=*/true);
  const bool drawn = drawn_at_ == samples_ || samples_ == started_at;
  if (outcome == Outcome::kFinished && sheet_every_ > 0 && !drawn) sheet();
  return outcome;
}

}  // namespace saddle
