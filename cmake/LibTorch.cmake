# LibTorch as two imported shared libraries (docs/dependencies.md says why not find_package(Torch)).
set(torch_root ${RECOSCOPE_DEPS}/torch)
add_library(torch_c10 SHARED IMPORTED)
set_target_properties(torch_c10 PROPERTIES IMPORTED_LOCATION ${torch_root}/lib/libc10.so)
add_library(torch_cpu SHARED IMPORTED)
set_target_properties(torch_cpu PROPERTIES
  IMPORTED_LOCATION ${torch_root}/lib/libtorch_cpu.so
  INTERFACE_INCLUDE_DIRECTORIES "${torch_root}/include;${torch_root}/include/torch/csrc/api/include"
  INTERFACE_LINK_LIBRARIES torch_c10
  INTERFACE_LINK_OPTIONS "-Wl,--no-as-needed")
