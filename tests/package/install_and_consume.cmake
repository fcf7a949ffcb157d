# Installs a built tree and uses it as others would: its headers, the examples, its programs.
# BUILD: the built tree; SOURCE: the repository; WORK: a folder of our own; INTERNAL: headers that
# must not be installed, with commas.
file(REMOVE_RECURSE "${WORK}")
set(prefix "${WORK}/prefix")
set(ENV{OMP_NUM_THREADS} 1)
string(REPLACE "," ";" internal "${INTERNAL}")
# Paths count from our folder, so that ccache finds what another build compiled.
string(REGEX REPLACE "CCACHE_BASEDIR=[^;]*" "CCACHE_BASEDIR=${WORK}" launcher "${LAUNCHER}")
set(ENV{CMAKE_CXX_COMPILER_LAUNCHER} "${launcher}")

function(run what)
  execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE out ERROR_VARIABLE out RESULT_VARIABLE code)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${what} failed (${code}):\n${out}")
  endif()
  set(out "${out}" PARENT_SCOPE)
endfunction()

function(expect what pattern)
  if(NOT out MATCHES "${pattern}")
    message(FATAL_ERROR "${what}: got '${out}', expected a match of '${pattern}'")
  endif()
  set(CMAKE_MATCH_1 "${CMAKE_MATCH_1}" PARENT_SCOPE)
  set(CMAKE_MATCH_2 "${CMAKE_MATCH_2}" PARENT_SCOPE)
  set(CMAKE_MATCH_3 "${CMAKE_MATCH_3}" PARENT_SCOPE)
endfunction()

# expect_less(<what> <a> <share> <b>): a < share * b, numbers of up to three decimals.
function(expect_less what a share b)
  foreach(number a share b)
    if(NOT "${${number}}" MATCHES "^([0-9]+)\\.?([0-9]*)$")
      message(FATAL_ERROR "${what}: got '${${number}}', expected a number")
    endif()
    string(SUBSTRING "${CMAKE_MATCH_2}000" 0 3 decimals)
    math(EXPR ${number} "${CMAKE_MATCH_1} * 1000 + 1${decimals} - 1000")
  endforeach()
  math(EXPR left "${a} * 1000")
  math(EXPR right "${share} * ${b}")
  if(NOT left LESS right)
    message(FATAL_ERROR "${what}: got ${a}, expected less than ${share} * ${b} (thousandths):\n${out}")
  endif()
endfunction()

function(build what source)
  run("configuring ${what}" "${CMAKE_COMMAND}" -G Ninja -S "${source}" -B "${WORK}/${what}"
    "-DCMAKE_PREFIX_PATH=${prefix}" "-DCMAKE_CXX_COMPILER=${COMPILER}"
    "-DCMAKE_BUILD_TYPE=${ARGN}")
  set(out "${out}" PARENT_SCOPE)
  run("building ${what}" "${CMAKE_COMMAND}" --build "${WORK}/${what}")
endfunction()

run("install" "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${prefix}")

# Public headers, all of them and no others.
file(GLOB_RECURSE wanted RELATIVE "${SOURCE}" "${SOURCE}/saddle/*.h")
list(REMOVE_ITEM wanted ${internal})
file(GLOB_RECURSE installed RELATIVE "${prefix}/include" "${prefix}/include/*")
list(SORT wanted)
list(SORT installed)
if(NOT "${wanted}" STREQUAL "${installed}")
  message(FATAL_ERROR "installed headers: got ${installed}, expected ${wanted}")
endif()
build(headers "${SOURCE}/tests/package/headers" Debug)
expect("headers" "headers: [1-9][0-9]+ free of LibTorch, [1-9][0-9]+ with it")

build(examples "${SOURCE}/examples" Release)
set(bin "${WORK}/examples")
set(number "([0-9]+\\.[0-9]+)")

run("schedule" "${bin}/schedule")
expect("schedule" "^0% 0.001000\n25% 0.000854\n50% 0.000500\n75% 0.000146\n100% 0.000000\n$")

