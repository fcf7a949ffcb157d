// What Saddle writes is read by the programs that others read such files with.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "tests/base/temporary.h"
#include "tests/paths.h"
#include "tests/program.h"

namespace saddle::test {
namespace {

TEST(Peers, TensorBoardAndSafetensorsReadARun) {
  const std::string python = std::string(kSourceDirectory) + "/.deps/peers/bin/python";
  if (!std::filesystem::exists(python))
    GTEST_SKIP() << "no peers; make them with bench/setup-peers";
  const TemporaryDirectory place;
  const std::string run = (place / "run").string();
  const Finished trained = run_saddle({"train", "digits",
                                       "--out", run,
                                       "--set", "train.length=\"30 steps\"",
                                       "--set", "train.tick=\"10 steps\"",
                                       "--set", "samples.every=\"10 steps\"",
                                       "--set", "generator.width=8",
                                       "--set", "discriminator.width=8",
                                       "--set", "discriminator.norm=\"spectral\"",
                                       "--set", "penalty.r1=off",
                                       "--set", "penalty.r2=off"});
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  const std::string script = std::string(kSourceDirectory) + "/tests/evidence/read_run.py";
  EXPECT_EQ(std::system((python + " " + script + " " + run + " 3 8").c_str()), 0);
}

}  // namespace
}  // namespace saddle::test
