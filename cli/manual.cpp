#include "cli/manual.h"

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

#include "saddle/base/text.h"

namespace saddle::cli {
namespace {

bool is_letter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

/// One line in roff, shown as it is. A '-' between letters is a hyphen, any other a minus, which
/// can be copied into a command.
std::string roff(std::string_view text, bool in_command = false) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool hyphen = !in_command && i > 0 && i + 1 < text.size() && is_letter(text[i - 1]) &&
                        is_letter(text[i + 1]);
    switch (c) {
      case '\\':
        out += "\\e";
        break;
      case '-':
        out += hyphen ? "-" : "\\-";
        break;
      case '~':
        out += "\\(ti";
        break;
      case '^':
        out += "\\(ha";
        break;
      case '\'':
        out += "\\(aq";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string bold(std::string_view text) {
  return cat("\\fB", roff(text, true), "\\fR");
}

std::string italic(std::string_view text) {
  return cat("\\fI", roff(text, true), "\\fR");
}

/// Words broken into lines of at most 78 characters.
std::string filled(std::string_view text) {
  constexpr std::size_t kWidth = 78;
  std::string out;
  std::string line;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    if (!line.empty() && line.size() + 1 + word.size() > kWidth) {
      out += line + "\n";
      line.clear();
    }
    // A line that starts with a point would be a request.
    line += cat(line.empty() ? (word[0] == '.' ? "\\&" : "") : " ", word);
  }
  return out + line + "\n";
}

/// One paragraph of roff that ends with a point; in `text`, `...` is a command.
std::string prose(std::string_view text) {
  std::string out;
  bool in_command = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('`'), text.size());
    std::string part(text.substr(0, end));
    std::ranges::replace(part, '\n', ' ');
    if (!part.empty()) out += in_command ? bold(part) : roff(part);
    in_command = !in_command;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return filled(out.ends_with('.') ? out : out + ".");
}

std::string section(std::string_view title, std::string_view body) {
  return cat(".SH ", title, "\n", body);
}

std::string item(std::string_view tag, std::string_view meaning) {
  return cat(".TP\n", tag, "\n", prose(meaning));
}

std::string value_in_roff(const Argument& argument) {
  if (argument.words.empty()) return argument.value.empty() ? "" : italic(argument.value);
  std::string out;
  for (const auto& word : argument.words) out += (out.empty() ? "" : "|") + bold(word);
  return "{" + out + "}";
}

std::string positional_in_roff(const Argument& argument) {
  const std::string name = italic(argument.name) + (argument.repeats ? " ..." : "");
  return argument.required ? name : "[" + name + "]";
}

std::string flag_item(const Argument& flag) {
  std::string tag = flag.short_name.empty() ? "" : bold(flag.short_name) + ", ";
  tag += bold(flag.name);
  if (!flag.value.empty()) tag += " " + value_in_roff(flag);
  if (flag.repeats && !flag.value.empty()) tag += " ...";
  return item(tag, flag.doc);
}

/// The notes of a footer and the lines after its "Examples:".
struct Footer {
  std::string notes;
  std::vector<std::string> examples;
};

Footer read_footer(const std::string& text) {
  Footer footer;
  std::size_t start = text.find("Example");
  if (start > 0 && start != std::string::npos && text[start - 1] != '\n') start = std::string::npos;
  footer.notes = text.substr(0, start);
  while (footer.notes.ends_with('\n')) footer.notes.pop_back();
  start = start == std::string::npos ? text.size() : text.find('\n', start);
  for (; start < text.size(); start = text.find('\n', start + 1)) {
    const std::size_t end = std::min(text.find('\n', start + 1), text.size());
    const auto line = trimmed(std::string_view(text).substr(start + 1, end - start - 1));
    if (!line.empty()) footer.examples.emplace_back(line);
  }
  return footer;
}

void add_synopsis(const Verb& verb, const std::string& words, std::vector<std::string>& lines) {
  if (!verb.needs_verb) {
    std::string line = bold(words) + " [" + italic("flags") + "]";
    for (const auto& positional : verb.positionals) line += " " + positional_in_roff(positional);
    lines.push_back(std::move(line));
  }
  for (const auto& sub : verb.verbs) add_synopsis(sub, words + " " + sub.name, lines);
}

std::string verb_text(const Verb& verb, const std::string& words) {
  std::string out = cat(".SS ", roff(words, true), "\n", prose(verb.doc));
  for (const auto& positional : verb.positionals) {
    std::string tag = italic(positional.name);
    if (!positional.words.empty()) tag += " " + value_in_roff(positional);
    out += item(tag, positional.doc);
  }
  for (const auto& flag : verb.flags) {
    if (flag.name != "--help") out += flag_item(flag);
  }
  const std::string notes = read_footer(verb.footer).notes;
  if (!notes.empty()) out += ".PP\n" + prose(notes);
  for (const auto& sub : verb.verbs) out += verb_text(sub, words + " " + sub.name);
  return out;
}

void add_examples(const Verb& verb, std::string& out) {
  const auto lines = read_footer(verb.footer).examples;
  if (!lines.empty()) out += out.empty() ? ".EX\n" : ".PP\n.EX\n";
  for (const auto& line : lines) out += roff(line, true) + "\n";
  if (!lines.empty()) out += ".EE\n";
  for (const auto& sub : verb.verbs) add_examples(sub, out);
}

constexpr std::string_view kSummary = "train and judge generative adversarial networks";

constexpr std::string_view kDescription =
    "A run is described by a config: a preset, TOML files and single keys, in rising order of "
    "precedence. `saddle presets` lists the presets, `saddle docs config` prints every key with "
    "its default, its range and what it means, and `saddle train --dry-run` shows what a command "
    "line means without training.";

using Item = std::pair<std::string_view, std::string_view>;

constexpr Item kExitStatus[] = {
    {"0", "The verb did what it was asked"},
    {"1", "It failed: a file, the data, the disk or the memory"},
    {"2", "The command line or the config is wrong; the message says what to try"},
    {"128 + n",
     "Signal n ended it. On SIGINT and SIGTERM `saddle train` writes a checkpoint "
     "first; a second signal ends it at once"},
};

constexpr Item kEnvironment[] = {
    {"SADDLE_PRESETS", "The folder of the presets, in place of the installed ones"},
    {"SADDLE_CACHE",
     "The folder of what may be computed again, such as trained classifiers of "
     "`saddle eval`"},
    {"XDG_CACHE_HOME", "Without SADDLE_CACHE the folder is `saddle` in this one"},
    {"HOME", "Without either it is `.cache/saddle` in this one; with none of them nothing is kept"},
    {"OMP_NUM_THREADS", "The most threads that `train.threads = 0` takes (default: all cores)"},
    {"OMP_PROC_BIND", "Read by OpenMP; `false` unless set"},
    {"GLIBC_TUNABLES", "Read by the C library; unless set, it keeps large tensors on the heap"},
};

constexpr Item kFiles[] = {
    {"runs/<number>-<preset>-<data>/",
     "The directory of a run, called RUN below, in the folder where it was started"},
    {"RUN/config.toml", "Every key of the run's config, resolved"},
    {"RUN/manifest.json", "Versions, seed, device, threads, data and command of each sitting"},
    {"RUN/log.txt", "What was said while it trained"},
    {"RUN/ticks.jsonl", "Losses, signals, knobs and rate at each tick, one line of JSON each"},
    {"RUN/metrics.jsonl", "What was measured, by `saddle eval` and while it trained"},
    {"RUN/samples/", "Sheets of samples at fixed latents"},
    {"RUN/checkpoints/<samples>/",
     "The whole state; `state.json` holds size and SHA-256 of each "
     "file"},
    {"RUN/report.html", "The page that `saddle report` writes"},
    {"RUN/events.out.tfevents.*", "The same numbers and sheets for TensorBoard"},
    {"~/.cache/saddle/", "What may be computed again; see ENVIRONMENT"},
};

template <std::size_t N>
std::string items(const Item (&list)[N]) {
  std::string out;
  for (const auto& [tag, meaning] : list) {
    out += item(bold(tag), meaning);
  }
  return out;
}

}  // namespace

std::string manual_page(const Verb& program) {
  const std::string& name = program.name;
  std::vector<std::string> synopsis;
  add_synopsis(program, name, synopsis);
  std::string options;
  for (const auto& flag : program.flags) options += flag_item(flag);
  std::string verbs;
  for (const auto& sub : program.verbs) verbs += verb_text(sub, name + " " + sub.name);
  std::string examples;
  add_examples(program, examples);
  // The version says what the page describes; a date would change with each build.
  return cat(".TH SADDLE 1 \"\" \"saddle ", SADDLE_VERSION, "\" \"User Commands\"\n",
             section("NAME", cat(name, " \\- ", kSummary, "\n")),
             section("SYNOPSIS", join(synopsis, "\n.br\n") + "\n"),
             section("DESCRIPTION", cat(prose(program.doc), ".PP\n", prose(kDescription), ".PP\n",
                                        prose(program.footer))),
             section("OPTIONS", options), section("VERBS", verbs),
             section("EXIT STATUS", items(kExitStatus)),
             section("ENVIRONMENT", items(kEnvironment)), section("FILES", items(kFiles)),
             section("EXAMPLES", examples));
}

}  // namespace saddle::cli
