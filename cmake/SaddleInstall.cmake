# cmake --install: programs, libraries, public headers, presets and the package Saddle.
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

foreach(folder IN LISTS SADDLE_FOLDERS)
  if(SADDLE_BUILD_ENGINE OR folder IN_LIST SADDLE_TORCH_FREE_FOLDERS)
    install(DIRECTORY "${PROJECT_SOURCE_DIR}/saddle/${folder}"
      DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/saddle" FILES_MATCHING PATTERN "*.h")
  endif()
endforeach()
install(DIRECTORY "${PROJECT_SOURCE_DIR}/presets"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/saddle" FILES_MATCHING PATTERN "*.toml")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/SaddleConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/SaddleConfig.cmake" INSTALL_DESTINATION "${saddle_package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/SaddleConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/SaddleConfig.cmake"
  "${PROJECT_BINARY_DIR}/SaddleConfigVersion.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/SaddleTorch.cmake" "${PROJECT_SOURCE_DIR}/cmake/SaddleZip.cmake"
  DESTINATION "${saddle_package_dir}")
