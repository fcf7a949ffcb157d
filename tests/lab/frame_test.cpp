// The frame of the lab: checks, settings, table, results, sweeps.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/text.h"
#include "saddle/lab/result.h"
#include "saddle/lab/table.h"
#include "tests/base/temporary.h"
#include "tests/paths.h"

namespace saddle::lab {
namespace {

using ::testing::HasSubstr;

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(LabCheck, PassesWithinTheToleranceOnly) {
  EXPECT_TRUE(near("x", 1.5, 1, 0.5).pass);
  EXPECT_FALSE(near("x", 1.6, 1, 0.5).pass);
  EXPECT_TRUE(near("x", 1, 1, 0).pass);
  EXPECT_FALSE(near("x", kNan, 1, 10).pass);
  EXPECT_FALSE(near("x", kNan, kNan, 10).pass);
  EXPECT_TRUE(near("x", kInf, kInf, 0).pass);
  EXPECT_FALSE(near("x", kInf, -kInf, 1e300).pass);
}

TEST(LabCheck, OneSidedBoundsPassOnTheirSideAndSaySo) {
  EXPECT_TRUE(at_most("x", 1, 1).pass);
  EXPECT_FALSE(at_most("x", 1.0000001, 1).pass);
  EXPECT_FALSE(at_most("x", kNan, 1).pass);
  EXPECT_TRUE(at_least("x", 1, 1).pass);
  EXPECT_FALSE(at_least("x", 0.9999999, 1).pass);
  EXPECT_EQ(at_most("x", 1, 2).name, "x, at most");
  EXPECT_EQ(at_least("x", 1, 2).name, "x, at least");
  EXPECT_EQ(at_most("x", 1, 2).expected, 2);
  EXPECT_EQ(at_most("x", 1, 2).tolerance, 0);
  EXPECT_TRUE(holds("x", true).pass);
  EXPECT_FALSE(holds("x", false).pass);
}

Settings settings() {
  return {"E99",
          {{.name = "eta", .initial = 0.1, .low = 0.01, .high = 2, .doc = "step"},
           {.name = "steps", .initial = 10, .low = 1, .high = 100, .doc = "count", .whole = true},
           choice("loss", "ns", {"ns", "saturating"}, "of the generator")}};
}

TEST(LabSettings, StartAtTheInitialValuesAndTakeAssignments) {
  Settings some = settings();
  EXPECT_EQ(some["eta"], 0.1);
  EXPECT_EQ(some.count("steps"), 10);
  EXPECT_EQ(some.word("loss"), "ns");
  EXPECT_TRUE(some.all_initial());
  some.assign("eta=0.2");
  some.assign(" steps = 1e2 ");
  some.assign("loss=saturating");
  EXPECT_EQ(some["eta"], 0.2);
  EXPECT_EQ(some.count("steps"), 100);
  EXPECT_EQ(some.word("loss"), "saturating");
  EXPECT_FALSE(some.is_initial("eta"));
  EXPECT_FALSE(some.all_initial());
  some.assign("eta=0.1");
  EXPECT_TRUE(some.is_initial("eta"));
}

void expect_refused(const std::string& assignment, const std::string& message) {
  test::expect_error([&] { settings().assign(assignment); }, ErrorCode::kUsage, message);
}

TEST(LabSettings, RefuseWhatIsWrongAndSayWhatIsRight) {
  expect_refused("eta", "[lab] got --set 'eta', expected NAME=VALUE");
  expect_refused("=1", "[lab] got --set '=1', expected NAME=VALUE");
  expect_refused("eat=1", "[lab] E99 has no parameter 'eat'; did you mean 'eta'?");
  expect_refused("gamma=1", "[lab] E99 has no parameter 'gamma'; known: eta, steps, loss");
  expect_refused("eta=fast", "[lab] E99: eta: got 'fast', expected a number, 0.01 to 2");
  expect_refused("eta=", "[lab] E99: eta: got '', expected a number, 0.01 to 2");
  expect_refused("eta=1 2", "[lab] E99: eta: got '1 2', expected a number, 0.01 to 2");
  expect_refused("eta=3", "[lab] E99: eta: got 3, expected 0.01 to 2");
  expect_refused("eta=nan", "[lab] E99: eta: got nan, expected 0.01 to 2");
  expect_refused("steps=2.5", "[lab] E99: steps: got 2.5, expected a whole number, 1 to 100");
  expect_refused("loss=saturated",
                 "[lab] E99: loss: got 'saturated', expected ns or saturating; did you mean "
                 "'saturating'?");
  expect_refused("loss=x", "[lab] E99: loss: got 'x', expected ns or saturating");
  Settings none("E98", {});
  test::expect_error([&] { none.assign("a=1"); }, ErrorCode::kUsage,
                     "[lab] E98 has no parameters: got 'a'");
  test::expect_error([] { settings()["speed"]; }, ErrorCode::kInternal,
                     "[lab] E99 asks for a parameter 'speed' that it does not declare");
}

TEST(LabTable, HoldsEachExperimentOnceInOrderWithItsText) {
  std::set<std::string> ids;
  std::string before;
  for (const Experiment& one : experiments()) {
    EXPECT_TRUE(ids.insert(one.id).second) << one.id;
    EXPECT_LT(before, one.id);
    before = one.id;
    EXPECT_THAT(one.id, ::testing::MatchesRegex("E[0-3][0-9]b?"));
    EXPECT_FALSE(one.title.empty()) << one.id;
    EXPECT_GT(one.teaches.size(), 200U) << one.id;
    EXPECT_FALSE(one.formulas.empty()) << one.id;
    EXPECT_FALSE(one.next.empty()) << one.id;
    EXPECT_TRUE(one.chapter >= 1 && one.chapter <= 8) << one.id;
    EXPECT_EQ(one.run == nullptr, one.kind != Kind::kClosedForm) << one.id;
    for (const Parameter& parameter : one.parameters) {
      EXPECT_LE(parameter.low, parameter.initial) << one.id << " " << parameter.name;
      EXPECT_LE(parameter.initial, parameter.high) << one.id << " " << parameter.name;
      EXPECT_FALSE(parameter.doc.empty()) << one.id << " " << parameter.name;
    }
    if (one.run) {
      EXPECT_EQ(one.measured.empty(), one.measure == nullptr) << one.id;
    }
  }
}

TEST(LabTable, IsThatOfThePage) {
  const std::string page = read_file(std::string(test::kSourceDirectory) + "/docs/lab.md");
  std::size_t before = 0;
  for (const Experiment& one : experiments()) {
    const std::size_t at = page.find(cat("| ", one.id, " | ", one.title, " |\n"));
    EXPECT_NE(at, std::string::npos)
        << "docs/lab.md has no line for " << one.id << " " << one.title;
    EXPECT_LE(before, at) << one.id << " is out of order";
    before = at;
  }
}

TEST(LabTable, FindsIdsInAnyCaseAndSuggestsTheNearest) {
  const auto& table = experiments();
  EXPECT_EQ(find_experiment(table, "E04").id, "E04");
  EXPECT_EQ(find_experiment(table, "e04").id, "E04");
  EXPECT_EQ(find_experiment(table, "e4").id, "E04");
  EXPECT_EQ(find_experiment(table, "4").id, "E04");
  const std::vector<Experiment> some{{.id = "E16"}, {.id = "E16b"}, {.id = "E30"}};
  EXPECT_EQ(find_experiment(some, "e16B").id, "E16b");
  EXPECT_EQ(find_experiment(some, "e16").id, "E16");
  const auto refused = [&some](const std::string& id, const std::string& message) {
    test::expect_error([&] { find_experiment(some, id); }, ErrorCode::kUsage, message);
  };
  refused("E31", "[lab] no experiment 'E31'; did you mean 'E30'? `saddle lab list` shows them all");
  refused("E16c",
          "[lab] no experiment 'E16c'; did you mean 'E16'? `saddle lab list` shows them all");
  refused("ring", "[lab] no experiment 'ring'; `saddle lab list` shows them all");
  refused("", "[lab] no experiment ''; `saddle lab list` shows them all");
  refused("E-1", "[lab] no experiment 'E-1'; `saddle lab list` shows them all");
}

TEST(LabTable, TakesRunnersForItsRows) {
  const Runner runner{.id = "E04", .run = [](const Settings&) {
                        return Outcome{{near("x", 1, 1, 0)}, {}};
                      }};
  const auto table = experiments_with({&runner, 1});
  EXPECT_EQ(run_experiment(find_experiment(table, "E04"), {"E04", {}}).outcome.checks.size(), 1U);
  // What the row itself can measure stays.
  EXPECT_TRUE(find_experiment(table, "E04").measure);
  const Runner unknown{.id = "E77"};
  test::expect_error(
      [&] {
        experiments_with({&unknown, 1});
      },
      ErrorCode::kInternal, "[lab] a runner for the unknown id E77");
}

Experiment experiment_of(std::vector<Check> checks) {
  return {
      .id = "E99",
      .title = "A test",
      .parameters = {{.name = "eta", .initial = 0.5, .low = 0, .high = 1, .doc = "x"},
                     {.name = "k", .initial = 2, .low = 1, .high = 9, .doc = "x", .whole = true}},
      .run =
          [checks](const Settings&) {
            return Outcome{checks, {}};
          },
      .measured = {"square", "never"},
      .measure =
          [](const Settings& s) {
            return std::vector<double>{s["eta"] * s["eta"] * s["k"], kNan};
          }};
}

Result result_of(const Experiment& experiment) {
  return run_experiment(experiment, {experiment.id, experiment.parameters});
}

TEST(LabResult, FailsWhenOneCheckFails) {
  const Experiment good = experiment_of({near("a", 1, 1, 0), near("b", 2, 2, 0)});
  EXPECT_TRUE(result_of(good).pass());
  const Experiment bad = experiment_of({near("a", 1, 1, 0), near("b", 2.1, 2, 0.01)});
  EXPECT_FALSE(result_of(bad).pass());
  EXPECT_THAT(result_text(result_of(bad)), HasSubstr("FAIL  b"));
  EXPECT_THAT(result_text(result_of(bad)), HasSubstr("1 of 2 checks hold"));
}

TEST(LabResult, NeedsARunnerAndAtLeastOneCheck) {
  const Experiment empty = experiment_of({});
  test::expect_error([&] { result_of(empty); }, ErrorCode::kInternal, "[lab] E99 checked nothing");
  const Experiment trained{.id = "E98", .kind = Kind::kTrained};
  test::expect_error([&] { result_of(trained); }, ErrorCode::kUnsupported,
                     "[lab] E98 trains networks, which this program cannot");
}

TEST(LabResult, IsJsonOfTheStatedFormWithNullForWhatIsNotFinite) {
  const Experiment one =
      experiment_of({near("a", 1.5, 1, 1), near("b", kInf, kInf, 0), near("c", kNan, 0, 1)});
  EXPECT_EQ(result_json(result_of(one)),
            Json::parse(R"({"id":"E99","title":"A test","pass":false,"checks":[
        {"name":"a","value":1.5,"expected":1.0,"tolerance":1.0,"pass":true},
        {"name":"b","value":null,"expected":null,"tolerance":0.0,"pass":true},
        {"name":"c","value":null,"expected":0.0,"tolerance":1.0,"pass":false}]})"));
}

TEST(LabResult, TextNamesSettingsThatWereChanged) {
  const Experiment one = experiment_of({near("a", 1, 1, 0)});
  Settings changed(one.id, one.parameters);
  changed.assign("eta=0.25");
  const std::string text = result_text(run_experiment(one, changed));
  EXPECT_THAT(text, HasSubstr("with eta = 0.25"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("with k")));
}

TEST(LabSweep, MeasuresBothEndsAndWhatLiesBetween) {
  const Experiment one = experiment_of({near("a", 1, 1, 0)});
  Settings some(one.id, one.parameters);
  some.assign("k=3");
  const Sweep sweep = run_sweep(one, some, {.parameter = "eta", .from = 0, .to = 1, .steps = 3});
  EXPECT_EQ(sweep.at, (std::vector<double>{0, 0.5, 1}));
  EXPECT_EQ(sweep.curves.at(0), (std::vector<double>{0, 0.75, 3}));
  const Json json = sweep_json(sweep);
  EXPECT_EQ(json.at("id"), "E99");
  EXPECT_EQ(json.at("parameter"), "eta");
  EXPECT_EQ(json.at("at"), Json({0, 0.5, 1}));
  EXPECT_EQ(json.at("curves").at(0), Json({{"name", "square"}, {"values", {0, 0.75, 3}}}));
  EXPECT_EQ(json.at("curves").at(1).at("values"), Json({nullptr, nullptr, nullptr}));
  EXPECT_THAT(sweep_text(sweep), HasSubstr("0.75"));
  EXPECT_THAT(sweep_svg(sweep, false), HasSubstr(">square</text>"));
}

TEST(LabSweep, GoesInEqualRatiosAndThroughWholeNumbersOnce) {
  const Experiment one = experiment_of({near("a", 1, 1, 0)});
  const Settings some(one.id, one.parameters);
  const Sweep ratios = run_sweep(
      one, some, {.parameter = "eta", .from = 0.01, .to = 1, .steps = 3, .logarithmic = true});
  ASSERT_EQ(ratios.at.size(), 3U);
  EXPECT_NEAR(ratios.at[1], 0.1, 1e-15);
  const Sweep whole = run_sweep(one, some, {.parameter = "k", .from = 1, .to = 4, .steps = 50});
  EXPECT_EQ(whole.at, (std::vector<double>{1, 2, 3, 4}));
}

TEST(LabSweep, RefusesWhatItCannotDraw) {
  const Experiment one = experiment_of({near("a", 1, 1, 0)});
  const auto refused = [&one](const SweepOptions& options, const std::string& message) {
    test::expect_error(
        [&] {
          run_sweep(one, {one.id, one.parameters}, options);
        },
        ErrorCode::kUsage, message);
  };
  refused({.parameter = "eat", .from = 0, .to = 1},
          "[lab] E99 has no parameter 'eat'; did you mean 'eta'?");
  refused({.parameter = "eta", .from = 0, .to = 7}, "[lab] E99: eta: got 7, expected 0 to 1");
  refused({.parameter = "eta", .from = -1, .to = 1}, "[lab] E99: eta: got -1, expected 0 to 1");
  refused({.parameter = "eta", .from = 1, .to = 1},
          "[lab] --from and --to are both 1: expected a range");
  refused({.parameter = "eta", .from = 0, .to = 1, .logarithmic = true},
          "[lab] --log: got 0 to 1, expected ends above 0");
  refused({.parameter = "eta", .from = 0, .to = 1, .steps = 1},
          "[lab] --steps: got 1, expected 2 or more");
  const Experiment none{.id = "E98", .run = one.run};
  test::expect_error(
      [&] {
        run_sweep(none, {"E98", {}}, {.parameter = "eta"});
      },
      ErrorCode::kUsage,
      "[lab] E98 has nothing to sweep; `saddle lab list --json` names under "
      "\"measured\" what each experiment can draw");
}

}  // namespace
}  // namespace saddle::lab
