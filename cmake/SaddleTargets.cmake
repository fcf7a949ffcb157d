# Functions that describe one folder of the library, and one test binary, in a few words each.

# A sanitized build is one build: every object of it carries the same flags. Without vptr, null and
# object-size it compiles in five sixths of the time: a null pointer crashes anyway, bounds are the
# address sanitizer's, and there are few casts to a derived class.
if(SADDLE_SANITIZE)
  add_compile_options(-fsanitize=${SADDLE_SANITIZE} -fno-sanitize=vptr,null,object-size
    -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=${SADDLE_SANITIZE})
endif()

function(saddle_warnings target)
  # Designated initialisers leave fields to their defaults on purpose. -Wrestrict of g++ 12 is wrong
  # on "literal" + std::string (GCC bug 105651); Clang minds the value of a fold over comma.
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict> $<$<CXX_COMPILER_ID:Clang>:-Wno-unused-value>)
  if(SADDLE_STRICT)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(SADDLE_SANITIZE)
    # Instrumented std::regex looks uninitialised to g++ 12.
    target_compile_options(${target} PRIVATE
      $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  endif()
endfunction()

# For what runs about once for each time it is compiled: little optimisation, also of the templates
# that it instantiates, or none in a sanitized build.
function(saddle_compile_lightly target)
  if(SADDLE_SANITIZE)
    target_compile_options(${target} PRIVATE -O0)
  elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
    target_compile_options(${target} PRIVATE -O1)
  endif()
endfunction()

# saddle_unity(<target> <list>): where CMAKE_UNITY_BUILD is on, replaces the sources in the list by
# files that include eight of them each. They name their sources relative to the repository, so that
# ccache finds what another clone compiled; CMake's own unity files hold absolute paths.
function(saddle_unity target list)
  set_target_properties(${target} PROPERTIES UNITY_BUILD OFF)
  if(NOT CMAKE_UNITY_BUILD)
    return()
  endif()
  set(units "")
  set(count 0)
  set(text "")
  cmake_path(RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR BASE_DIRECTORY "${PROJECT_SOURCE_DIR}"
    OUTPUT_VARIABLE here)
  foreach(source IN LISTS ${list})
    get_source_file_property(options "${source}" COMPILE_OPTIONS)
    get_source_file_property(alone "${source}" SKIP_UNITY_BUILD_INCLUSION)
    if(options OR alone OR IS_ABSOLUTE "${source}")
      list(APPEND units "${source}")
      continue()
    endif()
    string(APPEND text "#include \"${here}/${source}\"\n")
    math(EXPR count "${count} + 1")
    math(EXPR full "${count} % 8")
    if(full EQUAL 0)
      saddle_unit(${target} ${count} "${text}" units)
      set(text "")
    endif()
  endforeach()
  if(text)
    saddle_unit(${target} ${count} "${text}" units)
  endif()
  set(${list} ${units} PARENT_SCOPE)
endfunction()

function(saddle_unit target number text list)
  set(unit "${CMAKE_CURRENT_BINARY_DIR}/${target}_${number}.cpp")
  file(CONFIGURE OUTPUT "${unit}" CONTENT "${text}" @ONLY)
  set(${list} ${${list}} "${unit}" PARENT_SCOPE)
endfunction()

# Compiles sources as the object library `object` and puts the objects into the static library
# `library`. Header-only dependencies of the sources stay out of the installed package.
function(saddle_objects object library)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "SOURCES;LINK")
  add_library(${object} OBJECT)
  saddle_unity(${object} arg_SOURCES)
  target_sources(${object} PRIVATE ${arg_SOURCES})
  target_include_directories(${object} PRIVATE "${PROJECT_SOURCE_DIR}")
  target_link_libraries(${object} PRIVATE ${arg_LINK})
  saddle_warnings(${object})
  target_sources(${library} PRIVATE $<TARGET_OBJECTS:${object}>)
  foreach(dependency IN LISTS arg_LINK)
    set(type "")
    if(TARGET ${dependency})
      get_target_property(type ${dependency} TYPE)
    endif()
    if(NOT type STREQUAL "INTERFACE_LIBRARY")
      target_link_libraries(${library} PRIVATE ${dependency})
    endif()
  endforeach()
endfunction()