# A generator that was not trained sits at the origin, between the modes.
run("custom_objective" "${bin}/custom_objective")
expect("custom_objective" "untrained: modes 0\\.00 .*\nuntrained: high_quality 0\\.00")
expect("custom_objective" "\ntrained: modes 8\\.00 \\(real points 8\\.00, ")
expect("custom_objective" "\ntrained: high_quality ${number} \\(real points ${number}")
expect_less("high quality of a Gaussian fit" 0.600 1 "${CMAKE_MATCH_1}")

run("train_on_arrays" "${bin}/train_on_arrays" "${WORK}/arrays" 150k)
expect("train_on_arrays" "data: own, 2-D, 4,000 samples\n")
expect("shares" "on the left: 0\\.(6[0-9]|7[0-9]) of the samples")
expect("sliced_w2" "sliced_w2 ${number} \\(more real rows ${number}, one Gaussian ${number}\\)")
expect_less("sliced_w2" "${CMAKE_MATCH_1}" 0.5 "${CMAKE_MATCH_3}")
expect("fingerprint" "data (sha256:[0-9a-f]+)\n")
file(READ "${WORK}/arrays/manifest.json" manifest)
string(JSON fingerprint GET "${manifest}" data fingerprint)
if(NOT fingerprint STREQUAL CMAKE_MATCH_1)
  message(FATAL_ERROR "manifest: got fingerprint ${fingerprint}, expected ${CMAKE_MATCH_1}")
endif()
run("train_on_arrays, again" "${bin}/train_on_arrays" "${WORK}/arrays" 160k)
expect("train_on_arrays, again" "resumed at 150,016 samples")

run("custom_source" "${bin}/custom_source" "${WORK}/gradients")
expect("custom_source" " 12800 samples: discriminator's loss ${number}, ")
expect("custom_source" "\n512 images of 3 x 16 x 16\n")
expect("distance" "untrained ${number}, trained ${number}, more real images ${number}")
expect_less("distance" "${CMAKE_MATCH_2}" 0.6 "${CMAKE_MATCH_1}")

# Frames at a rate that a machine under load can be late for, but that is never exceeded.
file(COPY "${WORK}/gradients/config.toml"
  "${WORK}/gradients/checkpoints/000000012800/generator.safetensors" DESTINATION "${WORK}/brought")
set(a_run "${WORK}/gradients")
set(two_files "${WORK}/brought/config.toml" "${WORK}/brought/generator.safetensors")
foreach(words a_run two_files)
  run("game_loop" "${bin}/game_loop" ${${words}})
  expect("game_loop" "frames of shape 3 16 16, latent of 16\n")
  expect("game_loop" "120 frames in ${number} s: ${number} a second, latency ${number} ms")
  expect_less("frame rate" "${CMAKE_MATCH_2}" 1 60.1)
  expect("game_loop" "at most ${number} a frame .*around the circle by 0\\.0000\n")
  expect_less("change from frame to frame" "${CMAKE_MATCH_1}" 1 0.1)
  expect_less("no change at all" 0 1 "${CMAKE_MATCH_1}")
endforeach()

# The installed program finds its engine, its presets and LibTorch from where it stands, samples a
# run of an example, and says why it cannot go on with one.
run("presets" "${prefix}/bin/saddle" presets)
expect("presets" "mnist")
foreach(page man/man1/saddle.1 bash-completion/completions/saddle zsh/site-functions/_saddle
    fish/vendor_completions.d/saddle.fish)
  file(READ "${prefix}/share/${page}" out)
  expect("share/${page}" "saddle")
endforeach()
run("version" "${prefix}/bin/saddle" --version)
expect("version" "[0-9]+\\.[0-9]+\\.[0-9]+")
run("sample" "${prefix}/bin/saddle" sample "${WORK}/gradients" -n 16)
expect("sample" "\\.png\n$")
execute_process(COMMAND "${prefix}/bin/saddle" train --resume "${WORK}/gradients"
  ERROR_VARIABLE out OUTPUT_QUIET RESULT_VARIABLE code)
if(NOT code EQUAL 2)
  message(FATAL_ERROR "resuming a program's run: got exit code ${code}, expected 2:\n${out}")
endif()
expect("resuming a program's run" "data.name = .own. stands for samples that a program hands in")
file(REMOVE_RECURSE "${WORK}")
