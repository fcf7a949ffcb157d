// What is wrong in a trace fails, by its name.
#include "saddle/lab/verify.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "saddle/base/text.h"
#include "tests/lab/trace_copy.h"
#include "tests/program.h"

namespace saddle {
namespace {

using test::TraceCopy;

std::vector<lab::TraceCheck> failures_of(const TraceCopy& trace) {
  std::vector<lab::TraceCheck> failures;
  for (const auto& check : lab::verify_trace(trace.directory()).checks) {
    if (!check.pass) failures.push_back(check);
  }
  return failures;
}

std::set<std::string> names_of(const std::vector<lab::TraceCheck>& checks) {
  std::set<std::string> names;
  for (const auto& check : checks) names.insert(check.name());
  return names;
}

using Names = std::set<std::string>;

TEST(Verify, AGradientOffByAMillionthFailsAlone) {
  const TraceCopy trace("points");
  double allowed = 0, size = 0;
  trace.edit("deep_lsgan.safetensors", "grad.D.1.2.weight", [&](const at::Tensor& t) {
    size = t.abs().max().item<double>();
    allowed = 1e-12 + 1e-9 * size;
    return t * (1 + 1e-6);
  });
  const auto failures = failures_of(trace);
  ASSERT_EQ(names_of(failures), Names{"deep/lsgan/grad.D.1.2.weight"});
  // The relative part of the tolerance is 1e-9: the largest entry is off by a thousand of it.
  EXPECT_NEAR(failures[0].value, 1e-6 * size / allowed, 1);
}

TEST(Verify, FinalWeightsHaveAToleranceOfTheirOwn) {
  const TraceCopy trace("points");
  trace.edit("deep_ns.safetensors", "final.G.0.bias",
             [](const at::Tensor& t) { return t + 9e-11; });
  EXPECT_TRUE(lab::verify_trace(trace.directory()).pass());
  trace.edit("deep_ns.safetensors", "final.G.0.bias", [](const at::Tensor& t) { return t + 2e-8; });
  EXPECT_EQ(names_of(failures_of(trace)), Names{"deep/ns/final.G.0.bias"});
}

TEST(Verify, AMissingTensorFails) {
  const TraceCopy trace("images");
  for (const char* key : {"grad.G.1.4.bias", "final.D.3.running_var", "loss_g", "logit.fake.0"}) {
    trace.edit("sixteen_ns.safetensors", key, [](const at::Tensor&) { return at::Tensor(); });
  }
  const auto failures = failures_of(trace);
  EXPECT_EQ(names_of(failures),
            (Names{"sixteen/ns/grad.G.1.4.bias", "sixteen/ns/final.D.3.running_var",
                   "sixteen/ns/loss_g", "sixteen/ns/logit.fake.0"}));
  for (const auto& failure : failures) {
    EXPECT_TRUE(std::isinf(failure.value));
    EXPECT_EQ(failure.what, "missing from sixteen_ns.safetensors");
  }
}

TEST(Verify, ATensorTooManyFails) {
  const TraceCopy trace("images");
  trace.edit("sixteen_ns.safetensors", [](NamedTensors& tensors) {
    tensors.push_back({"grad.D.2.0.weight", at::zeros({2, 1, 4, 4}, at::kDouble)});
    tensors.push_back({"notes", at::zeros({1}, at::kLong)});
  });
  const auto failures = failures_of(trace);
  EXPECT_EQ(names_of(failures), (Names{"sixteen/ns/grad.D.2.0.weight", "sixteen/ns/notes"}));
  EXPECT_EQ(failures[0].what, "recorded, but training makes no such tensor");
}

TEST(Verify, OtherRatesFailFromTheFirstNumbersThatTheyReach) {
  const TraceCopy trace("points");
  trace.edit_json([](Json& json) {
    auto& config = json["pairs"]["deep"]["config"];
    std::swap(config["lrG"], config["lrD"]);
  });
  const auto names = names_of(failures_of(trace));
  EXPECT_TRUE(names.contains("deep/ns/final.D.0.weight"));
  EXPECT_TRUE(names.contains("deep/ns/final.G.0.weight"));
  // The first gradient of D is found before anybody moved; that of G, after D has.
  EXPECT_FALSE(names.contains("deep/ns/grad.D.0.0.weight"));
  EXPECT_TRUE(names.contains("deep/ns/grad.G.0.0.weight"));
  for (const auto& name : names) EXPECT_FALSE(name.starts_with("plain/")) << name;
}

TEST(Verify, EachNumberOfTheConfigMatters) {
  struct Change {
    const char* key;
    double value;
    const char* objective;
  };
  for (const Change& change : {Change{"b1", 0.1, "ns"}, Change{"b2", 0.91, "ns"},
                               Change{"adam_eps", 1e-5, "ns"}, Change{"lambda", 3.01, "wgan_gp"},
                               Change{"gamma", 0.51, "ns_r1"}, Change{"gamma", 0.51, "rpgan_r1r2"},
                               Change{"lrG", 0.0101, "hinge"}, Change{"lrD", 0.0041, "lsgan"}}) {
    const TraceCopy trace("points");
    trace.edit_json([&](Json& json) {
      auto& deep = json["pairs"]["deep"];
      deep["config"][change.key] = change.value;
      deep["objectives"] = Json{{change.objective, deep["objectives"][change.objective]}};
    });
    EXPECT_FALSE(lab::verify_trace(trace.directory()).pass()) << change.key;
  }
}

TEST(Verify, EachInputMatters) {
  struct Change {
    const char* key;
    const char* objective;
  };
  for (const Change& change :
       {Change{"x_d", "ns"}, Change{"x_g", "rpgan_r1r2"}, Change{"z_d", "hinge"},
        Change{"z_g", "lsgan"}, Change{"eps", "wgan_gp"}, Change{"init.D.2.bias", "ns"},
        Change{"init.G.4.weight", "ns"}}) {
    const TraceCopy trace("points");
    trace.edit("deep_inputs.safetensors", change.key, [&](const at::Tensor& t) {
      // Between two kinks the slope of D is the same everywhere.
      return change.key == std::string("eps") ? 1 - t : t * 1.001;
    });
    trace.edit_json([&](Json& json) {
      auto& objectives = json["pairs"]["deep"]["objectives"];
      objectives = Json{{change.objective, objectives[change.objective]}};
    });
    EXPECT_FALSE(lab::verify_trace(trace.directory()).pass()) << change.key;
  }
}

TEST(Verify, LossesOfTheJsonFileAreComparedToo) {
  const TraceCopy trace("points");
  trace.edit_json([](Json& json) {
    auto& objectives = json["pairs"]["deep"]["objectives"];
    objectives["ns"]["loss_d"][2] = objectives["ns"]["loss_d"][2].get<double>() + 1e-6;
    objectives["hinge"]["loss_g"].push_back(0.5);
    objectives["lsgan"].erase("loss_g");
  });
  const auto failures = failures_of(trace);
  EXPECT_EQ(names_of(failures), (Names{"deep/ns/loss_d", "deep/hinge/loss_g"}));
  EXPECT_EQ(failures[0].what, "expected.json repeats 4 numbers of 3");
  EXPECT_EQ(failures[1].what, "as repeated in expected.json");
}

TEST(Verify, ShapesDtypesAndNumbersThatAreNoneFail) {
  const TraceCopy trace("points");
  trace.edit("plain_ns.safetensors", [](NamedTensors& tensors) {
    for (auto& [name, tensor] : tensors) {
      if (name == "grad.G.0.0.weight") tensor = tensor.t().contiguous();
      if (name == "grad.G.1.0.weight") tensor = tensor.to(at::kHalf);
      if (name == "grad.D.1.0.bias") tensor[0] = std::numeric_limits<double>::quiet_NaN();
      if (name == "loss_g") tensor[0] = std::numeric_limits<double>::infinity();
    }
  });
  std::map<std::string, std::string> what;
  for (const auto& failure : failures_of(trace)) what[failure.key] = failure.what;
  EXPECT_EQ(what, (std::map<std::string, std::string>{
                      {"grad.G.0.0.weight", "recorded with shape [1,2], expected [2,1]"},
                      {"grad.G.1.0.weight", "recorded as Half, expected float64 or float32"},
                      {"grad.D.1.0.bias", "recorded or replayed numbers are not finite"},
                      {"loss_g", "recorded or replayed numbers are not finite"}}));
}

TEST(Verify, CountersOfBatchNormAreComparedWhereTheyAreRecorded) {
  const TraceCopy trace("images");
  const char* const key = "final.G.1.num_batches_tracked";
  trace.edit("sixteen_ns.safetensors", key, [](const at::Tensor& t) { return t + 1; });
  EXPECT_EQ(names_of(failures_of(trace)), Names{cat("sixteen/ns/", key)});
  trace.edit("sixteen_ns.safetensors", key, [](const at::Tensor&) { return at::Tensor(); });
  EXPECT_TRUE(lab::verify_trace(trace.directory()).pass());
}

TEST(Verify, MoreStepsThanAreRecordedFail) {
  const TraceCopy fewer("points");
  fewer.edit_json([](Json& json) { json["steps"] = 2; });
  const auto names = names_of(failures_of(fewer));
  EXPECT_TRUE(names.contains("deep/ns/grad.D.2.0.weight"));  // recorded, not made
  EXPECT_TRUE(names.contains("deep/ns/loss_g"));             // of another length
  EXPECT_TRUE(names.contains("deep/ns/final.G.0.weight"));   // one step short
  EXPECT_FALSE(names.contains("deep/ns/grad.D.1.0.weight"));
}

TEST(Verify, TheProgramPrintsJsonAndLeavesWithOneWhereACheckFails) {
  const TraceCopy trace("points");
  const std::string directory = trace.directory().string();
  const auto good = test::run_saddle({"lab", "verify", directory, "--json"});
  EXPECT_EQ(good.exit_code, 0) << good.err;
  const Json json = Json::parse(good.out);
  EXPECT_EQ(json["id"], "verify");
  EXPECT_EQ(json["pass"], true);
  ASSERT_EQ(json["checks"].size(), 392u);
  for (const auto& check : json["checks"]) {
    EXPECT_EQ(check.size(), 5u);
    EXPECT_LE(check["value"].get<double>(), 1);
    EXPECT_EQ(check["expected"], 0);
    EXPECT_EQ(check["tolerance"], 1);
    EXPECT_EQ(check["pass"], true);
  }
  EXPECT_EQ(json["checks"][0]["name"], "deep/hinge/grad.D.0.0.weight");

  trace.edit("deep_ns.safetensors", "loss_g", [](const at::Tensor&) { return at::Tensor(); });
  const auto bad = test::run_saddle({"lab", "verify", directory, "--json"});
  EXPECT_EQ(bad.exit_code, 1);
  const Json failed = Json::parse(bad.out);
  EXPECT_EQ(failed["pass"], false);
  int failures = 0;
  for (const auto& check : failed["checks"]) {
    if (check["pass"].get<bool>()) continue;
    ++failures;
    EXPECT_EQ(check["name"], "deep/ns/loss_g");
    EXPECT_TRUE(check["value"].is_null());
  }
  EXPECT_EQ(failures, 1);
}

TEST(Verify, TheProgramTellsPeopleWhatFails) {
  const TraceCopy trace("points");
  trace.edit("deep_ns.safetensors", "loss_g", [](const at::Tensor&) { return at::Tensor(); });
  const auto text = test::run_saddle({"lab", "verify", trace.directory().string()});
  EXPECT_EQ(text.exit_code, 1);
  EXPECT_NE(text.out.find("deep/ns: 1 of 58 checks fail, the worst inf at loss_g\n"
                          "  FAIL deep/ns/loss_g: missing from deep_ns.safetensors\n"),
            std::string::npos)
      << text.out;
  EXPECT_NE(text.out.find("plain/wgan_gp: 22 checks pass, the worst "), std::string::npos);
  EXPECT_TRUE(text.out.ends_with("1 of 392 checks fail\n")) << text.out;
}

}  // namespace
}  // namespace saddle
