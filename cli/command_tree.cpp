#include "cli/command_tree.h"

#include <CLI/CLI.hpp>

#include "saddle/base/text.h"

namespace saddle::cli {
namespace {

/// The words of CLI11's "TEXT:{auto,cpu,cuda}".
std::vector<std::string> listed_words(const std::string& type) {
  const auto begin = type.find(":{");
  const auto end = type.find('}', begin);
  if (begin == std::string::npos || end == std::string::npos) return {};
  return CLI::detail::split(type.substr(begin + 2, end - begin - 2), ',');
}

// "TEXT:DIR" comes from a check for an existing directory. What is left as TEXT may be a path.
std::string value_kind(const std::string& type) {
  const std::string base = type.substr(0, type.find(':'));
  if (base == "INT" || base == "UINT" || base == "FLOAT") return kNumberValue;
  if (base != "TEXT") return base;
  for (const std::string kind : {kFileValue, kDirectoryValue, kPathValue}) {
    if (type == cat("TEXT:", kind)) return kind;
  }
  return base;
}

Argument argument_of(const CLI::Option& option) {
  Argument argument;
  if (!option.get_lnames().empty()) argument.name = "--" + option.get_lnames().front();
  if (!option.get_snames().empty()) argument.short_name = "-" + option.get_snames().front();
  if (option.get_positional()) argument.name = option.get_name(/*positional=*/true);
  if (argument.name.empty()) std::swap(argument.name, argument.short_name);
  argument.doc = option.get_description();
  argument.required = option.get_required();
  argument.repeats = option.get_expected_max() >= CLI::detail::expected_max_vector_size ||
                     option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
  if (option.get_items_expected_max() > 0) {
    argument.value = value_kind(option.get_type_name());
    argument.words = listed_words(option.get_type_name());
  }
  return argument;
}

class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    if (option->get_positional()) return "";
    const Argument argument = argument_of(*option);
    std::string out = value_text(argument);
    if (!out.empty()) out.insert(0, " ");
    return argument.repeats && !argument.value.empty() ? out + " ..." : out;
  }
};

}  // namespace

Verb command_tree(const CLI::App& app) {
  Verb verb{.name = app.get_name(), .doc = app.get_description(), .footer = app.get_footer()};
  verb.needs_verb = app.get_require_subcommand_min() > 0;
  // A verb without a footer of its own has that of one above it.
  for (const CLI::App* above = app.get_parent(); above != nullptr; above = above->get_parent()) {
    if (above->get_footer() == app.get_footer()) verb.footer.clear();
  }
  for (const CLI::Option* option : app.get_options({})) {
    if (option->get_group().empty()) continue;
    (option->get_positional() ? verb.positionals : verb.flags).push_back(argument_of(*option));
  }
  for (const CLI::App* sub : app.get_subcommands({})) {
    if (!sub->get_group().empty()) verb.verbs.push_back(command_tree(*sub));
  }
  return verb;
}

std::shared_ptr<CLI::FormatterBase> help_formatter() {
  return std::make_shared<HelpFormatter>();
}

std::string value_text(const Argument& argument) {
  if (argument.words.empty()) return argument.value;
  return "{" + join(argument.words, ",") + "}";
}

}  // namespace saddle::cli
