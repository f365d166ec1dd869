# librecoscope_cuda.so where a CUDA compiler is found; nothing else needs one, and programs load it only where a driver
# is (docs/decisions/0004-cuda-kernels-that-run-on-the-processor.md). Included where enable_language() may stand.
if(NOT RECOSCOPE_CUDA OR RECOSCOPE_SANITIZE OR RECOSCOPE_FUZZ)
  return()
endif()
if(NOT CMAKE_CUDA_COMPILER)
  find_program(RECOSCOPE_NVCC nvcc HINTS ENV CUDA_PATH ENV CUDA_HOME PATHS /usr/local/cuda PATH_SUFFIXES bin)
  if(RECOSCOPE_NVCC)
    set(CMAKE_CUDA_COMPILER ${RECOSCOPE_NVCC})
  endif()
endif()
# Of CMake's form (90a-real, 75-virtual). Before the language is enabled, so that its check is short, too.
set(CMAKE_CUDA_ARCHITECTURES ${RECOSCOPE_CUDA_ARCHITECTURES})
include(CheckLanguage)
check_language(CUDA)
if(NOT CMAKE_CUDA_COMPILER)
  message(STATUS "No CUDA compiler: building without librecoscope_cuda.so")
  return()
endif()
enable_language(CUDA)
if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION) # CMake 3.25 does not know it of newer compilers
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
  set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
endif()
if(RECOSCOPE_CCACHE)
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
endif()

file(GLOB cuda_sources CONFIGURE_DEPENDS kernels/cuda/*.cu kernels/cuda/*.cuh kernels/cuda/*.h)
add_library(recoscope_cuda SHARED ${cuda_sources})
set_target_properties(recoscope_cuda PROPERTIES CUDA_VISIBILITY_PRESET hidden LINKER_LANGUAGE CXX
  LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
target_include_directories(recoscope_cuda PRIVATE ${CMAKE_SOURCE_DIR})
# Multiplications and additions become one only where the source says so: kernels that share a function agree bit for bit.
target_compile_options(recoscope_cuda PRIVATE -fmad=false -Xcompiler=-Wall,-Wextra,-Wno-unused-parameter)
if(RECOSCOPE_CUDA_ARCHITECTURES MATCHES "90a") # kernels with wgmma and TMA may be chosen (wgmma_choice.h)
  target_compile_definitions(recoscope_cuda PRIVATE RECOSCOPE_CUDA_90A)
endif()
if(RECOSCOPE_WERROR)
  target_compile_options(recoscope_cuda PRIVATE "SHELL:-Werror all-warnings" -Xcompiler=-Werror)
endif()
# The checks of the arguments; only their objects, and nothing of them is seen from outside.
target_link_libraries(recoscope_cuda PRIVATE $<LINK_ONLY:recoscope_kernels>)
target_link_options(recoscope_cuda PRIVATE -Wl,--as-needed -Wl,--exclude-libs,ALL)
