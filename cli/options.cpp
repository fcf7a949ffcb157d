#include "cli/options.h"

#include <CLI/CLI.hpp>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::cli {
namespace {

const std::vector<std::string> kDevices{"auto", "cpu", "cuda"};

void add_json(CLI::App& verb, bool& json) {
  verb.add_flag("--json", json, "Print machine-readable JSON on standard output");
}

void add_device(CLI::App& verb, std::string& device) {
  verb.add_option("--device", device, "auto, cpu or cuda")->check(CLI::IsMember(kDevices));
}

void add_train(CLI::App& app, TrainOptions& o) {
  CLI::App* verb = app.add_subcommand("train", "Train a GAN, or continue a run");
  verb->add_option("preset", o.preset, "A recipe; `saddle presets` lists them (default: digits)");
  verb->add_option("--data", o.data, "The data, for presets that read files");
  verb->add_option("--config", o.config_files, "TOML files on top of the preset")
      ->check(CLI::ExistingFile);
  verb->add_option("--set", o.assignments, "One key: --set penalty.r1.gamma=0.3")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  verb->add_option("--out", o.out, "The run's directory (default: runs/<number>-<preset>-<data>)");
  add_device(*verb, o.device);
  verb->add_option("--resume", o.resume, "Continue this run from its newest checkpoint");
  verb->add_option("--init", o.init, "Start from the weights of this checkpoint or run");
  verb->add_flag("--deterministic", o.deterministic,
                 "Choose kernels, threads and precision by rule, not by measuring;\n"
                 "a resumed run keeps to it");
  verb->add_flag("--dry-run", o.dry_run, "Print the resolved config with origins, train nothing");
  add_json(*verb, o.json);
  verb->footer(
      "Lengths (train.length, checkpoint.every, ...) count real samples, 300k or 1.5M, or steps,\n"
      "\"20k steps\". `saddle presets show NAME` prints every key with its value.\n\n"
      "Examples:\n"
      "  saddle train                                    the built-in digits\n"
      "  saddle train ring --set objective=hinge\n"
      "  saddle train mnist --data DIR --set train.length=400k\n"
      "  saddle train --resume runs/00003-mnist-idx");
}

// CLI11 would wrap -3 round to 2^64 - 3.
CLI::Validator not_negative() {
  return {[](const std::string& text) {
            return text.starts_with('-') ? cat("got ", text, ", expected 0 or more") : "";
          },
          "", "not negative"};
}

void add_sample(CLI::App& app, SampleOptions& o) {
  CLI::App* verb = app.add_subcommand("sample", "Draw samples from a run");
  verb->add_option("run", o.run, "The run's directory")->required();
  verb->add_option("--data", o.data, "The data, when it moved since training");
  verb->add_option("--checkpoint", o.checkpoint, "Samples of the checkpoint (default: the newest)");
  verb->add_option("-n,--n", o.count, "How many samples")->check(CLI::Range(1, 10'000'000));
  verb->add_option("--seed", o.seed, "Seed of the latents")->check(not_negative());
  verb->add_option("--class", o.label, "Only this class");
  verb->add_option("--format", o.format,
                   "sheet: one PNG; png: one file each; npy: an array; csv, svg: points\n"
                   "(default: by the ending of --out, else a sheet)")
      ->check(CLI::IsMember({"sheet", "png", "npy", "csv", "svg"}));
  verb->add_option("--columns", o.columns, "Columns of a sheet (default: near square)")
      ->check(CLI::Range(0, 1000));
  verb->add_flag("--interpolate", o.interpolate,
                 "Rows walk between pairs of latents on a great circle");
  verb->add_option("--out", o.out, "File or, for png, directory (default: in the run's samples/)");
  add_device(*verb, o.device);
  add_json(*verb, o.json);
  verb->footer(
      "Examples:\n"
      "  saddle sample runs/00003-mnist-idx -n 64 --seed 7\n"
      "  saddle sample RUN --class 3 --format png --out threes\n"
      "  saddle sample RUN --interpolate --out walk.png");
}

void add_eval(CLI::App& app, EvalOptions& o) {
  CLI::App* verb = app.add_subcommand("eval", "Measure the samples of a run against its data");
  verb->add_option("run", o.run, "The run's directory")->required();
  verb->add_option("--data", o.data, "The data, when it moved since training");
  verb->add_option("--checkpoint", o.checkpoint, "Samples of the checkpoint (default: the newest)");
  verb->add_option("-n,--n", o.count, "Generated samples")->check(CLI::Range(2, 10'000'000));
  verb->add_option("--seed", o.seed, "Seed of the latents")->check(not_negative());
  add_device(*verb, o.device);
  add_json(*verb, o.json);
  verb->footer("Example:\n  saddle eval runs/00003-mnist-idx --json");
}

void add_presets(CLI::App& app, PresetsOptions& o) {
  CLI::App* verb = app.add_subcommand("presets", "List the recipes, or show one");
  verb->require_subcommand(0, 1);
  CLI::App* list = verb->add_subcommand("list", "List the recipes");
  add_json(*list, o.json);
  CLI::App* show = verb->add_subcommand("show", "Print a recipe, every key resolved");
  show->add_option("name", o.show, "The recipe")->required();
  add_json(*show, o.json);
  add_json(*verb, o.json);
  verb->footer("Examples:\n  saddle presets\n  saddle presets show mnist");
}

std::vector<std::string> known_words(const CLI::App& app, const std::string& verb, bool flags) {
  std::vector<std::string> words;
  if (!flags) {
    for (const auto* sub : app.get_subcommands({})) words.push_back(sub->get_name());
    return words;
  }
  for (const auto* sub : app.get_subcommands({})) {
    if (sub->get_name() != verb) continue;
    for (const auto* option : sub->get_options()) {
      for (const auto& name : option->get_lnames()) words.push_back("--" + name);
    }
  }
  return words;
}

// CLI11 names the surplus words but offers no near one; a misspelt flag deserves a suggestion.
[[noreturn]] void refuse(const CLI::App& app, const CLI::ParseError& error, int argc,
                         const char* const* argv) {
  const std::string verb = argc > 1 ? argv[1] : "";
  std::string message = error.what();
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    for (int i = 1; i < argc; ++i) {
      const std::string word = argv[i];
      const bool flag = word.starts_with("--");
      const auto known = known_words(app, verb, flag);
      const std::string bare = word.substr(0, word.find('='));
      const bool is_known = std::find(known.begin(), known.end(), bare) != known.end();
      if (is_known || (!flag && i > 1)) continue;
      message = cat("unknown ", flag ? "flag" : "verb", " '", bare, "'", suggestion(bare, known));
      break;
    }
  }
  const auto verbs = known_words(app, "", false);
  const bool known = std::find(verbs.begin(), verbs.end(), verb) != verbs.end();
  throw Error(ErrorCode::kUsage, "command line",
              cat(message, message.ends_with('?') ? " See" : "; see", " `saddle ",
                  known ? verb + " " : "", "--help`"));
}

}  // namespace

