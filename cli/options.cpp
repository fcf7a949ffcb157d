#include "cli/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>

#include "cli/command_tree.h"
#include "cli/flags.h"
#include "cli/lab_options.h"
#include "cli/report_options.h"
#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::cli {
namespace {

const std::vector<std::string> kDevices{"auto", "cpu", "cuda"};

void add_device(CLI::App& verb, std::string& device) {
  verb.add_option("--device", device, "Where the networks run; auto takes a GPU where one is")
      ->check(CLI::IsMember(kDevices));
}

// A clock, or the best by the run's eval.best.
void add_checkpoint(CLI::App& verb, std::int64_t& samples) {
  verb.add_option_function<std::string>(
          "--checkpoint",
          [&samples](const std::string& text) {
            const auto [end, error] =
                std::from_chars(text.data(), text.data() + text.size(), samples);
            if (text == "best") {
              samples = kBestCheckpoint;
            } else if (error != std::errc() || end != text.data() + text.size() || samples < 0) {
              throw CLI::ValidationError("--checkpoint",
                                         cat("got '", text, "', expected samples, or best"));
            }
          },
          "Samples of the checkpoint, or best: by the run's eval.best (default: the newest)")
      ->type_name(kNumberValue);
}

void add_train(CLI::App& app, TrainOptions& o) {
  CLI::App* verb = app.add_subcommand("train", "Train a GAN, or continue a run");
  verb->add_option("preset", o.preset, "A recipe; `saddle presets` lists them (default: digits)")
      ->type_name(kPresetValue);
  verb->add_option("--data", o.data, "The data, for presets that read files")
      ->type_name(kPathValue);
  verb->add_option("--config", o.config_files, "TOML files on top of the preset")
      ->type_name(kFileValue)
      ->check(CLI::ExistingFile);
  add_assignments(*verb, o.assignments, "One key: --set penalty.r1.gamma=0.3", kAssignmentValue);
  verb->add_option("--out", o.out, "The run's directory (default: runs/<number>-<preset>-<data>)")
      ->type_name(kDirectoryValue);
  add_device(*verb, o.device);
  verb->add_option("--resume", o.resume, "Continue this run from its newest checkpoint")
      ->type_name(kRunValue);
  verb->add_option("--init", o.init, "Start from the weights of this checkpoint or run")
      ->type_name(kDirectoryValue);
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
  verb->add_option("run", o.run, "The run's directory")->required()->type_name(kRunValue);
  verb->add_option("--data", o.data, "The data, when it moved since training")
      ->type_name(kPathValue);
  add_checkpoint(*verb, o.checkpoint);
  verb->add_option("-n,--n", o.count, "How many samples (default: 100)")
      ->check(CLI::Range(1, 10'000'000));
  verb->add_option("--seed", o.seed, "Seed of the latents (default: 0)")->check(not_negative());
  verb->add_option("--class", o.label, "Only this class");
  verb->add_option("--format", o.format,
                   "sheet: one PNG; png: one file each; npy: an array; csv, svg: points\n"
                   "(default: by the ending of --out, else a sheet)")
      ->check(CLI::IsMember({"sheet", "png", "npy", "csv", "svg"}));
  verb->add_option("--columns", o.columns, "Columns of a sheet (default: near square)")
      ->check(CLI::Range(0, 1000));
  verb->add_flag("--interpolate", o.interpolate,
                 "Rows walk between pairs of latents on a great circle");
  verb->add_option("--out", o.out, "File or, for png, directory (default: in the run's samples/)")
      ->type_name(kPathValue);
  add_device(*verb, o.device);
  add_json(*verb, o.json);
  verb->footer(
      "Examples:\n"
      "  saddle sample runs/00003-mnist-idx -n 64 --seed 7\n"
      "  saddle sample RUN --class 3 --format png --out threes\n"
      "  saddle sample RUN --interpolate --out walk.png");
}

void add_eval(CLI::App& app, EvalOptions& o) {
  CLI::App* verb = app.add_subcommand("eval", "Measure generated samples against real ones");
  verb->add_option("run", o.run, "A run: its samples are measured against its own data")
      ->type_name(kRunValue);
  verb->add_option("--real", o.real,
                   "Real samples (default: the test split of the run's data): a folder, ZIP or\n"
                   "packed set (PATH#test: its test split), FILE.npy, FILE.safetensors#KEY")
      ->type_name(kPathValue);
  verb->add_option("--fake", o.fake,
                   "Generated samples: the same, or a run, or a TorchScript generator FILE.pt")
      ->type_name(kPathValue);
  verb->add_option("--train", o.train,
                   "What the generator learnt from, for memorisation (default: the run's)")
      ->type_name(kPathValue);
  for (const auto& [flag, labels] : {std::pair{"--real-labels", &o.real_labels},
                                     {"--fake-labels", &o.fake_labels},
                                     {"--train-labels", &o.train_labels}}) {
    verb->add_option(flag, *labels, "Labels that go with an array: FILE.npy, FILE.safetensors#KEY")
        ->type_name(kPathValue);
  }
  verb->add_option("--metrics", o.metrics,
                   "Names separated by commas (default: what the run's kind of data is judged\n"
                   "by, else fid,kid,precision,recall,density,coverage)")
      ->type_name(kMetricsValue);
  verb->add_option("--extractor", o.extractor,
                   "What turns images into features: random (the default), pixels, classifier,\n"
                   "or a TorchScript file")
      ->type_name(kPathValue);
  add_assignments(*verb, o.assignments, "One setting: --set kid.size=500, extractor.resize=299",
                  kMeasureValue);
  verb->add_option("--nearest", o.nearest,
                   "Draw the generated images that lie nearest to training images, as a PNG")
      ->type_name(kFileValue);
  verb->add_option("--data", o.data, "The data, when it moved since training")
      ->type_name(kPathValue);
  add_checkpoint(*verb, o.checkpoint);
  verb->add_option("-n,--n", o.count,
                   "Samples of each set (default: all there are, 10,000 of a generator)")
      ->check(CLI::Range(2, 10'000'000));
  verb->add_option("--seed", o.seed, "Seed of latents, orders and subsets (default: 0)")
      ->check(not_negative());
  add_device(*verb, o.device);
  add_json(*verb, o.json);
  verb->footer(
      "Arrays of one or two dimensions are taken as features (or logits, or scores), of three or\n"
      "four as images. `saddle docs metrics` lists every metric and every setting.\n\n"
      "Examples:\n"
      "  saddle eval runs/00003-mnist-idx --json\n"
      "  saddle eval RUN --metrics fid,precision,recall,memorisation --nearest near.png\n"
      "  saddle eval --real features.safetensors#real --fake features.safetensors#fake\n"
      "  saddle eval --real photos/ --fake made/ --extractor inception.pt -n 5000\n"
      "  saddle eval --real hr/ --fake sr/ --metrics psnr_y,ssim_y --set pairs.border=4");
}

void add_inspect(CLI::App& data, DataInspectOptions& o) {
  CLI::App* verb =
      data.add_subcommand("inspect", "Say what lies at a path and what would ruin training on it");
  verb->add_option("path", o.path, "A folder or file")->required()->type_name(kPathValue);
  verb->add_option("other", o.other, "A second set, to find copies between the two")
      ->type_name(kPathValue);
  verb->add_option("--preset", o.preset, "Look at it as this preset would read it")
      ->type_name(kPresetValue);
  add_assignments(*verb, o.assignments, "One key of the data: --set data.fit=crop",
                  kAssignmentValue);
  verb->add_flag("--verify", o.verify, "Of a packed set, read and check every block");
  verb->add_option("--sheet", o.sheet, "The contact sheet, a PNG (default: NAME-sheet.png here)")
      ->type_name(kFileValue);
  verb->add_flag("--no-sheet", o.no_sheet, "Draw no contact sheet");
  add_json(*verb, o.json);
  verb->footer(
      "The exit code is 1 when the data cannot be trained on.\n\n"
      "Examples:\n"
      "  saddle data inspect photos/\n"
      "  saddle data inspect train.zip test.zip --json\n"
      "  saddle data inspect faces.saddle --verify");
}

void add_pack(CLI::App& data, DataPackOptions& o) {
  CLI::App* verb =
      data.add_subcommand("pack", "Write any data as one packed file, which loads fastest");
  verb->add_option("path", o.path, "A folder or file")->required()->type_name(kPathValue);
  verb->add_option("--out", o.out, "The packed file (default: NAME.saddle here)")
      ->type_name(kFileValue);
  verb->add_option("--preset", o.preset, "Read the data as this preset does")
      ->type_name(kPresetValue);
  add_assignments(*verb, o.assignments, "One key of the data: --set data.resolution=64",
                  kAssignmentValue);
  add_json(*verb, o.json);
  verb->footer(
      "Every preset that reads files takes the packed file in place of its own files.\n\n"
      "Examples:\n"
      "  saddle data pack photos.zip --preset folder-64\n"
      "  saddle data pack mnist/ --out mnist.saddle");
}

void add_make(CLI::App& data, DataMakeOptions& o) {
  CLI::App* verb = data.add_subcommand("make", "Write samples of a procedural world");
  verb->add_option("world", o.world,
                   "digits, shapes, ring, grid, line, moons, swiss_roll or shells")
      ->required();
  verb->add_option("--out", o.out, "A folder, or a file ending in .saddle or .npy")
      ->required()
      ->type_name(kPathValue);
  verb->add_option("-n,--n", o.train, "Training samples")->check(CLI::Range(1, 1'000'000'000));
  verb->add_option("--test", o.test, "Test samples, drawn apart from the training samples")
      ->check(CLI::Range(0, 1'000'000'000));
  add_assignments(*verb, o.assignments, "One key of the world: --set data.resolution=32",
                  kAssignmentValue);
  add_json(*verb, o.json);
  verb->footer(
      "Examples:\n"
      "  saddle data make shapes -n 20000 --test 2000 --out shapes.saddle\n"
      "  saddle data make digits -n 500 --out digits/\n"
      "  saddle data make ring -n 100000 --out ring.npy");
}

void add_presets(CLI::App& app, PresetsOptions& o) {
  CLI::App* verb = app.add_subcommand("presets", "List the recipes, or show one");
  verb->require_subcommand(0, 1);
  CLI::App* list = verb->add_subcommand("list", "List the recipes");
  add_json(*list, o.json);
  CLI::App* show = verb->add_subcommand("show", "Print a recipe, every key resolved");
  show->add_option("name", o.show, "The recipe")->required()->type_name(kPresetValue);
  add_json(*show, o.json);
  add_json(*verb, o.json);
  verb->footer("Examples:\n  saddle presets\n  saddle presets show mnist");
}

void add_docs(CLI::App& app, DocsOptions& o) {
  CLI::App* verb = app.add_subcommand("docs", "Print the reference pages, or the manual");
  verb->require_subcommand(1);
  CLI::App* config = verb->add_subcommand("config", "Every config key, in Markdown");
  add_json(*config, o.json);
  verb->add_subcommand("metrics", "Every metric and its settings, in Markdown");
  verb->add_subcommand("man", "The manual page saddle(1), in roff");
  verb->footer(
      "Examples:\n"
      "  saddle docs config > config.md\n"
      "  saddle docs man | man -l -");
}

void add_completion(CLI::App& app, CompletionOptions& o) {
  CLI::App* verb = app.add_subcommand("completion", "Print what completes `saddle` in a shell");
  verb->add_option("shell", o.shell, "The shell")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  verb->footer(
      "An installed Saddle has these scripts where the shells look for them.\n\n"
      "Examples:\n"
      "  source <(saddle completion bash)                        in ~/.bashrc\n"
      "  source <(saddle completion zsh)                         in ~/.zshrc, after compinit\n"
      "  saddle completion fish > ~/.config/fish/completions/saddle.fish");
}

std::vector<std::string> verb_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* sub : app.get_subcommands({})) names.push_back(sub->get_name());
  return names;
}

std::vector<std::string> flag_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options({})) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

/// "unknown verb 'trian'; did you mean 'train'?" for the first word that `verb`, whose own words
/// begin at `first`, does not know; "" where each is known.
std::string unknown_word(const CLI::App& verb, int first, int argc, const char* const* argv) {
  const auto verbs = verb_names(verb);
  if (first < argc && argv[first][0] != '-' && !verbs.empty()) {
    return cat("unknown verb '", argv[first], "'", suggestion(argv[first], verbs));
  }
  const auto flags = flag_names(verb);
  for (int i = first; i < argc; ++i) {
    const std::string word = argv[i];
    const std::string bare = word.substr(0, word.find('='));
    if (!word.starts_with("--") || std::ranges::find(flags, bare) != flags.end()) continue;
    return cat("unknown flag '", bare, "'", suggestion(bare, flags));
  }
  return "";
}

// CLI11 names the surplus words but offers no near one; a misspelt flag deserves a suggestion.
[[noreturn]] void refuse(const CLI::App& app, const CLI::ParseError& error, int argc,
                         const char* const* argv) {
  const CLI::App* verb = &app;
  std::string words = "saddle ";
  int first = 1;
  for (; first < argc; ++first) {
    const auto named =
        verb->get_subcommands([&](const CLI::App* sub) { return sub->get_name() == argv[first]; });
    if (named.empty()) break;
    verb = named.front();
    words += verb->get_name() + " ";
  }
  std::string message;
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr ||
      dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    message = unknown_word(*verb, first, argc, argv);
  }
  if (message.empty()) message = error.what();
  throw Error(ErrorCode::kUsage, "command line",
              cat(message, message.ends_with('?') ? " See" : "; see", " `", words, "--help`"));
}

// Help of the verb that stands last on the line: of `saddle data pack --help` that of pack.
std::string help_of_last_verb(const CLI::App& app) {
  const CLI::App* verb = &app;
  std::string before;
  for (auto chosen = app.get_subcommands(); !chosen.empty(); chosen = verb->get_subcommands()) {
    before += (before.empty() ? "" : " ") + verb->get_name();
    verb = chosen.front();
  }
  return verb->help(before);
}

}  // namespace

