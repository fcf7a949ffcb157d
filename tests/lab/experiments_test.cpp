// Every experiment holds: as it stands, at the ends of its parameters, and the same each time.
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "saddle/base/text.h"
#include "saddle/lab/result.h"
#include "saddle/lab/table.h"
#include "tests/testing.h"

namespace saddle::lab {
namespace {

std::vector<std::string> closed_form_ids() {
  std::vector<std::string> ids;
  for (const Experiment& one : experiments()) {
    if (one.kind == Kind::kClosedForm) ids.push_back(one.id);
  }
  return ids;
}

class ClosedForm : public testing::TestWithParam<std::string> {
 protected:
  /// At the initial settings; run once for all tests.
  const Result& result() const {
    static std::map<std::string, Result> all;
    const auto known = all.find(GetParam());
    if (known != all.end()) return known->second;
    return all.emplace(GetParam(), run_experiment(experiment(), initial())).first->second;
  }
  const Experiment& experiment() const { return find_experiment(experiments(), GetParam()); }
  Settings initial() const { return {experiment().id, experiment().parameters}; }
};

void expect_pass(const Result& result, const std::string& at) {
  for (const Check& check : result.outcome.checks) {
    EXPECT_TRUE(check.pass) << at << ": " << check.name << ": got " << check.value << ", expected "
                            << check.expected << " +- " << check.tolerance;
  }
}

TEST_P(ClosedForm, HoldsAtItsInitialSettings) {
  expect_pass(result(), GetParam());
  EXPECT_FALSE(result().outcome.plots.empty());
  for (const Plot& plot : result().outcome.plots) {
    EXPECT_TRUE(plot.svg.starts_with("<svg")) << plot.name;
    EXPECT_EQ(plot.svg.find("nan"), std::string::npos) << plot.name;
    EXPECT_FALSE(plot.caption.empty()) << plot.name;
  }
}

// Where a plain build takes seconds, a sanitized one takes minutes; it runs each experiment once.
#ifdef __SANITIZE_ADDRESS__
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

TEST_P(ClosedForm, HoldsAtTheEndsOfEveryParameter) {
  if (kSanitized) GTEST_SKIP() << "a sanitized build runs each experiment once";
  for (const Parameter& parameter : experiment().parameters) {
    // A million samples show no more than a hundred thousand.
    if (parameter.whole && parameter.high >= 1e6) continue;
    for (const double value : {parameter.low, parameter.high}) {
      Settings settings = initial();
      settings.set(parameter.name, value);
      expect_pass(run_experiment(experiment(), settings),
                  cat(GetParam(), " with ", parameter.name, " = ", value));
    }
  }
}

TEST_P(ClosedForm, GivesTheSameNumbersAgain) {
  if (kSanitized) GTEST_SKIP() << "a sanitized build runs each experiment once";
  const Result& first = result();
  const Result second = run_experiment(experiment(), initial());
  EXPECT_EQ(result_json(first), result_json(second));
  ASSERT_EQ(first.outcome.plots.size(), second.outcome.plots.size());
  for (std::size_t i = 0; i < first.outcome.plots.size(); ++i) {
    EXPECT_EQ(first.outcome.plots[i].svg, second.outcome.plots[i].svg);
  }
}

TEST_P(ClosedForm, MeasuresWhatItNames) {
  if (experiment().measured.empty()) GTEST_SKIP() << "nothing to sweep";
  EXPECT_EQ(experiment().measure(initial()).size(), experiment().measured.size());
}

TEST_P(ClosedForm, FailsWhereAValueIsOff) {
  // Each check of each experiment, its value moved just past what it allows.
  for (const Check& check : result().outcome.checks) {
    const double off = check.expected + 1.001 * check.tolerance + 1e-9;
    if (check.name.ends_with(", at most")) {
      EXPECT_FALSE(at_most("", off, check.expected).pass) << check.name;
    } else if (check.name.ends_with(", at least")) {
      EXPECT_FALSE(at_least("", check.expected - 1e-9, check.expected).pass) << check.name;
    } else {
      EXPECT_FALSE(near("", off, check.expected, check.tolerance).pass) << check.name;
    }
  }
  // A runner whose first value is perturbed does not pass as a whole.
  Experiment perturbed = experiment();
  perturbed.run = [this](const Settings&) {
    Outcome outcome = result().outcome;
    const Check& first = outcome.checks.front();
    outcome.checks.front() =
        near(first.name, first.value + 2 * first.tolerance + 1e-3, first.expected, first.tolerance);
    return outcome;
  };
  EXPECT_FALSE(run_experiment(perturbed, initial()).pass());
}

INSTANTIATE_TEST_SUITE_P(Lab, ClosedForm, testing::ValuesIn(closed_form_ids()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace saddle::lab
