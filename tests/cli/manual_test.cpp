// The manual page: complete, well-formed, and true about the environment and the files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>

#include "saddle/base/text.h"
#include "tests/base/temporary.h"
#include "tests/paths.h"
#include "tests/program.h"

namespace saddle {
namespace {

using test::Finished;
using test::run_program;
using test::run_saddle;
using ::testing::HasSubstr;

const std::string& roff() {
  static const std::string text = run_saddle({"docs", "man"}).out;
  return text;
}

/// The page without fonts and escapes.
std::string plain() {
  std::string text = std::regex_replace(roff(), std::regex(R"(\\f[BIR]|\\&)"), "");
  text = std::regex_replace(text, std::regex(R"(\\-)"), "-");
  return std::regex_replace(text, std::regex(R"(\\\(ti)"), "~");
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// The part of the page under `.SH title`.
std::string section_of(const std::string& title) {
  const std::string text = "\n" + plain();
  const std::size_t begin = text.find(cat("\n.SH ", title, "\n"));
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find("\n.SH ", begin + 1) - begin);
}

/// What follows the names in one part of a help text: "Subcommands:", "Options:".
std::vector<std::string> help_names(const std::string& help, const std::string& part,
                                    const std::regex& name) {
  std::vector<std::string> names;
  bool inside = false;
  for (const auto& line : lines_of(help)) {
    if (line.ends_with(':')) inside = line == part;
    std::smatch match;
    if (inside && std::regex_search(line, match, name)) names.push_back(match[1]);
  }
  return names;
}

void expect_verb_in_manual(const std::vector<std::string>& verb) {
  std::vector<std::string> words = verb;
  words.push_back("--help");
  const std::string help = run_saddle(words).out;
  std::string section = plain();
  if (!verb.empty()) {
    const std::string heading = cat(".SS saddle ", join(verb, " "), "\n");
    const std::size_t begin = section.find(heading);
    ASSERT_NE(begin, std::string::npos) << heading;
    section = section.substr(begin, section.find("\n.S", begin + 1) - begin);
  }
  for (const auto& flag : help_names(help, "Options:", std::regex("^  (?:-\\w,)?(--[\\w-]+)"))) {
    if (!verb.empty() && flag == "--help") continue;
    EXPECT_THAT(section, ::testing::ContainsRegex(flag + "\\b")) << join(verb, " ");
  }
  for (const auto& sub : help_names(help, "Subcommands:", std::regex("^  (\\w[\\w-]*)"))) {
    std::vector<std::string> inner = verb;
    inner.push_back(sub);
    expect_verb_in_manual(inner);
  }
}

TEST(Manual, HasEveryVerbAndFlagOfTheHelpAllTheWayDown) {
  expect_verb_in_manual({});
  for (const char* heading : {".SS saddle train\n", ".SS saddle presets show\n"}) {
    EXPECT_THAT(plain(), HasSubstr(heading));
  }
  EXPECT_THAT(plain(), HasSubstr("--device {auto|cpu|cuda}"));
  EXPECT_THAT(plain(), HasSubstr("-n, --n N"));
  EXPECT_THAT(section_of("SYNOPSIS"), HasSubstr("saddle sample [flags] run\n"));
}

TEST(Manual, HasTheSectionsInTheUsualOrder) {
  std::vector<std::string> sections;
  for (const auto& line : lines_of(roff())) {
    if (line.starts_with(".SH ")) sections.push_back(line.substr(4));
  }
  EXPECT_THAT(sections,
              ::testing::ElementsAre("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "VERBS",
                                     "EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES"));
}

TEST(Manual, UsesOnlyKnownRequestsAndShortLines) {
  const std::set<std::string> known{".TH", ".SH", ".SS", ".TP", ".PP", ".EX", ".EE", ".br"};
  for (const auto& line : lines_of(roff())) {
    EXPECT_NE(line, "");
    EXPECT_LE(line.size(), 100u) << line;
    if (line.starts_with('.')) {
      EXPECT_TRUE(known.contains(line.substr(0, line.find(' ')))) << line;
    }
    EXPECT_FALSE(line.starts_with('\'')) << line;
  }
}

TEST(Manual, IsRenderedWithoutAWarning) {
  const test::TemporaryDirectory place;
  const std::string file = (place / "saddle.1").string();
  std::ofstream(file) << roff();
  const std::vector<std::vector<std::string>> tools{
      {"man", "--warnings", "-l", file},
      {"groff", "-man", "-ww", "-Tutf8", file},
      {"mandoc", "-Tlint", file},
  };
  int found = 0;
  for (const auto& words : tools) {
    const Finished finished = run_program(words);
    if (finished.exit_code == 127) continue;
    ++found;
    std::string said = finished.err + (words[0] == "mandoc" ? finished.out : "");
    // A date would change with each build; the version tells what the page is about.
    said = std::regex_replace(said, std::regex("[^\n]*missing date[^\n]*\n"), "");
    EXPECT_EQ(said, "") << words[0];
    if (words[0] == "mandoc") continue;
    EXPECT_EQ(finished.exit_code, 0) << words[0];
    // Some renderers set bold and underlined letters by overstriking: the letter, a backspace.
    const std::string plain = std::regex_replace(finished.out, std::regex(".\x08"), "");
    EXPECT_THAT(plain, HasSubstr("ended it.")) << words[0];
  }
  if (found == 0) GTEST_SKIP() << "neither man nor groff nor mandoc is installed";
}

/// The text of every source file of the program and its library.
const std::string& sources() {
  static const std::string all = [] {
    std::string text;
    for (const char* folder : {"/saddle", "/cli"}) {
      const std::filesystem::path root = std::string(test::kSourceDirectory) + folder;
      for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
        const std::string name = entry.path().filename().string();
        if (name.ends_with(".cpp") && name != "manual.cpp") {
          text += test::file_text(entry.path().string());
        }
      }
    }
    return text;
  }();
  return all;
}

TEST(Manual, NamesTheEnvironmentThatTheSourcesRead) {
  std::set<std::string> read{"OMP_NUM_THREADS"};  // by OpenMP, which LibTorch asks
  const std::regex use(R"re((?:getenv|setenv|environment)\(\s*"(\w+)")re");
  for (std::sregex_iterator it(sources().begin(), sources().end(), use), end; it != end; ++it) {
    read.insert((*it)[1]);
  }
  std::set<std::string> named;
  const auto lines = lines_of(section_of("ENVIRONMENT"));
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (lines[i - 1] == ".TP") named.insert(lines[i]);
  }
  EXPECT_EQ(named, read);
}

TEST(Manual, NamesFilesThatTheSourcesWrite) {
  const std::string section = section_of("FILES");
  const std::regex name(R"((?:RUN/)?([\w.]+\.(?:toml|json|jsonl|txt|tfevents)))");
  std::set<std::string> files;
  for (std::sregex_iterator it(section.begin(), section.end(), name), end; it != end; ++it) {
    files.insert((*it)[1]);
  }
  EXPECT_GE(files.size(), 7u);
  for (const auto& file : files) EXPECT_THAT(sources(), HasSubstr(file));
}

}  // namespace
}  // namespace saddle