Command parse_command_line(int argc, const char* const* argv) {
  CLI::App app{"Saddle trains generative adversarial networks and says how good they are.",
               "saddle"};
  TrainOptions train;
  SampleOptions sample;
  EvalOptions eval;
  ReportOptions report;
  CompareOptions compare;
  DataInspectOptions inspect;
  DataPackOptions pack;
  DataMakeOptions make;
  LabOptions lab_options;
  PresetsOptions presets;
  DocsOptions docs;
  CompletionOptions completion;
  VersionOptions version;
  bool version_flag = false;
  app.formatter(help_formatter());
  app.require_subcommand(0, 1);
  auto* version_option = app.add_flag("--version", version_flag, "Print the version");
  app.add_flag("--json", version.json, "With --version: CPU, LibTorch and plans as JSON")
      ->needs(version_option);
  app.footer("Every verb has --help with examples. `saddle train` alone trains on built-in data.");
  add_train(app, train);
  add_sample(app, sample);
  add_eval(app, eval);
  add_report(app, report);
  add_compare(app, compare);
  CLI::App* data = app.add_subcommand("data", "Look into data, pack it, or make some");
  data->require_subcommand(1);
  add_inspect(*data, inspect);
  add_pack(*data, pack);
  add_make(*data, make);
  CLI::App* lab = add_lab(app, lab_options);
  add_presets(app, presets);
  add_docs(app, docs);
  add_completion(app, completion);
  // The words after `--` are a line that is still being typed.
  if (argc > 2 && argv[1] == std::string("completion") && argv[2] == std::string("--")) {
    return CompletionOptions{
        .shell = {}, .words = {argv + 3, argv + argc}, .program = command_tree(app)};
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return HelpText{help_of_last_verb(app)};
  } catch (const CLI::CallForAllHelp&) {
    return HelpText{app.help("", CLI::AppFormatMode::All)};
  } catch (const CLI::ParseError& error) {
    refuse(app, error, argc, argv);
  }
  if (version_flag) return version;
  if (app.got_subcommand("train")) return train;
  if (app.got_subcommand("sample")) return sample;
  if (app.got_subcommand("eval")) return eval;
  if (app.got_subcommand("report")) return report;
  if (app.got_subcommand("compare")) return compare;
  if (data->got_subcommand("inspect")) return inspect;
  if (data->got_subcommand("pack")) return pack;
  if (data->got_subcommand("make")) return make;
  if (lab->parsed()) return lab_command(*lab, lab_options);
  if (app.got_subcommand("presets")) return presets;
  if (auto* verb = app.get_subcommand("docs"); verb->parsed()) {
    docs.page = verb->get_subcommands().front()->get_name();
    docs.program = command_tree(app);
    return docs;
  }
  if (app.got_subcommand("completion")) return completion;
  return HelpText{app.help()};
}

}  // namespace saddle::cli
