# librecoscope_parquet.so where RECOSCOPE_ARROW holds libparquet and libarrow of a pyarrow wheel; programs load it when
# they open their first Parquet file (docs/decisions/0005-parquet-from-a-wheel.md).
if(NOT RECOSCOPE_ARROW)
  message(STATUS "No RECOSCOPE_ARROW: building without librecoscope_parquet.so")
  return()
endif()
file(GLOB arrow_library ${RECOSCOPE_ARROW}/pyarrow/libarrow.so.*)
file(GLOB parquet_library ${RECOSCOPE_ARROW}/pyarrow/libparquet.so.*)
if(NOT arrow_library OR NOT parquet_library)
  message(FATAL_ERROR "RECOSCOPE_ARROW has no pyarrow/libparquet: pass what scripts/fetch_dependencies.sh --parquet prints, or nothing")
endif()
add_library(arrow_shared SHARED IMPORTED GLOBAL)
set_target_properties(arrow_shared PROPERTIES IMPORTED_LOCATION ${arrow_library})
add_library(parquet_shared SHARED IMPORTED GLOBAL)
set_target_properties(parquet_shared PROPERTIES
  IMPORTED_LOCATION ${parquet_library}
  INTERFACE_INCLUDE_DIRECTORIES ${RECOSCOPE_ARROW}/pyarrow/include
  INTERFACE_LINK_LIBRARIES arrow_shared)

# Without the options of the sanitizers: what it calls is not instrumented either.
add_library(recoscope_parquet SHARED data/parquet/library.cpp)
set_target_properties(recoscope_parquet PROPERTIES CXX_VISIBILITY_PRESET hidden LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
target_include_directories(recoscope_parquet PRIVATE ${CMAKE_SOURCE_DIR})
target_compile_options(recoscope_parquet PRIVATE -Wall -Wextra -Wno-unused-parameter $<$<BOOL:${RECOSCOPE_WERROR}>:-Werror>)
target_link_libraries(recoscope_parquet PRIVATE parquet_shared)
