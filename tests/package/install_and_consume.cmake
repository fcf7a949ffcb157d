# BUILD: the built tree; SOURCE: the consumer; WORK: a folder of our own.
file(REMOVE_RECURSE "${WORK}")
set(prefix "${WORK}/prefix")

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
endfunction()

run("install" "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${prefix}")
run("configuring the consumer" "${CMAKE_COMMAND}" -G Ninja -S "${SOURCE}" -B "${WORK}/consumer"
  "-DCMAKE_PREFIX_PATH=${prefix}" "-DCMAKE_CXX_COMPILER=${COMPILER}"
  "-DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}" -DCMAKE_BUILD_TYPE=Release)
run("building the consumer" "${CMAKE_COMMAND}" --build "${WORK}/consumer")

# Hinge: mean(max(0, 1 - r)) + mean(max(0, 1 + f)) = 0.25 + 0.5, and -mean(f) = 1.5.
run("losses" "${WORK}/consumer/losses")
expect("losses" "^discriminator 0.750, generator 1.500\n$")
run("schedule" "${WORK}/consumer/schedule")
expect("schedule" "^0% 0.001000\n25% 0.000854\n50% 0.000500\n75% 0.000146\n100% 0.000000\n$")

# The installed program finds its engine, its presets and LibTorch from where it stands.
run("presets" "${prefix}/bin/saddle" presets)
expect("presets" "mnist")
foreach(page man/man1/saddle.1 bash-completion/completions/saddle zsh/site-functions/_saddle
    fish/vendor_completions.d/saddle.fish)
  file(READ "${prefix}/share/${page}" out)
  expect("share/${page}" "saddle")
endforeach()
run("version" "${prefix}/bin/saddle" --version)
expect("version" "[0-9]+\\.[0-9]+\\.[0-9]+")
run("sample --help" "${prefix}/bin/saddle-engine" sample --help)
file(REMOVE_RECURSE "${WORK}")
