# LibTorch from the unpacked wheel, as imported targets of our own: the wheel's own package file
# wants a CUDA toolkit and links CUDA libraries into a CPU program. Also part of the installed
# package, which makes Saddle::torch again on the machine where it is used.
if(TARGET Saddle::torch)
  return()
endif()
if(NOT SADDLE_TORCH_DIR)
  if(NOT "$ENV{SADDLE_LIBTORCH}" STREQUAL "")
    set(saddle_torch_default "$ENV{SADDLE_LIBTORCH}")
  elseif(NOT saddle_torch_default)
    set(saddle_torch_default "${CMAKE_CURRENT_LIST_DIR}/../.deps/libtorch/torch")
    cmake_path(NORMAL_PATH saddle_torch_default)
  endif()
  # set() does not replace a cached empty value.
  unset(SADDLE_TORCH_DIR CACHE)
  set(SADDLE_TORCH_DIR "${saddle_torch_default}" CACHE PATH
    "The torch/ folder of the unpacked wheel, or an unpacked LibTorch (holds include/ and lib/)")
endif()
foreach(lib torch_cpu c10)
  if(NOT EXISTS "${SADDLE_TORCH_DIR}/lib/lib${lib}.so")
    message(FATAL_ERROR
      "no lib/lib${lib}.so under SADDLE_TORCH_DIR='${SADDLE_TORCH_DIR}'; ./demo and ./check fetch "
      "LibTorch, or give the folder of a LibTorch 2.11 with -DSADDLE_TORCH_DIR=DIR")
  endif()
  add_library(saddle_dep_${lib} SHARED IMPORTED)
  set_target_properties(saddle_dep_${lib} PROPERTIES
    IMPORTED_LOCATION "${SADDLE_TORCH_DIR}/lib/lib${lib}.so")
endforeach()

add_library(saddle_torch INTERFACE IMPORTED)
add_library(Saddle::torch ALIAS saddle_torch)
set_target_properties(saddle_torch PROPERTIES INTERFACE_INCLUDE_DIRECTORIES
  "${SADDLE_TORCH_DIR}/include;${SADDLE_TORCH_DIR}/include/torch/csrc/api/include")
target_link_options(saddle_torch INTERFACE "LINKER:--no-as-needed" "LINKER:--allow-shlib-undefined")
target_link_libraries(saddle_torch INTERFACE saddle_dep_torch_cpu saddle_dep_c10)
target_compile_features(saddle_torch INTERFACE cxx_std_20)
# at::parallel_for is header code: parallel only in files compiled with OpenMP.
target_compile_options(saddle_torch INTERFACE -fopenmp)
target_link_options(saddle_torch INTERFACE -fopenmp)