Command parse_command_line(int argc, const char* const* argv) {
  CLI::App app{"Saddle trains generative adversarial networks and says how good they are.",
               "saddle"};
  TrainOptions train;
  SampleOptions sample;
  EvalOptions eval;
  PresetsOptions presets;
  VersionOptions version;
  bool version_flag = false;
  app.require_subcommand(0, 1);
  auto* version_option = app.add_flag("--version", version_flag, "Print the version");
  app.add_flag("--json", version.json, "With --version: CPU, LibTorch and plans as JSON")
      ->needs(version_option);
  app.footer("Every verb has --help with examples. `saddle train` alone trains on built-in data.");
  add_train(app, train);
  add_sample(app, sample);
  add_eval(app, eval);
  add_presets(app, presets);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const auto chosen = app.get_subcommands();
    return HelpText{chosen.empty() ? app.help() : chosen.front()->help("saddle")};
  } catch (const CLI::CallForAllHelp&) {
    return HelpText{app.help("", CLI::AppFormatMode::All)};
  } catch (const CLI::ParseError& error) {
    refuse(app, error, argc, argv);
  }
  if (version_flag) return version;
  if (app.got_subcommand("train")) return train;
  if (app.got_subcommand("sample")) return sample;
  if (app.got_subcommand("eval")) return eval;
  if (app.got_subcommand("presets")) return presets;
  return HelpText{app.help()};
}

}  // namespace saddle::cli
