// `saddle lab` as a user runs it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/verb_lab.h"
#include "saddle/base/file.h"
#include "saddle/lab/table.h"
#include "tests/base/temporary.h"
#include "tests/program.h"

namespace saddle {
namespace {

namespace fs = std::filesystem;
using test::Finished;
using test::run_saddle;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Json = nlohmann::json;

class LabVerbs : public testing::Test {
 protected:
  fs::path at(const std::string& name) const { return directory_ / name; }
  Finished run(std::vector<std::string> words) const {
    words.insert(words.begin(), "lab");
    return run_saddle(words, directory_.path().string());
  }
  void refused(const std::vector<std::string>& words, const std::string& message) const {
    const Finished finished = run(words);
    EXPECT_EQ(finished.exit_code, 2) << finished.err;
    EXPECT_THAT(finished.err, HasSubstr(message));
    EXPECT_EQ(finished.out, "");
  }

  test::TemporaryDirectory directory_;
};

void expect_result_form(const Json& json) {
  const auto keys = [](const Json& object) {
    std::vector<std::string> out;
    for (const auto& [key, value] : object.items()) out.push_back(key);
    return out;
  };
  EXPECT_EQ(keys(json), (std::vector<std::string>{"checks", "id", "pass", "title"}));
  EXPECT_TRUE(json.at("pass").is_boolean());
  ASSERT_FALSE(json.at("checks").empty());
  for (const Json& check : json.at("checks")) {
    EXPECT_EQ(keys(check),
              (std::vector<std::string>{"expected", "name", "pass", "tolerance", "value"}));
    EXPECT_TRUE(check.at("pass").is_boolean());
    EXPECT_TRUE(check.at("value").is_number());
  }
}

TEST_F(LabVerbs, ListNamesEveryExperiment) {
  const Finished text = run({"list"});
  EXPECT_EQ(text.exit_code, 0);
  const Finished machine = run({"list", "--json"});
  const Json json = Json::parse(machine.out);
  ASSERT_EQ(json.at("experiments").size(), lab::experiments().size());
  for (std::size_t i = 0; i < lab::experiments().size(); ++i) {
    const lab::Experiment& one = lab::experiments()[i];
    EXPECT_THAT(text.out, HasSubstr(one.id + (one.id.size() < 4 ? "   " : "  ") + one.title));
    EXPECT_EQ(json["experiments"][i].at("id"), one.id);
    EXPECT_EQ(json["experiments"][i].at("parameters").size(), one.parameters.size());
  }
}

TEST_F(LabVerbs, RunPrintsATableAndTakesLowerCase) {
  const Finished finished = run({"run", "e3"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, AllOf(StartsWith("E03  "), HasSubstr("  ok    gradient ratio"),
                                  HasSubstr("checks hold"), HasSubstr("--plots DIR writes")));
  EXPECT_EQ(finished.err, "");
}

TEST_F(LabVerbs, RunPrintsOneObjectForOneAndAnArrayForSeveral) {
  const Json one = Json::parse(run({"run", "E03", "--json"}).out);
  EXPECT_EQ(one.at("id"), "E03");
  EXPECT_EQ(one.at("pass"), true);
  expect_result_form(one);
  const Json several = Json::parse(run({"run", "E03", "E24", "--json"}).out);
  ASSERT_TRUE(several.is_array());
  ASSERT_EQ(several.size(), 2U);
  EXPECT_EQ(several[1].at("id"), "E24");
  for (const Json& result : several) expect_result_form(result);
}

TEST_F(LabVerbs, SettingsChangeWhatIsCheckedAndAreSaid) {
  const Finished finished = run({"run", "E03", "--set", "d=0.25"});
  EXPECT_EQ(finished.exit_code, 0) << finished.out;
  EXPECT_THAT(finished.out,
              AllOf(HasSubstr("with d = 0.25"), HasSubstr("D(fake) = 0.25"),
                    HasSubstr("; what holds only at the default settings is not checked\n")));
  EXPECT_THAT(run({"run", "E03"}).out, Not(HasSubstr("not checked")));
}

TEST_F(LabVerbs, PlotsAreWrittenWhereAsked) {
  const Finished finished = run({"run", "E03", "--plots", "some/plots"});
  EXPECT_THAT(finished.out, HasSubstr("plot: some/plots/E03-gradients.svg"));
  EXPECT_THAT(read_file(at("some/plots/E03-gradients.svg")), StartsWith("<svg"));
}

TEST_F(LabVerbs, WrongUseIsExplained) {
  refused({"run", "E31"}, "[lab] no experiment 'E31'; did you mean 'E30'?");
  refused({"run", "ring"}, "[lab] no experiment 'ring'; `saddle lab list` shows them all");
  refused({"run", "E03", "--set", "dd=1"}, "[lab] E03 has no parameter 'dd'; known: d");
  refused({"run", "E03", "--set", "d=2"}, "[lab] E03: d: got 2, expected 1e-04 to 0.9999");
  refused({"run", "E03", "--set", "d"}, "[lab] got --set 'd', expected NAME=VALUE");
  refused({"run"}, "id is required");
  refused({"rum", "E03"}, "unknown verb 'rum'; did you mean 'run'?");
  refused({"sweep", "E03", "--param", "d", "--from", "0.1", "--to", "3"},
          "[lab] E03: d: got 3, expected 1e-04 to 0.9999");
  refused({"sweep", "E22", "--param", "game", "--from", "0", "--to", "1"},
          "[lab] E22: game is rps or pennies, expected a number to sweep; choose one by --set "
          "game=pennies");
  refused({"sweep", "E03", "--param", "d", "--from", "0.1", "--to", "0.3", "--out", "d.png"},
          "[lab] --out: got 'd.png', expected a name that ends in .svg, which plots are");
  refused({"play", "--plot", "path.png"},
          "[lab] --plot: got 'path.png', expected a name that ends in .svg, which plots are");
  refused({"sweep", "E99", "--param", "d", "--from", "0.1", "--to", "0.3"},
          "[lab] no experiment 'E99'");
}

TEST_F(LabVerbs, SweepDrawsAndPrintsItsCurve) {
  const Finished text =
      run({"sweep", "E03", "--param", "d", "--from", "0.1", "--to", "0.9", "--steps", "5"});
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_THAT(text.out, HasSubstr("The curve: E03-d.svg"));
  EXPECT_THAT(read_file(at("E03-d.svg")), StartsWith("<svg"));
  const Json json = Json::parse(run({"sweep", "E03", "--param", "d", "--from", "0.1", "--to", "0.9",
                                     "--steps", "5", "--out", "curve.svg", "--json"})
                                    .out);
  EXPECT_EQ(json.at("parameter"), "d");
  ASSERT_EQ(json.at("at").size(), 5U);
  EXPECT_NEAR(json.at("curves").at(0).at("values").at(0).get<double>(), 9, 1e-6);
  EXPECT_EQ(json.at("plot"), "curve.svg");
  EXPECT_TRUE(fs::exists(at("curve.svg")));
}

TEST_F(LabVerbs, AFolderThatCannotBeMadeIsAnError) {
  write_file_atomic(at("file"), "x");
  const Finished finished = run({"run", "E03", "--plots", "file/plots"});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(finished.err, HasSubstr("[lab] cannot create 'file/plots': Not a directory"));
}

TEST_F(LabVerbs, WordsAreCompleted) {
  const auto offered = [](std::vector<std::string> words) {
    words.insert(words.begin(), {"completion", "--", "lab"});
    return run_saddle(words).out;
  };
  EXPECT_THAT(offered({"s"}), HasSubstr("sweep\t"));
  EXPECT_EQ(offered({"run", "E03"}), "E03\tWhy the saturating loss starts slowly\n");
  EXPECT_THAT(offered({"run", "E15", "--set", ""}),
              AllOf(HasSubstr("gamma=\t"), HasSubstr("h=\t")));
  EXPECT_THAT(offered({"run", "E03", "--set", ""}), StartsWith("d=\t"));
  EXPECT_EQ(offered({"run", "E22", "--set", "game=p"}), "game=pennies\n");
  EXPECT_THAT(offered({"sweep", "E15", "--param", ""}),
              AllOf(HasSubstr("gamma\t"), HasSubstr("h\t"), Not(HasSubstr("="))));
  EXPECT_THAT(offered({"sweep", "E22", "--param", ""}), Not(HasSubstr("game\t")));
  EXPECT_THAT(offered({"play", "d"}), StartsWith("dirac\t"));
  EXPECT_THAT(offered({"play", "bilinear", "--set", ""}),
              AllOf(HasSubstr("eta=\t"), HasSubstr("dynamics=\t"), HasSubstr("game.kappa=\t")));
  EXPECT_THAT(offered({"play", "--set", "dynamics=opt"}), StartsWith("dynamics=optimistic\t"));
}

/// A table of experiments that cost nothing; E02 fails, E27 is long, E26 trains.
std::vector<lab::Experiment> small_table() {
  const auto running = [](double value) {
    return [value](const lab::Settings&) {
      return lab::Outcome{{lab::near("x", value, 1, 0.1)}, {}};
    };
  };
  return {{.id = "E01", .title = "holds", .run = running(1)},
          {.id = "E02", .title = "fails", .run = running(2)},
          {.id = "E26", .title = "trains", .kind = lab::Kind::kTrained},
          {.id = "E27", .title = "lasts", .kind = lab::Kind::kLong, .run = running(1)}};
}

Json printed(const std::function<void()>& call) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  call();
  testing::internal::GetCapturedStderr();
  return Json::parse(testing::internal::GetCapturedStdout());
}

TEST(LabTables, OneFailedCheckMakesTheExitCodeOne) {
  auto table = small_table();
  std::erase_if(table, [](const auto& one) { return one.id == "E26"; });
  int code = -1;
  const Json bad = printed([&] { code = cli::run_lab_run({.ids = {"E02"}, .json = true}, table); });
  EXPECT_EQ(code, 1);
  EXPECT_EQ(bad.at("pass"), false);
  printed([&] { code = cli::run_lab_run({.ids = {"E01"}, .json = true}, table); });
  EXPECT_EQ(code, 0);
  const Json all = printed([&] { code = cli::run_lab_all({.json = true}, table); });
  EXPECT_EQ(code, 1);
  ASSERT_EQ(all.size(), 2U) << "all leaves out what is long";
  EXPECT_EQ(all[1].at("pass"), false);
  const Json longer =
      printed([&] { code = cli::run_lab_all({.also_long = true, .json = true}, table); });
  ASSERT_EQ(longer.size(), 3U);
  EXPECT_EQ(longer[2].at("id"), "E27");
}

TEST(LabTables, TheEngineIsNeededForRowsWithoutARunnerOnly) {
  const auto table = small_table();
  EXPECT_FALSE(cli::needs_engine(cli::LabRunOptions{.ids = {"E01", "E27"}}, table));
  EXPECT_TRUE(cli::needs_engine(cli::LabRunOptions{.ids = {"E01", "E26"}}, table));
  EXPECT_TRUE(cli::needs_engine(cli::LabAllOptions{}, table));
  auto all_run = table;
  all_run[2].run = all_run[0].run;
  EXPECT_FALSE(cli::needs_engine(cli::LabAllOptions{.also_long = true}, all_run));
}

}  // namespace
}  // namespace saddle