# saddle_folder(<name> [TORCH] SOURCES a.cpp ... [LINK lib ...] [BASE_SOURCES b.cpp ...]
#               [INTERNAL a.h ...])
# The sources of saddle/<name>: without TORCH they go into saddle_base, with TORCH into the whole
# library, but for BASE_SOURCES: the torch-free files of such a folder, which the launcher needs too.
# Every header of the folder is installed, but for those named INTERNAL.
function(saddle_folder name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "TORCH" "" "SOURCES;LINK;BASE_SOURCES;INTERNAL")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "saddle_folder(${name}): unknown words '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  foreach(header IN LISTS arg_INTERNAL)
    if(NOT EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${header}")
      message(FATAL_ERROR "saddle_folder(${name}): no header '${header}' to keep internal")
    endif()
    set_property(GLOBAL APPEND PROPERTY SADDLE_INTERNAL_HEADERS "saddle/${name}/${header}")
  endforeach()
  if(NOT arg_TORCH)
    saddle_objects(saddle_folder_${name} saddle_base
      SOURCES ${arg_SOURCES} ${arg_BASE_SOURCES} LINK ${arg_LINK})
    return()
  endif()
  if(arg_BASE_SOURCES)
    saddle_objects(saddle_folder_${name}_base saddle_base SOURCES ${arg_BASE_SOURCES} LINK ${arg_LINK})
  endif()
  if(SADDLE_BUILD_ENGINE AND arg_SOURCES)
    saddle_objects(saddle_folder_${name} saddle_engine_lib SOURCES ${arg_SOURCES} LINK ${arg_LINK})
    target_link_libraries(saddle_folder_${name} PRIVATE Saddle::torch)
  endif()
endfunction()

# saddle_test(<name> [TORCH] [BINARY] [SHARDS n] LABELS l ... SOURCES a.cpp ... [LINK lib ...])
# One GoogleTest binary test_<name> and one CTest entry <name> with these labels, because a process
# that links LibTorch costs half a second to start. ./check runs the entries labelled fast.
# BINARY: the tests start the program, so it is built before them. SHARDS: tests of minutes are dealt
# out to n entries, which run side by side.
function(saddle_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "TORCH;BINARY" "SHARDS" "SOURCES;LINK;LABELS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "saddle_test(${name}): unknown words '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  if(arg_TORCH AND NOT SADDLE_BUILD_ENGINE)
    return()
  endif()
  add_executable(test_${name})
  saddle_unity(test_${name} arg_SOURCES)
  target_sources(test_${name} PRIVATE ${arg_SOURCES})
  target_include_directories(test_${name} PRIVATE "${PROJECT_SOURCE_DIR}")
  saddle_warnings(test_${name})
  # g++ 12 is wrong on inlined test bodies: bounds of at::Tensor lists, string comparisons, and
  # fixtures in anonymous namespaces of unity files.
  target_compile_options(test_${name} PRIVATE "$<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds;-Wno-stringop-overread;-Wno-stringop-overflow;-Wno-subobject-linkage>")
  saddle_compile_lightly(test_${name})
  if(arg_TORCH)
    target_link_libraries(test_${name} PRIVATE Saddle::saddle)
  else()
    target_link_libraries(test_${name} PRIVATE Saddle::base)
  endif()
  target_link_libraries(test_${name} PRIVATE saddle_test_support GTest::gtest_main ${arg_LINK})
  if(arg_BINARY)
    foreach(program saddle_launcher saddle_engine)
      if(TARGET ${program})
        add_dependencies(test_${name} ${program})
      endif()
    endforeach()
  endif()
  # Threads that wait for each other are far slower than one where tests run side by side.
  set(environment "OMP_NUM_THREADS=1")
  if(NOT arg_SHARDS)
    add_test(NAME ${name} COMMAND test_${name} --gtest_brief=1)
    set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT 1200
      ENVIRONMENT "${environment}")
    return()
  endif()
  math(EXPR last "${arg_SHARDS} - 1")
  foreach(shard RANGE ${last})
    add_test(NAME ${name}_${shard} COMMAND test_${name} --gtest_brief=1)
    set_tests_properties(${name}_${shard} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT 14400
      ENVIRONMENT "${environment};GTEST_TOTAL_SHARDS=${arg_SHARDS};GTEST_SHARD_INDEX=${shard}")
  endforeach()
endfunction()
