# The kernel engine: clang compiles the program for BPF, bpftool makes a header of it, libbpf loads it. Without them there is a stub.
include(cmake/newest.cmake)
find_newest(BPF_CLANG clang)
find_program(BPFTOOL NAMES bpftool HINTS /usr/sbin /sbin)
pkg_check_modules(LIBBPF IMPORTED_TARGET libbpf>=1.1)
if(BPF_CLANG AND BPFTOOL AND LIBBPF_FOUND)
  set(bpf_found ON)
else()
  set(bpf_found OFF)
endif()
option(TURNPIKE_KERNEL_ENGINE "Build the kernel engine (clang, bpftool and libbpf 1.1)" ${bpf_found})
if(TURNPIKE_KERNEL_ENGINE AND NOT bpf_found)
  message(FATAL_ERROR "TURNPIKE_KERNEL_ENGINE needs clang (${BPF_CLANG}), bpftool (${BPFTOOL}) and libbpf 1.1 (${LIBBPF_VERSION})")
endif()

set(bpf_flags -target bpf -mcpu=v3 -O2 -g -fno-strict-aliasing -ffile-prefix-map=${CMAKE_SOURCE_DIR}/= -Wall -Wextra)
if(CMAKE_COMPILE_WARNING_AS_ERROR)
  list(APPEND bpf_flags -Werror)
endif()

# bpf_skeleton(skeleton name source depends...): the BPF program of the source, as the C++ header <skeleton>.
function(bpf_skeleton skeleton name source)
  cmake_path(REPLACE_EXTENSION skeleton LAST_ONLY o OUTPUT_VARIABLE object)
  add_custom_command(
    OUTPUT ${skeleton}
    COMMAND ${BPF_CLANG} ${bpf_flags} -I/usr/include/${CMAKE_LIBRARY_ARCHITECTURE} -c ${source} -o ${object}
    COMMAND ${BPFTOOL} gen skeleton ${object} name ${name} > ${skeleton}
    DEPENDS ${source} ${ARGN}
    VERBATIM)
endfunction()

set(kernel_sources_with_bpf ${CMAKE_SOURCE_DIR}/src/kernel/program.cpp ${CMAKE_SOURCE_DIR}/src/kernel/attachment.cpp)
set(kernel_sources_without ${CMAKE_SOURCE_DIR}/src/kernel/program_stub.cpp)

# turnpike_kernel_program(target): the skeleton, as "turnpike.skel.h" for the sources of the target.
function(turnpike_kernel_program target)
  if(NOT TURNPIKE_KERNEL_ENGINE)
    message(STATUS "Without the kernel engine (clang: ${BPF_CLANG}, bpftool: ${BPFTOOL}, libbpf: ${LIBBPF_VERSION})")
    set_source_files_properties(${kernel_sources_with_bpf} PROPERTIES HEADER_FILE_ONLY ON)
    return()
  endif()
  set_source_files_properties(${kernel_sources_without} PROPERTIES HEADER_FILE_ONLY ON)
  set(folder ${CMAKE_BINARY_DIR}/bpf)
  file(MAKE_DIRECTORY ${folder})
  file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/kernel/*.h)
  bpf_skeleton(${folder}/turnpike.skel.h turnpike_bpf ${CMAKE_SOURCE_DIR}/src/kernel/turnpike.bpf.c ${headers})
  target_sources(${target} PRIVATE ${folder}/turnpike.skel.h)
  target_include_directories(${target} SYSTEM PRIVATE ${folder})
  target_link_libraries(${target} PUBLIC PkgConfig::LIBBPF)
  target_compile_definitions(${target} PUBLIC TURNPIKE_KERNEL_ENGINE)
endfunction()
