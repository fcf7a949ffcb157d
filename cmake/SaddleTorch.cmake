# LibTorch from the unpacked wheel, as imported targets of our own: the wheel's own package file
# wants a CUDA toolkit and links CUDA libraries into a CPU program.
set(SADDLE_TORCH_DIR "$ENV{SADDLE_LIBTORCH}" CACHE PATH
  "The torch/ folder of the unpacked wheel, or an unpacked LibTorch (holds include/ and lib/)")
foreach(lib torch_cpu c10)
  if(NOT EXISTS "${SADDLE_TORCH_DIR}/lib/lib${lib}.so")
    message(FATAL_ERROR
      "no lib${lib}.so under SADDLE_TORCH_DIR='${SADDLE_TORCH_DIR}'; run ./demo, which fetches it, "
      "or give the folder of a LibTorch 2.11 with -DSADDLE_TORCH_DIR=DIR")
  endif()
  add_library(saddle_dep_${lib} SHARED IMPORTED)
  set_target_properties(saddle_dep_${lib} PROPERTIES
    IMPORTED_LOCATION "${SADDLE_TORCH_DIR}/lib/lib${lib}.so")
endforeach()

add_library(saddle_torch INTERFACE)
add_library(Saddle::torch ALIAS saddle_torch)
target_include_directories(saddle_torch SYSTEM INTERFACE
  "${SADDLE_TORCH_DIR}/include" "${SADDLE_TORCH_DIR}/include/torch/csrc/api/include")
target_link_options(saddle_torch INTERFACE "LINKER:--no-as-needed" "LINKER:--allow-shlib-undefined")
target_link_libraries(saddle_torch INTERFACE saddle_dep_torch_cpu saddle_dep_c10)
target_compile_features(saddle_torch INTERFACE cxx_std_20)
# at::parallel_for is header code: parallel only in files compiled with OpenMP.
target_compile_options(saddle_torch INTERFACE -fopenmp)
target_link_options(saddle_torch INTERFACE -fopenmp)
