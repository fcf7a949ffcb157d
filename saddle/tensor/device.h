#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

namespace saddle {

/// The device that "auto", "cpu", "cuda" or "cuda:<index>" means here; "auto" is the first GPU
/// where one can be used, else the CPU. Loads CUDA when needed, so call it before other tensor
/// work. Throws Error(kUsage) for other words, Error(kUnsupported) when the GPU is not there.
at::Device choose_device(std::string_view text);

/// Loads libtorch_cuda.so from the folder of the LibTorch in use; nothing when already loaded.
/// Throws Error(kUnsupported) with the loader's text when a library is missing.
void load_cuda();

/// Threads for tensor work from now on; 0 chooses: all cores that are idle, 1 on a busy machine,
/// where threads that wait for each other are far slower than one; all cores where `by_rule`.
/// Returns the number set. Call once, before tensor work: results are bit-exact only for one count.
int configure_threads(int threads, bool by_rule = false);
int thread_count();

/// Treats denormal numbers as 0 in this thread and in those started later; set it for a whole run
/// or never. False where the CPU cannot.
bool flush_denormals(bool on);

/// Whether an exception says that memory ran out, on the CPU or a GPU.
bool is_out_of_memory(const std::exception& error);

/// "AMD EPYC 7B13" or "cuda:0", for manifests and reports.
std::string device_name(at::Device device);

/// What decides numbers and speed besides the program itself.
struct TensorVersions {
  std::string libtorch;        ///< "2.11.0+cu130"
  std::string mkl;             ///< as the library says it
  std::string onednn;          ///< as the library says it
  std::string cpu_capability;  ///< "AVX2", "AVX512", ...: kernels that LibTorch chooses
  std::string cpu;             ///< model name
  std::string cpu_flags;       ///< those that matter: "avx2 fma avx512f avx512_bf16 amx_bf16"
};
TensorVersions tensor_versions();

}  // namespace saddle
