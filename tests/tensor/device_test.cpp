#include "saddle/tensor/device.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include "tests/tensor/throws.h"

namespace saddle {
namespace {

bool has_gpu() {
  return choose_device("auto").is_cuda();
}

TEST(Device, WordsAreParsed) {
  EXPECT_EQ(choose_device("cpu"), at::Device(at::kCPU));
  for (const char* word : {"gpu", "", "cuda:", "cuda:x", "cuda:-1", "cuda:1234567890", "CPU"}) {
    EXPECT_EQ(message_of([&] { choose_device(word); }),
              std::string("[device] unknown device: got '") + word +
                  "', expected auto, cpu, cuda or cuda:<index>");
  }
}

TEST(Device, AMissingGpuIsExplained) {
  if (has_gpu()) GTEST_SKIP() << "a GPU is here";
  EXPECT_EQ(choose_device("auto"), at::Device(at::kCPU));
  const std::string message = message_of([] { choose_device("cuda"); });
  EXPECT_NE(message.find("[device] "), std::string::npos);
  EXPECT_NE(message.find("try --device cpu"), std::string::npos) << message;
}

TEST(Device, LoadingCudaSucceedsOrGivesTheLoadersText) {
  const std::string message = message_of([] { load_cuda(); });
  if (message.empty()) {
    EXPECT_TRUE(message_of([] { load_cuda(); }).empty());
    return;
  }
  EXPECT_NE(message.find("[device] CUDA support cannot be loaded: "), std::string::npos);
  EXPECT_NE(message.find(".so"), std::string::npos) << message;
}

TEST(Device, ThreadsAreSet) {
  const int before = thread_count();
  EXPECT_EQ(configure_threads(2), 2);
  EXPECT_EQ(at::get_num_threads(), 2);
  EXPECT_GE(configure_threads(0), 1);
  EXPECT_EQ(message_of([] { configure_threads(-1); }),
            "[device] threads: got -1, expected 0 (choose) or more");
  configure_threads(before);
}

TEST(Device, DenormalsAreFlushedOnRequest) {
  // Read at run time, so that the compiler does not compute the product.
  volatile float tiny = 1e-38f;
  EXPECT_GT(tiny * 0.01f, 0.0f);
  if (!flush_denormals(true)) GTEST_SKIP() << "this CPU cannot flush denormals";
  EXPECT_EQ(tiny * 0.01f, 0.0f);
  flush_denormals(false);
  EXPECT_GT(tiny * 0.01f, 0.0f);
}

TEST(Device, VersionsAreTold) {
  const TensorVersions versions = tensor_versions();
  EXPECT_EQ(versions.libtorch.substr(0, 2), "2.");
  EXPECT_FALSE(versions.cpu_capability.empty());
  EXPECT_FALSE(versions.onednn.empty());
  EXPECT_FALSE(device_name(at::kCPU).empty());
  EXPECT_EQ(device_name(at::Device(at::kCUDA, 1)), "cuda:1");
}

}  // namespace
}  // namespace saddle
