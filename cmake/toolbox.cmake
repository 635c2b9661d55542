# Compiler settings that every target shares, and the function that makes a module of a folder.

add_library(turnpike_flags INTERFACE)
target_compile_options(turnpike_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror)
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
  endif()
endif()

find_program(MOLD mold)
if(MOLD AND NOT TURNPIKE_FUZZ)
  add_link_options(-fuse-ld=mold)
endif()
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

# turnpike_module(name dependency...): src/<name>/*.cpp as the static library turnpike_<name>.
function(turnpike_module name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cpp)
  if(sources)
    add_library(turnpike_${name} STATIC ${sources})
    target_link_libraries(turnpike_${name} PUBLIC turnpike_flags ${ARGN})
  else()
    add_library(turnpike_${name} INTERFACE)
    target_link_libraries(turnpike_${name} INTERFACE turnpike_flags ${ARGN})
  endif()
endfunction()
