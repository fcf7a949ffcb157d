// Recorded traces that Saddle must reproduce: of the golden set, which a second program has
// reproduced too, and of random networks (tests/lab/make_traces.py).
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "saddle/base/text.h"
#include "saddle/lab/verify.h"
#include "tests/lab/trace_copy.h"

namespace saddle {
namespace {

struct ReplayCase {
  std::string label;
  std::filesystem::path directory;
  std::size_t checks;
  lab::VerifyOptions options;
};

std::vector<ReplayCase> replay_cases() {
  const std::filesystem::path golden =
      std::filesystem::path(test::kSharedDirectory) / "golden/training";
  std::vector<ReplayCase> cases;
  for (const bool exact : {false, true}) {
    for (const bool last : {false, true}) {
      const std::string suffix =
          cat(exact ? "_tangents" : "_autograd", last ? "_channels_last" : "");
      const lab::VerifyOptions options{.exact_first_order = exact, .channels_last = last};
      cases.push_back({"golden" + suffix, golden, 1368, options});
      cases.push_back({"points" + suffix, test::stored_trace("points"), 392, options});
      cases.push_back({"images" + suffix, test::stored_trace("images"), 174, options});
    }
  }
  return cases;
}

class ReplayedTrace : public ::testing::TestWithParam<ReplayCase> {};

TEST_P(ReplayedTrace, GivesEveryRecordedNumber) {
  const ReplayCase& c = GetParam();
  if (!std::filesystem::exists(c.directory)) {
    GTEST_SKIP() << "no golden traces: " << c.directory << " is absent";
  }
  const lab::TraceReport report = lab::verify_trace(c.directory, c.options);
  EXPECT_EQ(report.checks.size(), c.checks);
  EXPECT_TRUE(report.pass()) << lab::trace_text(report);
  double worst = 0;
  for (const auto& check : report.checks) worst = std::max(worst, check.value);
  // Rounding alone: the bound of a check is 1.
  EXPECT_LT(worst, 0.01);
}

INSTANTIATE_TEST_SUITE_P(Stored, ReplayedTrace, ::testing::ValuesIn(replay_cases()),
                         [](const auto& info) { return info.param.label; });

TEST(ReplayedTrace, IsTheSameToTheLastBitWhenRepeated) {
  const auto first = lab::verify_trace(test::stored_trace("images"));
  const auto second = lab::verify_trace(test::stored_trace("images"));
  ASSERT_EQ(first.checks.size(), second.checks.size());
  for (std::size_t i = 0; i < first.checks.size(); ++i) {
    EXPECT_EQ(first.checks[i].name(), second.checks[i].name());
    EXPECT_EQ(first.checks[i].value, second.checks[i].value);
  }
}

TEST(ReplayedTrace, MayBeStoredInFloat32) {
  const test::TraceCopy trace("points");
  for (const char* name : {"deep_inputs.safetensors", "deep_ns_r1.safetensors"}) {
    trace.edit(name, [](NamedTensors& tensors) {
      for (auto& entry : tensors) entry.tensor = entry.tensor.to(at::kFloat);
    });
  }
  trace.edit_json([](Json& json) {
    json["pairs"].erase("plain");
    auto& objectives = json["pairs"]["deep"]["objectives"];
    objectives = Json{{"ns_r1", objectives["ns_r1"]}};
    for (auto& tolerance : json["tolerance"]) tolerance = {{"rtol", 1e-3}, {"atol", 1e-4}};
  });
  const auto report = lab::verify_trace(trace.directory());
  EXPECT_EQ(report.checks.size(), 58u);
  EXPECT_TRUE(report.pass()) << lab::trace_text(report);
}

TEST(ReplayedTrace, TakesCountsWrittenAsFractionsAndLogitsAsColumns) {
  const test::TraceCopy trace("points");
  trace.edit_json([](Json& json) {
    json["steps"] = 3.0;
    json["pairs"]["deep"]["config"]["lambda"] = 3;
  });
  trace.edit("deep_ns.safetensors", "logit.real.1",
             [](const at::Tensor& t) { return t.unsqueeze(1); });
  EXPECT_TRUE(lab::verify_trace(trace.directory()).pass());
}

TEST(ReplayedTrace, NeedsOnlyTheInputsOfItsObjectives) {
  const test::TraceCopy trace("points");
  trace.edit_json([](Json& json) {
    auto& deep = json["pairs"]["deep"];
    for (const char* other : {"wgan_gp", "ns_r1", "rpgan_r1r2"}) deep["objectives"].erase(other);
    for (const char* unused : {"lambda", "gamma", "batch"}) deep["config"].erase(unused);
    json["pairs"].erase("plain");
  });
  for (const char* unused : {"x_g", "eps"}) {
    trace.edit("deep_inputs.safetensors", unused, [](const at::Tensor&) { return at::Tensor(); });
  }
  EXPECT_TRUE(lab::verify_trace(trace.directory()).pass());
}

}  // namespace
}  // namespace saddle
