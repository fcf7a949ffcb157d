// What cannot be replayed is said, not guessed.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "saddle/base/text.h"
#include "saddle/lab/verify.h"
#include "tests/lab/trace_copy.h"
#include "tests/program.h"

namespace saddle {
namespace {

using test::TraceCopy;

constexpr const char* kInputs = "plain_inputs.safetensors";

struct Damage {
  std::string name;
  std::function<void(const TraceCopy&)> make;
  std::string says;  ///< DIR stands for the trace's directory
};

std::function<void(const TraceCopy&)> json_edit(std::function<void(Json&)> change) {
  return [change](const TraceCopy& trace) { trace.edit_json(change); };
}

std::function<void(const TraceCopy&)> input_edit(
    std::string key, std::function<at::Tensor(const at::Tensor&)> change) {
  return [=](const TraceCopy& trace) { trace.edit(kInputs, key, change); };
}

std::function<void(const TraceCopy&)> renamed_input(std::string from, std::string to) {
  return [=](const TraceCopy& trace) {
    trace.edit(kInputs, [&](NamedTensors& tensors) {
      for (auto& entry : tensors) {
        if (entry.name == from) entry.name = to;
      }
    });
  };
}

at::Tensor gone(const at::Tensor&) {
  return {};
}

std::vector<Damage> damaged_json() {
  const std::string file = "[lab verify] DIR/expected.json";
  return {
      {"no_json", [](const TraceCopy& t) { std::filesystem::remove(t.file("expected.json")); },
       "[lab verify] 'DIR/expected.json' is not there: expected a file of the recorded trace"},
      {"no_valid_json",
       [](const TraceCopy& t) { write_file_atomic(t.file("expected.json"), "{\"steps\": 3,"); },
       file + " is not valid JSON: error at line 1, column 13"},
      {"no_object", [](const TraceCopy& t) { write_file_atomic(t.file("expected.json"), "[1]"); },
       file + ": got array, expected object"},
      {"no_steps", json_edit([](Json& j) { j.erase("steps"); }), file + ": key 'steps' is missing"},
      {"steps_of_nothing", json_edit([](Json& j) { j["steps"] = 0; }),
       file + " 'steps': got 0, expected a whole number of at least 1"},
      {"half_a_step", json_edit([](Json& j) { j["steps"] = 2.5; }),
       file + " 'steps': got 2.5, expected a whole number of at least 1"},
      {"too_many_steps", json_edit([](Json& j) { j["steps"] = 4; }),
       "[lab verify] DIR/deep_inputs.safetensors: tensor 'x_d': got [3,5,3], expected 4 steps of "
       "a batch"},
      {"no_tolerance", json_edit([](Json& j) { j["tolerance"].erase("final weights"); }),
       file + " 'tolerance': key 'final weights' is missing"},
      {"negative_tolerance",
       json_edit([](Json& j) { j["tolerance"]["final weights"]["rtol"] = -1; }),
       file + " 'tolerance.final weights.rtol': got -1, expected 0 or more"},
      {"no_pairs", json_edit([](Json& j) { j["pairs"] = Json::object(); }),
       file + " 'pairs': got no pair of networks, expected at least one"},
      {"no_objectives",
       json_edit([](Json& j) { j["pairs"]["plain"]["objectives"] = Json::object(); }),
       file + " 'pairs.plain.objectives': got no objective, expected at least one"},
      {"pairs_in_a_list", json_edit([](Json& j) { j["pairs"] = Json::array({1}); }),
       file + " 'pairs': got array, expected object"},
      {"unknown_objective", json_edit([](Json& j) {
         auto& rows = j["pairs"]["plain"]["objectives"];
         rows["wgan_pg"] = rows["wgan_gp"];
       }),
       file + " 'pairs.plain.objectives.wgan_pg': unknown objective 'wgan_pg'; did you mean "
              "'wgan_gp'?"},
      {"no_rate", json_edit([](Json& j) { j["pairs"]["plain"]["config"].erase("lrD"); }),
       file + " 'pairs.plain.config': key 'lrD' is missing"},
      {"rate_as_text", json_edit([](Json& j) { j["pairs"]["plain"]["config"]["lrD"] = ".1"; }),
       file + " 'pairs.plain.config.lrD': got string, expected number"},
      {"decay_of_one", json_edit([](Json& j) { j["pairs"]["plain"]["config"]["b2"] = 1; }),
       file + " 'pairs.plain.config.b2': got 1, expected [0, 1)"},
      {"no_lambda", json_edit([](Json& j) { j["pairs"]["plain"]["config"].erase("lambda"); }),
       file + " 'pairs.plain.config': key 'lambda' is missing"},
      {"no_initial_d",
       json_edit([](Json& j) { j["pairs"]["plain"]["objectives"]["ns"].erase("initial_D"); }),
       file + " 'pairs.plain.objectives.ns': key 'initial_D' is missing"},
      {"losses_that_are_no_numbers", json_edit([](Json& j) {
         j["pairs"]["plain"]["objectives"]["ns"]["loss_g"] = {1, "a"};
       }),
       file + " 'pairs.plain.objectives.ns.loss_g[1]': got string, expected number"},
      {"no_record", json_edit([](Json& j) {
         j["pairs"]["plain"]["objectives"]["ns"]["file"] = "x.safetensors";
       }),
       "[lab verify] 'DIR/x.safetensors' is not there: expected a file of the recorded trace"},
      {"no_inputs", [](const TraceCopy& t) { std::filesystem::remove(t.file(kInputs)); },
       "[lab verify] 'DIR/plain_inputs.safetensors' is not there: expected a file of the recorded "
       "trace"},
      {"unknown_initial_d",
       json_edit([](Json& j) { j["pairs"]["plain"]["objectives"]["ns"]["initial_D"] = "init.Dp"; }),
       "[lab verify] DIR/plain_inputs.safetensors: no tensor 'init.Dp.0.weight': expected initial "
       "weights"},
  };
}

std::vector<Damage> damaged_inputs() {
  const std::string file = "[lab verify] DIR/plain_inputs.safetensors: ";
  const double nan = std::numeric_limits<double>::quiet_NaN();
  return {
      {"cut_file", [](const TraceCopy& t) { std::filesystem::resize_file(t.file(kInputs), 900); },
       "[safetensors] DIR/plain_inputs.safetensors: "},
      {"empty_file", [](const TraceCopy& t) { write_file_atomic(t.file(kInputs), ""); },
       "[safetensors] DIR/plain_inputs.safetensors: "},
      {"cut_record",
       [](const TraceCopy& t) {
         std::filesystem::resize_file(t.file("plain_ns.safetensors"), 100);
       },
       "[safetensors] DIR/plain_ns.safetensors: "},
      {"half_precision", input_edit("z_d", [](const auto& t) { return t.to(at::kHalf); }),
       file + "tensor 'z_d': got Half, expected numbers in float64 or float32"},
      {"not_a_number", input_edit("x_g", [nan](const auto& t) { return t * nan; }),
       file + "tensor 'x_g' holds NaN or infinity"},
      {"no_samples", input_edit("x_d", gone),
       file + "no tensor 'x_d', which the objective ns needs"},
      {"no_mixing_weights", input_edit("eps", gone),
       file + "no tensor 'eps', which the objective wgan_gp needs"},
      {"another_batch", input_edit("z_d", [](const auto& t) { return t.narrow(1, 0, 2); }),
       file + "tensor 'z_d': got [3,2,1], expected 3 steps of a batch of 3"},
      {"mixing_weights_by_coordinate",
       input_edit("eps",
                  [](const auto& t) {
                    return t.unsqueeze(2).repeat({1, 1, 2});
                  }),
       file + "tensor 'eps': got [3,3,2], expected [3,3]"},
      {"latents_without_axis", input_edit("z_g", [](const auto& t) { return t.squeeze(2); }),
       file + "tensor 'z_g': got [3,3], expected [steps,B,z] or [steps,B,z,1,1]"},
      {"wider_latents_of_g",
       input_edit("z_g",
                  [](const auto& t) {
                    return t.repeat({1, 1, 2});
                  }),
       file + "z_g has latents of 2, expected 1 as in z_d"},
      {"wider_latents",
       [](const TraceCopy& t) {
         for (const char* z : {"z_g", "z_d"}) {
           t.edit(kInputs, z, [](const auto& x) { return x.repeat({1, 1, 2}); });
         }
       },
       file + "tensor 'init.G.0.weight' [2,1] does not fit what it gets: a sample of shape [2]"},
      {"wider_samples",
       input_edit("x_d",
                  [](const auto& t) {
                    return t.repeat({1, 1, 2});
                  }),
       file + "the generator makes samples of [2], expected [4] as in x_d"},
      {"wider_discriminator",
       [](const TraceCopy& t) {
         t.edit(kInputs, "init.D.0.weight", [](const auto& w) { return w.repeat({2, 1}); });
         t.edit(kInputs, "init.D.0.bias", [](const auto& b) { return b.repeat({2}); });
       },
       file + "the discriminator init.D makes [2] of a sample, expected one logit"},
      {"another_bias", input_edit("init.D.0.bias", [](const auto& t) { return t.repeat({3}); }),
       file + "tensor 'init.D.0.bias': got [3], expected [1]"},
      {"three_axes", input_edit("init.D.0.weight", [](const auto& t) { return t.unsqueeze(0); }),
       file + "tensor 'init.D.0.weight': got [1,1,2], expected 1, 2 or 4 axes"},
      {"norm_without_statistics",
       input_edit("init.D.0.weight", [](const auto& t) { return t[0].slice(0, 0, 1); }),
       file + "no tensor 'init.D.0.running_mean'"},
      {"no_weight", input_edit("init.D.0.weight", gone), file + "no tensor 'init.D.0.weight'"},
      {"no_generator", renamed_input("init.G.0.weight", "init.g.0.weight"),
       file + "no tensor 'init.G.0.weight': expected initial weights"},
      {"gap_of_two", renamed_input("init.G.0.weight", "init.G.2.weight"),
       file + "no tensors at position 0 of init.G up to the next at 2: expected at most one "
              "activation in between"},
      {"odd_name", renamed_input("init.G.0.weight", "init.G.first.weight"),
       file + "tensor 'init.G.first.weight': expected init.G.<position>.<weight, bias or running "
              "statistic>"},
      {"odd_kind", renamed_input("init.D.0.bias", "init.D.0.scale"),
       file + "tensor 'init.D.0.scale': expected weight, bias, running_mean or running_var"},
  };
}

std::vector<Damage> damages() {
  std::vector<Damage> all = damaged_json();
  for (auto& damage : damaged_inputs()) all.push_back(std::move(damage));
  return all;
}

class DamagedTrace : public ::testing::TestWithParam<Damage> {};

TEST_P(DamagedTrace, IsRefusedWithItsReason) {
  const TraceCopy trace("points");
  const bool only_plain = GetParam().name != "too_many_steps";
  if (only_plain && std::filesystem::exists(trace.file("expected.json"))) {
    trace.edit_json([](Json& json) { json["pairs"].erase("deep"); });
  }
  GetParam().make(trace);
  std::string says = GetParam().says;
  if (const auto at = says.find("DIR"); at != std::string::npos) {
    says.replace(at, 3, trace.directory().string());
  }
  try {
    lab::verify_trace(trace.directory());
    FAIL() << "no error; expected: " << says;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInput);
    // What the reader of safetensors says of a damaged file is tested with it.
    const std::string what = error.what();
    EXPECT_EQ(says.ends_with(": ") ? what.substr(0, says.size()) : what, says);
  }
}

INSTANTIATE_TEST_SUITE_P(All, DamagedTrace, ::testing::ValuesIn(damages()),
                         [](const auto& info) { return info.param.name; });

TEST(DamagedImages, AreRefusedWithTheirReason) {
  const std::string key = "init.D.3.running_var";
  const TraceCopy trace("images");
  trace.edit("sixteen_inputs.safetensors", key, gone);
  test::expect_error([&] { lab::verify_trace(trace.directory()); }, ErrorCode::kInput,
                     cat("[lab verify] ", trace.file("sixteen_inputs.safetensors").string(),
                         ": no tensor '", key, "'"));
  const TraceCopy smaller("images");
  smaller.edit("sixteen_inputs.safetensors", "x_d",
               [](const at::Tensor& t) { return t.slice(4, 0, 8); });
  test::expect_error([&] { lab::verify_trace(smaller.directory()); }, ErrorCode::kInput,
                     cat("[lab verify] ", smaller.file("sixteen_inputs.safetensors").string(),
                         ": the generator makes samples of [1,16,16], expected [1,16,8] as in "
                         "x_d"));
}

TEST(VerifyCommand, SaysWhatIsWrongAndLeavesWithItsCode) {
  const auto none = test::run_saddle({"lab", "verify"});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_EQ(none.err,
            "saddle: [command line] directory is required; see `saddle lab verify --help`\n");
  const auto missing = test::run_saddle({"lab", "verify", "nowhere"});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_EQ(missing.err,
            "saddle: [lab verify] 'nowhere' is not there: expected a directory with expected.json "
            "and its safetensors files\n");
  EXPECT_EQ(missing.out, "");
  const auto file = test::run_saddle(
      {"lab", "verify", (test::stored_trace("points") / "expected.json").string()});
  EXPECT_EQ(file.exit_code, 1);
  EXPECT_NE(file.err.find("expected.json' is no directory: expected a directory"),
            std::string::npos);
  const auto flag = test::run_saddle({"lab", "verify", "x", "--jsno"});
  EXPECT_EQ(flag.exit_code, 2);
  EXPECT_NE(flag.err.find("did you mean '--json'?"), std::string::npos);
}

}  // namespace
}  // namespace saddle
