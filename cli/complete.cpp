#include "cli/complete.h"

#include <algorithm>
#include <optional>
#include <set>

#include "saddle/base/text.h"

namespace saddle::cli {
namespace {

std::string on_one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

/// Reads the words before the cursor as the program would.
class Reader {
 public:
  explicit Reader(const Verb& program) : verb_(&program) {}

  void read(const std::string& word) {
    if (waiting_ != nullptr) {
      waiting_ = nullptr;
    } else if (word.starts_with('-') && word.size() > 1) {
      read_flag(word);
    } else if (const Verb* sub = find_verb(word)) {
      verb_ = sub;
    } else {
      ++positionals_;
    }
  }

  const Verb& verb() const { return *verb_; }
  /// The flag whose value comes next, or null.
  const Argument* waiting() const { return waiting_; }
  /// Sub-verbs stand before positional words.
  bool verb_may_follow() const { return positionals_ == 0; }
  bool given(const Argument& flag) const { return given_.contains(&flag); }

  const Argument* positional() const {
    const auto& all = verb_->positionals;
    if (positionals_ < all.size()) return &all[positionals_];
    return !all.empty() && all.back().repeats ? &all.back() : nullptr;
  }

  const Argument* find_flag(const std::string& name) const {
    for (const Argument& flag : verb_->flags) {
      if (flag.name == name || flag.short_name == name) return &flag;
    }
    return nullptr;
  }

 private:
  void read_flag(const std::string& word) {
    const std::size_t equals = word.find('=');
    const Argument* flag = find_flag(word.substr(0, equals));
    if (flag == nullptr) return;
    given_.insert(flag);
    if (equals == std::string::npos && !flag->value.empty()) waiting_ = flag;
  }

  const Verb* find_verb(const std::string& name) const {
    if (!verb_may_follow()) return nullptr;
    const auto& verbs = verb_->verbs;
    const auto found = std::ranges::find(verbs, name, &Verb::name);
    return found == verbs.end() ? nullptr : &*found;
  }

  const Verb* verb_;
  const Argument* waiting_ = nullptr;
  std::set<const Argument*> given_;
  std::size_t positionals_ = 0;
};

class Answer {
 public:
  Answer(std::string typed, const CompletionSources& sources)
      : typed_(std::move(typed)), sources_(sources) {}

  void offer(const std::string& word, const std::string& doc) {
    if (!word.starts_with(typed_)) return;
    if (!words_.insert(word).second) return;
    completion_.candidates.push_back({word, on_one_line(doc)});
  }

  /// The values that `argument` takes; `before` is what stands before the value in the same word.
  void offer_values(const Argument& argument, const std::string& before) {
    using Names = Completion::Names;
    const std::string& value = argument.value;
    for (const auto& word : argument.words) offer(before + word, "");
    if (!argument.words.empty() || value == kNumberValue) return;
    if (value == kPresetValue) {
      for (const auto& preset : sources_.presets()) offer(before + preset.word, preset.doc);
    } else if (value == kExperimentValue) {
      for (const auto& experiment : sources_.experiments())
        offer(before + experiment.word, experiment.doc);
    } else if (value == kParameterValue) {
      offer_assignments(before, sources_.parameters());
    } else if (value == kParameterNameValue) {
      for (const auto& info : sources_.parameters()) {
        if (info.choices.empty()) offer(before + info.key, info.doc);
      }
    } else if (value == kSettingValue) {
      offer_assignments(before, sources_.settings());
    } else if (value == kGameValue) {
      for (const auto& info : sources_.settings()) {
        if (info.key != "game.name") continue;
        for (const auto& game : info.choices) offer(before + game.word, game.doc);
      }
    } else if (value == kAssignmentValue) {
      offer_assignments(before, sources_.keys());
    } else if (value == kMeasureValue) {
      offer_assignments(before, sources_.measures());
    } else if (value == kMetricsValue) {
      const std::string list = typed_.substr(0, typed_.rfind(',') + 1);
      const std::string& named = list.empty() ? before : list;
      for (const auto& metric : sources_.metrics()) offer(named + metric.word, metric.doc);
    } else if (value == kDirectoryValue || value == kRunValue) {
      completion_.names = Names::kDirectories;
    } else {
      completion_.names = Names::kFiles;
    }
  }

  Completion take() && { return std::move(completion_); }

 private:
  /// Keys up to their '='; once it is there, the words that the key may hold.
  void offer_assignments(const std::string& before, const std::vector<config::KeyInfo>& keys) {
    for (const auto& info : keys) {
      if (info.type == "table") continue;
      // `objective=hinge` is short for `objective.name="hinge"`.
      const bool is_row = info.type == "row";
      const std::string key = is_row ? info.key.substr(0, info.key.rfind('.')) : info.key;
      const std::string assignment = cat(before, key, "=");
      if (!typed_.starts_with(assignment)) {
        offer(assignment, info.doc);
        continue;
      }
      for (const auto& choice : info.choices) offer(assignment + choice.word, choice.doc);
    }
  }

  std::string typed_;
  const CompletionSources& sources_;
  std::set<std::string> words_;
  Completion completion_;
};

}  // namespace

Completion complete(const Verb& program, std::span<const std::string> words,
                    const CompletionSources& sources) {
  if (words.empty()) return {};
  const std::string& typed = words.back();
  Reader reader(program);
  for (const auto& word : words.first(words.size() - 1)) reader.read(word);
  Answer answer(typed, sources);
  if (const Argument* flag = reader.waiting()) {
    answer.offer_values(*flag, "");
    return std::move(answer).take();
  }
  if (typed.starts_with('-')) {
    const std::size_t equals = typed.find('=');
    if (equals != std::string::npos) {
      const Argument* flag = reader.find_flag(typed.substr(0, equals));
      if (flag != nullptr && !flag->value.empty()) {
        answer.offer_values(*flag, typed.substr(0, equals + 1));
      }
      return std::move(answer).take();
    }
    for (const Argument& flag : reader.verb().flags) {
      if (!reader.given(flag) || flag.repeats) answer.offer(flag.name, flag.doc);
    }
    return std::move(answer).take();
  }
  if (reader.verb_may_follow()) {
    for (const Verb& sub : reader.verb().verbs) answer.offer(sub.name, sub.doc);
  }
  if (const Argument* positional = reader.positional()) answer.offer_values(*positional, "");
  return std::move(answer).take();
}

std::string completion_text(const Completion& completion) {
  std::string out;
  for (const auto& candidate : completion.candidates) {
    out += candidate.word;
    if (!candidate.doc.empty()) out += "\t" + candidate.doc;
    out += '\n';
  }
  using Names = Completion::Names;
  if (completion.names == Names::kFiles) out += ":files\n";
  if (completion.names == Names::kDirectories) out += ":directories\n";
  return out;
}

}  // namespace saddle::cli
