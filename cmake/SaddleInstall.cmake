# cmake --install: programs, libraries, public headers, presets, the manual page, what completes the
# program's words in shells, and the package Saddle.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(saddle_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/Saddle")
set(saddle_libraries saddle_base)
if(SADDLE_BUILD_ENGINE)
  list(APPEND saddle_libraries saddle_engine_lib)
endif()
install(TARGETS ${saddle_libraries} EXPORT SaddleTargets ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(EXPORT SaddleTargets NAMESPACE Saddle:: DESTINATION "${saddle_package_dir}")

foreach(program saddle_launcher saddle_engine)
  if(TARGET ${program})
    # The engine goes on using the LibTorch it was linked with, where that lies.
    if(program STREQUAL "saddle_engine")
      set_target_properties(${program} PROPERTIES INSTALL_RPATH "${SADDLE_TORCH_DIR}/lib")
    endif()
    install(TARGETS ${program} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
  endif()
endforeach()

get_property(saddle_internal GLOBAL PROPERTY SADDLE_INTERNAL_HEADERS)
foreach(folder IN LISTS SADDLE_FOLDERS)
  if(SADDLE_BUILD_ENGINE OR folder IN_LIST SADDLE_TORCH_FREE_FOLDERS)
    set(saddle_left_out "")
    foreach(header IN LISTS saddle_internal)
      if(header MATCHES "^saddle/${folder}/(.*)$")
        list(APPEND saddle_left_out PATTERN "${CMAKE_MATCH_1}" EXCLUDE)
      endif()
    endforeach()
    install(DIRECTORY "${PROJECT_SOURCE_DIR}/saddle/${folder}"
      DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/saddle"
      FILES_MATCHING PATTERN "*.h" ${saddle_left_out})
  endif()
endforeach()
install(DIRECTORY "${PROJECT_SOURCE_DIR}/presets"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/saddle" FILES_MATCHING PATTERN "*.toml")
# saddle_install_words(<folder> <file> <word>...): installs what the program prints for these words.
function(saddle_install_words folder file)
  install(CODE "execute_process(COMMAND \"$<TARGET_FILE:saddle_launcher>\" ${ARGN}
    OUTPUT_FILE \"${PROJECT_BINARY_DIR}/printed/${file}\" COMMAND_ERROR_IS_FATAL ANY)")
  install(FILES "${PROJECT_BINARY_DIR}/printed/${file}" DESTINATION "${folder}")
endfunction()
file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/printed")
set(share "${CMAKE_INSTALL_DATADIR}")
saddle_install_words("${CMAKE_INSTALL_MANDIR}/man1" saddle.1 docs man)
saddle_install_words("${share}/bash-completion/completions" saddle completion bash)
saddle_install_words("${share}/zsh/site-functions" _saddle completion zsh)
saddle_install_words("${share}/fish/vendor_completions.d" saddle.fish completion fish)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/SaddleConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/SaddleConfig.cmake" INSTALL_DESTINATION "${saddle_package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/SaddleConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/SaddleConfig.cmake"
  "${PROJECT_BINARY_DIR}/SaddleConfigVersion.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/FindLibExif.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/FindTurboJPEG.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/SaddleTorch.cmake" "${PROJECT_SOURCE_DIR}/cmake/SaddleZip.cmake"
  DESTINATION "${saddle_package_dir}")
