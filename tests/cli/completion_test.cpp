// Completion in the shells: what bash's COMPREPLY holds, and what the other shells are told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "cli/complete.h"
#include "saddle/base/text.h"
#include "tests/base/temporary.h"
#include "tests/paths.h"
#include "tests/program.h"

namespace saddle::cli {
namespace {

using saddle::test::Finished;
using saddle::test::run_program;
using saddle::test::run_saddle;
using saddle::test::TemporaryDirectory;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;
using Words = std::vector<std::string>;
using Json = nlohmann::json;

/// In single quotes for a shell.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

struct Reply {
  Words words;    ///< COMPREPLY
  Words options;  ///< what compopt was told
};

/// Lets bash complete `line`, which it breaks into `words` as readline does: also at '='.
Reply bash_reply(const std::string& line, const Words& words) {
  const TemporaryDirectory place;
  std::ostringstream script;
  script << "source <(" << quoted(saddle::test::kProgram) << " completion bash) || exit 3\n"
         << "compopt() { printf 'option %s\\n' \"$2\"; }\n"
         << "COMP_LINE=" << quoted(line) << "\nCOMP_POINT=${#COMP_LINE}\nCOMP_WORDS=(";
  for (const auto& word : words) script << " " << quoted(word);
  script << ")\nCOMP_CWORD=" << words.size() - 1 << "\n_saddle\n"
         << "for word in \"${COMPREPLY[@]}\"; do printf 'word %s\\n' \"$word\"; done\n";
  std::ofstream(place / "ask.bash") << script.str();
  const Finished finished =
      run_program({"bash", "--norc", "--noprofile", (place / "ask.bash").string()});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(finished.err, "");
  Reply reply;
  std::istringstream out(finished.out);
  for (std::string text; std::getline(out, text);) {
    (text.starts_with("word ") ? reply.words : reply.options)
        .push_back(text.substr(text.find(' ') + 1));
  }
  return reply;
}

/// Completes the words after the program's name; none of them holds a '='.
Reply bash_reply(const Words& after) {
  Words words{saddle::test::kProgram};
  words.insert(words.end(), after.begin(), after.end());
  return bash_reply(join(words, " "), words);
}

/// Whatever the program's folder is called, the line begins with it.
std::string line_of(const std::string& rest) {
  return cat(saddle::test::kProgram, " ", rest);
}

bool has_bash() {
  static const bool yes = run_program({"bash", "-c", "true"}).exit_code == 0;
  return yes;
}

class BashCompletion : public ::testing::Test {
  void SetUp() override {
    if (!has_bash()) GTEST_SKIP() << "bash is not installed";
  }
};

TEST_F(BashCompletion, OffersVerbs) {
  const Reply all = bash_reply({""});
  for (const char* verb :
       {"train", "sample", "eval", "report", "compare", "presets", "docs", "completion"}) {
    EXPECT_THAT(all.words, Contains(verb));
  }
  EXPECT_THAT(bash_reply({"tr"}).words, ElementsAre("train"));
  EXPECT_THAT(bash_reply({"presets", ""}).words, ElementsAre("list", "show"));
  EXPECT_THAT(bash_reply({"docs", "m"}).words, ElementsAre("metrics", "man"));
  EXPECT_THAT(bash_reply({"trian", "--"}).words, Not(Contains("--dry-run")));
}

TEST_F(BashCompletion, OffersTheFlagsOfTheVerb) {
  EXPECT_THAT(bash_reply({"train", "--d"}).words,
              UnorderedElementsAre("--data", "--device", "--deterministic", "--dry-run"));
  EXPECT_THAT(bash_reply({"sample", "RUN", "--interp"}).words, ElementsAre("--interpolate"));
  EXPECT_THAT(bash_reply({"presets", "show", "mnist", "--"}).words,
              UnorderedElementsAre("--help", "--json"));
}

TEST_F(BashCompletion, OffersAFlagOnceUnlessItRepeats) {
  const Reply reply = bash_reply({"train", "--json", "--set", "a", "--"});
  EXPECT_THAT(reply.words, Not(Contains("--json")));
  EXPECT_THAT(reply.words, Contains("--set"));
}

TEST_F(BashCompletion, OffersTheWordsThatAFlagOrPositionalTakes) {
  EXPECT_THAT(bash_reply({"train", "--device", ""}).words,
              UnorderedElementsAre("auto", "cpu", "cuda"));
  EXPECT_THAT(bash_reply({"completion", ""}).words, UnorderedElementsAre("bash", "zsh", "fish"));
  EXPECT_THAT(bash_reply(line_of("eval RUN --device=c"),
                         {saddle::test::kProgram, "eval", "RUN", "--device", "=", "c"})
                  .words,
              UnorderedElementsAre("cpu", "cuda"));
}

TEST_F(BashCompletion, OffersThePresetsThatAreThere) {
  Words names;
  const Json list = Json::parse(run_saddle({"presets", "list", "--json"}).out);
  for (const auto& preset : list.at("presets")) names.push_back(preset.at("name"));
  ASSERT_GE(names.size(), 9u);
  EXPECT_THAT(bash_reply({"train", ""}).words, ::testing::UnorderedElementsAreArray(names));
  EXPECT_THAT(bash_reply({"presets", "show", "mo"}).words, ElementsAre("moons"));
  EXPECT_THAT(bash_reply({"train", "--device", "cpu", "mo"}).words, ElementsAre("moons"));
  EXPECT_THAT(bash_reply({"train", "ring", ""}).words, IsEmpty());
}

TEST_F(BashCompletion, OffersEveryKeyAfterSet) {
  std::set<std::string> keys;
  const Json list = Json::parse(run_saddle({"docs", "config", "--json"}).out);
  for (const auto& info : list.at("keys")) {
    std::string key = info.at("key");
    if (info.at("type") == "row") key.resize(key.rfind('.'));
    keys.insert(key + "=");
  }
  ASSERT_GT(keys.size(), 60u);
  const Reply reply = bash_reply({"train", "ring", "--set", ""});
  EXPECT_THAT(reply.words, ::testing::UnorderedElementsAreArray(keys));
  EXPECT_THAT(reply.options, Contains("nospace"));
  EXPECT_THAT(bash_reply({"train", "--set", "a=1", "--set", "train.max"}).words,
              ElementsAre("train.max_time="));
}

TEST_F(BashCompletion, OffersTheWordsOfAKeyAfterItsEqualsSign) {
  const auto after = [](const std::string& key, const std::string& typed) {
    Words words{saddle::test::kProgram, "train", "--set", key, "="};
    if (!typed.empty()) words.push_back(typed);
    return bash_reply(line_of(cat("train --set ", key, "=", typed)), words).words;
  };
  EXPECT_THAT(after("discriminator.norm", ""), UnorderedElementsAre("none", "batch", "spectral"));
  EXPECT_THAT(after("objective", "h"), ElementsAre("hinge"));
  EXPECT_THAT(after("penalty.r1", ""), UnorderedElementsAre("on", "off"));
  EXPECT_THAT(after("task.transform.flip", "t"), ElementsAre("true"));
  EXPECT_THAT(after("train.batch", ""), IsEmpty());
}

TEST_F(BashCompletion, GoesOnWithinQuotesAndWithoutBreaksAtEqualsSigns) {
  const Words quote{saddle::test::kProgram, "train", "--set", "\"objective=hi"};
  EXPECT_THAT(bash_reply(line_of("train --set \"objective=hi"), quote).words,
              ElementsAre("objective=hinge"));
}

TEST_F(BashCompletion, OffersMetricsAndTheirSettings) {
  EXPECT_THAT(bash_reply({"eval", "--metrics", "ki"}).words,
              UnorderedElementsAre("kid", "kid_all"));
  EXPECT_THAT(bash_reply({"eval", "--metrics", "fid,rec"}).words,
              UnorderedElementsAre("fid,recall", "fid,recall_open"));
  EXPECT_THAT(bash_reply({"eval", "--metrics", "class_"}).words, Not(Contains("class_kl")));
  EXPECT_THAT(bash_reply({"eval", "RUN", "--set", "kid.s"}).words,
              UnorderedElementsAre("kid.subsets=", "kid.size="));
  EXPECT_THAT(bash_reply({"eval", "RUN", "--set", "train."}).words, IsEmpty());
  EXPECT_THAT(bash_reply({"eval", "RUN", "--set", "data.rad"}).words, ElementsAre("data.radius="));
  EXPECT_THAT(bash_reply({"eval", "RUN", "--set", "dat"}).words, Contains("data="));
}

TEST_F(BashCompletion, LeavesNamesOfFilesToTheShell) {
  const auto options = [](const Words& words) {
    const Reply reply = bash_reply(words);
    EXPECT_THAT(reply.words, IsEmpty());
    return reply.options;
  };
  EXPECT_THAT(options({"train", "--config", ""}), ElementsAre("default"));
  EXPECT_THAT(options({"train", "--data", "x"}), ElementsAre("default"));
  EXPECT_THAT(options({"train", "--resume", ""}), ElementsAre("dirnames"));
  EXPECT_THAT(options({"sample", ""}), ElementsAre("dirnames"));
  EXPECT_THAT(options({"sample", "RUN", "--seed", ""}), IsEmpty());
}

TEST(Completion, AnswersInMilliseconds) {
  const Finished finished = run_saddle({"completion", "--", "train", "--set", ""});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_GT(finished.out.size(), 1000u);
  // It takes 5 ms; a sanitized build is some times slower.
  EXPECT_LT(finished.cpu_seconds, 0.2);
}

TEST(Completion, WorksInFish) {
  if (run_program({"fish", "--version"}).exit_code != 0) GTEST_SKIP() << "fish is not installed";
  const auto answer = [](const std::string& rest) {
    const std::string program = saddle::test::kProgram;
    const std::string folder = program.substr(0, program.rfind('/'));
    const Finished finished = run_program(
        {"fish", "--no-config", "-c",
         "set -x PATH $argv[1] $PATH; saddle completion fish | source; complete -C $argv[2]",
         folder, "saddle " + rest});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return finished.out;
  };
  EXPECT_EQ(answer("tra"), "train\tTrain a GAN, or continue a run\n");
  EXPECT_EQ(answer("train --device=cu"), "--device=cuda\n");
  EXPECT_THAT(answer("train --set objective=hi"), ::testing::StartsWith("objective=hinge\t"));
}

TEST(Completion, ScriptsOfZshAndFishAreWellFormed) {
  int found = 0;
  for (const std::string shell : {"zsh", "fish"}) {
    const Finished script = run_saddle({"completion", shell});
    EXPECT_EQ(script.exit_code, 0);
    EXPECT_NE(script.out.find("completion --"), std::string::npos);
    if (run_program({shell, "--version"}).exit_code != 0) continue;
    ++found;
    const TemporaryDirectory place;
    std::ofstream(place / "script") << script.out;
    const Finished checked = run_program({shell, "-n", (place / "script").string()});
    EXPECT_EQ(checked.exit_code, 0) << checked.err;
    EXPECT_EQ(checked.err, "") << shell;
  }
  if (found == 0) GTEST_SKIP() << "neither zsh nor fish is installed";
}

TEST(Completion, AnUnknownShellIsRefusedWithThoseThereAre) {
  const Finished finished = run_saddle({"completion", "tcsh"});
  EXPECT_EQ(finished.exit_code, 2);
  EXPECT_THAT(finished.err, ::testing::HasSubstr("tcsh not in {bash,zsh,fish}"));
}

// A program with verbs below verbs, to see that nothing is known by name.
Verb small_program() {
  const Argument help{.name = "--help"};
  const Argument kind{.name = "kind", .words = {"ring", "grid"}, .required = true};
  const Argument path{.name = "paths", .value = "PATH", .repeats = true};
  Verb make{.name = "make", .doc = "Make a set", .positionals = {kind, path}, .flags = {help}};
  make.flags.push_back({.name = "--count", .short_name = "-c", .value = "N"});
  Verb data{.name = "data", .verbs = {make, {.name = "merge"}}, .needs_verb = true};
  return {.name = "p", .flags = {help}, .verbs = {data, {.name = "date"}}};
}

Completion ask(const Words& words) {
  return complete(small_program(), words, {});
}

Words candidates(const Words& words) {
  Words found;
  for (const auto& candidate : ask(words).candidates) found.push_back(candidate.word);
  return found;
}

TEST(Complete, WalksVerbsBelowVerbs) {
  EXPECT_THAT(candidates({"dat"}), ElementsAre("data", "date"));
  EXPECT_THAT(candidates({"data", "m"}), ElementsAre("make", "merge"));
  EXPECT_THAT(candidates({"data", "make", "--"}), ElementsAre("--help", "--count"));
  EXPECT_THAT(candidates({"data", "merge", "make"}), IsEmpty());
}

TEST(Complete, CountsPositionalsButNotTheValuesOfFlags) {
  EXPECT_THAT(candidates({"data", "make", "-c", "3", ""}), ElementsAre("ring", "grid"));
  EXPECT_THAT(candidates({"data", "make", "--count=3", "g"}), ElementsAre("grid"));
  EXPECT_THAT(candidates({"data", "make", "--count", ""}), IsEmpty());
  using Names = Completion::Names;
  EXPECT_EQ(ask({"data", "make", "--count", ""}).names, Names::kNone);
  EXPECT_EQ(ask({"data", "make", "ring", ""}).names, Names::kFiles);
  EXPECT_EQ(ask({"data", "make", "ring", "a", "b"}).names, Names::kFiles);
  EXPECT_EQ(ask({"date", "x"}).names, Names::kNone);
}

TEST(Complete, NothingIsCompletedToNothing) {
  EXPECT_THAT(ask({}).candidates, IsEmpty());
  EXPECT_EQ(completion_text(ask({})), "");
}

TEST(Complete, IsWrittenOneCandidateALine) {
  EXPECT_EQ(completion_text(ask({"data", "ma"})), "make\tMake a set\n");
  EXPECT_EQ(completion_text(ask({"data", "make", "ring", ""})), ":files\n");
}

}  // namespace
}  // namespace saddle::cli
