# Files as arrays of C++, so that the program needs none of them when it runs: `cmake -DFOLDER=... -DOUTPUT=... -P embed.cmake`.

# turnpike_embed(target folder header): every file of the folder as a row of the header's kEmbedded, in the order of their names.
function(turnpike_embed target folder header)
  file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*)
  set(output ${CMAKE_BINARY_DIR}/embedded/${header})
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${CMAKE_SOURCE_DIR}/${folder} -DOUTPUT=${output} -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
  target_include_directories(${target} PRIVATE ${CMAKE_BINARY_DIR}/embedded)
endfunction()

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  file(GLOB files ${FOLDER}/*)
  list(SORT files)
  set(arrays "")
  set(rows "")
  foreach(file ${files})
    cmake_path(GET file FILENAME name)
    string(MAKE_C_IDENTIFIER ${name} identifier)
    file(READ ${file} bytes HEX)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
    string(APPEND arrays "constexpr unsigned char k_${identifier}[] = {${bytes}0};\n")
    string(APPEND rows "    {\"${name}\", {reinterpret_cast<const char*>(k_${identifier}), sizeof k_${identifier} - 1}},\n")
  endforeach()
  file(WRITE ${OUTPUT} "// Made by cmake/embed.cmake.\n${arrays}const Embedded kEmbedded[] = {\n${rows}};\n")
endif()
