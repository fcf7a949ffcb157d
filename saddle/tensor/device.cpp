#include "saddle/tensor/device.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <dlfcn.h>
#include <torch/version.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <new>
#include <sstream>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle {
namespace {

constexpr std::string_view kDeviceComponent = "device";

std::filesystem::path libtorch_folder() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&at::get_cpu_capability), &info) == 0 ||
      info.dli_fname == nullptr) {
    throw Error(ErrorCode::kInternal, kDeviceComponent, "the loader does not know LibTorch's path");
  }
  return std::filesystem::path(info.dli_fname).parent_path();
}

/// Whether an NVIDIA driver is installed: cheap, while libtorch_cuda takes half a second to load.
bool has_cuda_driver() {
  void* const driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (driver == nullptr) return false;
  dlclose(driver);
  return true;
}

int cuda_devices() {
  return at::globalContext().hasCUDA() ? static_cast<int>(at::detail::getCUDAHooks().deviceCount())
                                       : 0;
}

at::Device cuda_device(int index) {
  if (!has_cuda_driver()) {
    throw Error(ErrorCode::kUnsupported, kDeviceComponent,
                "no GPU can be used: libcuda.so.1, which comes with the NVIDIA driver, is missing; "
                "try --device cpu");
  }
  load_cuda();
  const int count = cuda_devices();
  if (index >= count) {
    throw Error(ErrorCode::kUnsupported, kDeviceComponent,
                cat("cuda:", index, " is not there: the driver shows ", count,
                    " device(s); try --device ", count > 0 ? "cuda:0" : "cpu"));
  }
  return {at::kCUDA, static_cast<c10::DeviceIndex>(index)};
}

at::Device automatic_device() {
  if (!has_cuda_driver()) return at::kCPU;
  try {
    return cuda_device(0);
  } catch (const Error&) {
    return at::kCPU;
  }
}

/// The value after the first line of /proc/cpuinfo that starts with `key`; "" where there is none.
std::string cpuinfo(std::string_view key) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    const auto colon = line.find(": ");
    if (colon != std::string::npos) return line.substr(colon + 2);
  }
  return {};
}

}  // namespace

at::Device choose_device(std::string_view text) {
  if (text == "auto") return automatic_device();
  if (text == "cpu") return at::kCPU;
  if (text == "cuda") return cuda_device(0);
  if (text.starts_with("cuda:") && text.size() > 5 && text.size() < 9 &&
      std::all_of(text.begin() + 5, text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return cuda_device(std::atoi(std::string(text.substr(5)).c_str()));
  }
  throw Error(ErrorCode::kUsage, kDeviceComponent,
              cat("unknown device: got '", text, "', expected auto, cpu, cuda or cuda:<index>"));
}

void load_cuda() {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  static bool loaded = false;
  if (loaded) return;
  const std::filesystem::path path = libtorch_folder() / "libtorch_cuda.so";
  // Global, so that its kernels find libtorch_cpu's registries; never closed.
  if (dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL) == nullptr) {
    const char* const reason = dlerror();
    throw Error(ErrorCode::kUnsupported, kDeviceComponent,
                cat("CUDA support cannot be loaded: ", reason != nullptr ? reason : path.c_str(),
                    "; install the NVIDIA libraries of this LibTorch beside it, or try --device "
                    "cpu"));
  }
  loaded = true;
}

bool is_out_of_memory(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return true;
  const std::string_view text = error.what();
  for (const std::string_view words :
       {"not enough memory", "out of memory", "can't allocate memory"}) {
    if (text.find(words) != std::string_view::npos) return true;
  }
  return false;
}

int configure_threads(int threads, bool by_rule) {
  if (threads < 0) {
    throw Error(ErrorCode::kUsage, kDeviceComponent,
                cat("threads: got ", threads, ", expected 0 (choose) or more"));
  }
  if (threads == 0) {
    const int cores = at::get_num_threads();
    double load = 0;
    if (by_rule || getloadavg(&load, 1) != 1) load = 0;
    threads = std::max(1, cores - static_cast<int>(std::lround(load)));
  }
  at::set_num_threads(threads);
  return threads;
}

int thread_count() {
  return at::get_num_threads();
}

bool flush_denormals(bool on) {
  return at::globalContext().setFlushDenormal(on);
}

std::string device_name(at::Device device) {
  if (!device.is_cpu()) return device.str();
  const std::string model = cpuinfo("model name");
  return model.empty() ? "cpu" : model;
}

TensorVersions tensor_versions() {
  TensorVersions versions{.libtorch = TORCH_VERSION,
                          .mkl = at::get_mkl_version(),
                          .onednn = at::get_mkldnn_version(),
                          .cpu_capability = at::get_cpu_capability(),
                          .cpu = device_name(at::kCPU),
                          .cpu_flags = {}};
  constexpr std::string_view kFlags[] = {"avx2",        "fma",      "f16c",        "avx_vnni",
                                         "avx512f",     "avx512bw", "avx512_vnni", "avx512_bf16",
                                         "avx512_fp16", "amx_bf16", "amx_tile"};
  std::istringstream words(cpuinfo("flags"));
  for (std::string word; words >> word;) {
    if (std::find(std::begin(kFlags), std::end(kFlags), word) == std::end(kFlags)) continue;
    if (!versions.cpu_flags.empty()) versions.cpu_flags += ' ';
    versions.cpu_flags += word;
  }
  return versions;
}

}  // namespace saddle
