# libzip as the imported target Saddle::zip. Debian's own package file wants the programs zipcmp,
# zipmerge and ziptool, which libzip-dev does not install. Also part of the installed package.
if(TARGET Saddle::zip)
  return()
endif()
find_path(SADDLE_ZIP_INCLUDE_DIR zip.h)
find_library(SADDLE_ZIP_LIBRARY zip)
mark_as_advanced(SADDLE_ZIP_INCLUDE_DIR SADDLE_ZIP_LIBRARY)
if(NOT SADDLE_ZIP_INCLUDE_DIR OR NOT SADDLE_ZIP_LIBRARY)
  message(FATAL_ERROR "no libzip (zip.h and its library); install libzip-dev, or name its folder in "
    "CMAKE_PREFIX_PATH")
endif()
add_library(Saddle::zip UNKNOWN IMPORTED)
set_target_properties(Saddle::zip PROPERTIES IMPORTED_LOCATION "${SADDLE_ZIP_LIBRARY}"
  INTERFACE_INCLUDE_DIRECTORIES "${SADDLE_ZIP_INCLUDE_DIR}")
