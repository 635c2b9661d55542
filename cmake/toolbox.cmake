# Compiler settings that every target shares, and the function that makes a module of a folder.

add_library(turnpike_flags INTERFACE)
target_compile_options(turnpike_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 takes the value of an empty std::optional for a read of uninitialised memory.
  target_compile_options(turnpike_flags INTERFACE -Wno-maybe-uninitialized)
endif()
target_include_directories(turnpike_flags INTERFACE ${CMAKE_SOURCE_DIR}/include)
if(TURNPIKE_SANITIZE)
  target_compile_options(turnpike_flags INTERFACE -fsanitize=${TURNPIKE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(turnpike_flags INTERFACE -fsanitize=${TURNPIKE_SANITIZE})
  if(TURNPIKE_SANITIZE MATCHES thread)  # which does not understand the fence that Asio puts around foreign code
    target_compile_definitions(turnpike_flags INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
    target_link_options(turnpike_flags INTERFACE $<$<CXX_COMPILER_ID:Clang>:-fno-sanitize-link-c++-runtime>)  # the tests have operator new
  endif()
endif()

find_program(MOLD mold)
if(MOLD AND NOT TURNPIKE_FUZZ)
  add_link_options(-fuse-ld=mold)
endif()
find_program(CCACHE ccache)
if(CCACHE)
  # depend_mode: what is not cached is read once and not twice. sloppiness: what uses a precompiled header is cached as well.
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_DEPEND=1 CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()

# Clang takes from a precompiled header what a source uses, so that one with all that is heavy halves what a build costs; GCC reads the whole of it each
# time, which costs more than it saves. Whether a source includes what it needs is what builds with GCC show.
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  set(heavy_headers <algorithm> <chrono> <functional> <map> <memory> <optional> <set> <span> <string> <unordered_map> <vector>
      <boost/asio.hpp> <boost/beast.hpp> <boost/system/result.hpp> <boost/unordered/unordered_flat_map.hpp> <fmt/format.h>)
  target_compile_definitions(turnpike_flags INTERFACE BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION)  # all users of it agree
  # What a library allows itself by a pragma is forgotten where it comes from a precompiled header.
  target_compile_options(turnpike_flags INTERFACE -Wno-deprecated-declarations)
endif()

# turnpike_module(name dependency...): src/<name>/*.cpp as the static library turnpike_<name>. A source includes its own header first (tests/tidy), so
# what no source shows to stand alone is headers without one: these are a header set, which all_verify_interface_header_sets compiles one by one.
function(turnpike_module name)
  set(include ${CMAKE_SOURCE_DIR}/include)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cpp)
  file(GLOB headers CONFIGURE_DEPENDS ${include}/turnpike/${name}/*.hpp)
  foreach(source ${sources})
    cmake_path(GET source STEM stem)
    list(REMOVE_ITEM headers ${include}/turnpike/${name}/${stem}.hpp)
  endforeach()
  add_library(turnpike_${name} STATIC ${sources})
  target_sources(turnpike_${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${include} FILES ${headers})
  target_link_libraries(turnpike_${name} PUBLIC turnpike_flags ${ARGN})
  if(heavy_headers AND name STREQUAL "base")
    target_precompile_headers(turnpike_base PRIVATE ${heavy_headers})
    target_link_libraries(turnpike_base INTERFACE turnpike_net)  # whose asio.cpp everything wants that has read Asio's headers
  elseif(heavy_headers)
    target_precompile_headers(turnpike_${name} REUSE_FROM turnpike_base)
  endif()
endfunction()
