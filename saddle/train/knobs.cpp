#include "saddle/train/knobs.h"

#include <ATen/ops/fill.h>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/tensor/precision.h"

namespace saddle {

void Knobs::add(Knob knob, const ResolvedSchedule& schedule) {
  knobs_.push_back(std::move(knob));
  schedules_.push_back(schedule);
  follows_.push_back(schedule.is_constant() ? 0 : 1);
  write(knobs_.size() - 1, schedule.at(0));
}

void Knobs::follow_schedules(std::int64_t samples) {
  for (std::size_t i = 0; i < knobs_.size(); ++i) {
    if (follows_[i] != 0) write(i, schedules_[i].at(static_cast<double>(samples)));
  }
}

void Knobs::set(std::string_view path, double value, std::string_view reason) {
  const std::size_t index = find(path);
  const Knob& knob = knobs_[index];
  if (!(value >= knob.low && value <= knob.high)) {
    throw Error(ErrorCode::kNumeric, "knobs",
                cat(path, " = ", value, " is outside [", knob.low, ", ", knob.high, "]"));
  }
  log_.info(cat("knob ", path, ": ", get(path), " -> ", value, " (", reason, ")"));
  follows_[index] = 0;
  write(index, value);
}

double Knobs::get(std::string_view path) const {
  return knobs_[find(path)].value.item().toDouble();
}

void Knobs::state(StateVisitor& visitor) {
  for (std::size_t i = 0; i < knobs_.size(); ++i) {
    visitor.tensor(knobs_[i].path + ".value", knobs_[i].value);
    visitor.number(knobs_[i].path + ".follows", follows_[i]);
  }
}

std::size_t Knobs::find(std::string_view path) const {
  std::vector<std::string> known;
  for (std::size_t i = 0; i < knobs_.size(); ++i) {
    if (knobs_[i].path == path) return i;
    known.push_back(knobs_[i].path);
  }
  throw Error(ErrorCode::kUsage, "knobs", cat("no knob '", path, "'", suggestion(path, known)));
}

void Knobs::write(std::size_t index, double value) {
  const NoGrad no_grad;
  knobs_[index].value.fill_(value);
}

}  // namespace saddle
