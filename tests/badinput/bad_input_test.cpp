// Every row of the tables, through the real program: exit code, sentence, nothing left behind, no
// word of a sanitizer, little memory. Data are also opened as the library's users do.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <regex>
#include <set>
#include <sstream>

#include "saddle/base/error.h"
#include "saddle/data/detect.h"
#include "saddle/data/source.h"
#include "tests/badinput/cases.h"
#include "tests/base/temporary.h"
#include "tests/paths.h"
#include "tests/program.h"
#include "tests/testing.h"

namespace saddle::test {
namespace {

namespace fs = std::filesystem;

constexpr double kMostSeconds = 20;  // of CPU, sanitized and on a busy machine
constexpr std::int64_t kMostBytes = std::int64_t{1} << 30;  // resident, sanitizers included

std::vector<std::string> split_at(const std::string& text, char mark) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, mark);) parts.push_back(part);
  return parts;
}

/// The working directory for the object's life.
class Within {
 public:
  explicit Within(const fs::path& path) : before_(fs::current_path()) { fs::current_path(path); }
  Within(const Within&) = delete;
  Within& operator=(const Within&) = delete;
  ~Within() { fs::current_path(before_); }

 private:
  fs::path before_;
};

/// An error ends with one sentence, whatever the input: no crash, no broken promise of the program.
void expect_sane(const Finished& end) {
  EXPECT_LE(end.exit_code, 2) << end.err;
  // The leak checker itself fails as another user, and says so.
  for (const char* bad :
       {"AddressSanitizer", "detected memory leaks", "runtime error", "terminate called",
        "std::", "bad_alloc", "vector::", "basic_string", "json.exception"}) {
    EXPECT_EQ(end.err.find(bad), std::string::npos) << end.err;
  }
  EXPECT_LT(end.cpu_seconds, kMostSeconds);
  rusage children{};  // the largest that ran so far
  ::getrusage(RUSAGE_CHILDREN, &children);
  EXPECT_LT(std::int64_t{children.ru_maxrss} * 1024, kMostBytes);
}

/// Opens and reads the data as a program does; the text of the error, "" where it all can be read.
std::string library_error(const std::string& path) {
  try {
    const auto config = data::detect_source(path);
    if (!config) return "";
    const auto train = data::open_source(*config, data::Split::kTrain, path);
    const auto test = data::open_test_source(*config, path);
    for (const auto& source : {train, test}) {
      if (!source) continue;
      source->fingerprint();
      for (std::int64_t i = 0; i < source->size(); ++i) data::read_bytes(*source, {{i}});
    }
  } catch (const Error& error) {
    EXPECT_NE(error.code(), ErrorCode::kInternal) << error.what();
    return error.what();
  }
  return "";
}

void check_pack(const BadCase& row, const std::vector<std::string>& words, const Finished& end) {
  for (const auto& entry : fs::directory_iterator(".")) {
    const std::string name = entry.path().filename().string();
    EXPECT_FALSE(name == "out.saddle" || name.starts_with(".tmp-")) << name << " was left";
  }
  expect_sane(run_saddle({"data", "inspect", words[2], "--no-sheet", "--json"}));
  const bool plain = row.command.find("--set") == std::string::npos &&
                     row.command.find("--preset") == std::string::npos;
  if (const std::string text = plain ? library_error(words[2]) : ""; !text.empty()) {
    EXPECT_NE(end.err.find(text), std::string::npos) << text << "\n" << end.err;
  }
}

void check(const BadCase& row) {
  SCOPED_TRACE(row.name + ": saddle " + row.command);
  const TemporaryDirectory directory;
  const Within within(directory.path());
  if (row.make) row.make();
  std::optional<Unprivileged> user;
  if (row.as_user) user.emplace();
  // A clone in root's own folder cannot be tried as somebody else.
  if (row.as_user && ::eaccess(kProgram, X_OK) != 0) {
    GTEST_SKIP() << kProgram << " lies where another user cannot start it";
  }
  const auto words = split_at(row.command, ' ');
  const Finished end = run_saddle(words);
  expect_sane(end);
  EXPECT_EQ(end.exit_code, row.exit_code) << end.err << end.out.substr(0, 500);
  const auto parts = split_at(row.says, '~');
  EXPECT_FALSE(parts.empty());
  // inspect tells what is wrong with data as its answer, in lines of a page.
  const std::string said = row.command.starts_with("data inspect")
                               ? std::regex_replace(end.out, std::regex("\n +"), " ") + end.err
                               : end.err;
  for (const std::string& part : parts) {
    EXPECT_NE(said.find(part), std::string::npos) << "'" << part << "' is not in:\n" << said;
  }
  if (row.command.starts_with("data pack ")) check_pack(row, words, end);
}

class BadInput : public ::testing::TestWithParam<std::vector<BadCase> (*)()> {};

TEST_P(BadInput, IsRefusedWithASentence) {
  if (GetParam() == &bad_evaluations && !fs::exists(std::string(kProgram) + "-engine")) {
    GTEST_SKIP() << "the part of the program that measures is not built here";
  }
  for (const BadCase& row : GetParam()()) check(row);
}

INSTANTIATE_TEST_SUITE_P(Arrays, BadInput, ::testing::Values(&bad_arrays));
INSTANTIATE_TEST_SUITE_P(Archives, BadInput, ::testing::Values(&bad_archives));
INSTANTIATE_TEST_SUITE_P(Pictures, BadInput, ::testing::Values(&bad_pictures));
INSTANTIATE_TEST_SUITE_P(PackedSets, BadInput, ::testing::Values(&bad_packed_sets));
INSTANTIATE_TEST_SUITE_P(Permissions, BadInput, ::testing::Values(&bad_permissions));
INSTANTIATE_TEST_SUITE_P(Configs, BadInput, ::testing::Values(&bad_configs));
INSTANTIATE_TEST_SUITE_P(Commands, BadInput, ::testing::Values(&bad_commands));
INSTANTIATE_TEST_SUITE_P(Runs, BadInput, ::testing::Values(&bad_runs));
INSTANTIATE_TEST_SUITE_P(Evaluations, BadInput, ::testing::Values(&bad_evaluations));

TEST(BadInputs, AreAtLeast120AndAllDifferent) {
  std::set<std::string> names;
  std::size_t rows = 0;
  for (const auto table :
       {&bad_arrays, &bad_archives, &bad_pictures, &bad_packed_sets, &bad_permissions, &bad_configs,
        &bad_commands, &bad_runs, &bad_evaluations}) {
    for (const BadCase& row : table()) {
      names.insert(row.name);
      ++rows;
    }
  }
  EXPECT_EQ(names.size(), rows) << "two rows have one name";
  EXPECT_GE(rows, 120u);
  report_figure("bad-input cases", static_cast<double>(rows));
}

}  // namespace
}  // namespace saddle::test
