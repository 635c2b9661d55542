# Manual pages and completions of both programs, made of what these say with --help (packaging/documentation.py).
find_package(Python3 3.9 COMPONENTS Interpreter)
if(NOT Python3_FOUND)
  return()
endif()

set(documentation ${CMAKE_BINARY_DIR}/documentation)
file(GLOB writers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/packaging/*.py)
add_custom_command(
  OUTPUT ${documentation}/stamp
  COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_SOURCE_DIR}/packaging/documentation.py --server $<TARGET_FILE:turnpike>
          --bench $<TARGET_FILE:turnpike-bench> --version ${PROJECT_VERSION} ${documentation}
  COMMAND ${CMAKE_COMMAND} -E touch ${documentation}/stamp
  DEPENDS turnpike turnpike-bench ${writers} ${CMAKE_SOURCE_DIR}/README.md ${CMAKE_SOURCE_DIR}/docs/operating.md
          ${CMAKE_SOURCE_DIR}/conf/turnpike.yaml
  VERBATIM)
add_custom_target(documentation DEPENDS ${documentation}/stamp)

# install_documentation(component program page...): where the program's pages and completions belong, if they have been made.
function(install_documentation component program)
  foreach(page ${ARGN})
    string(REGEX MATCH "[0-9]$" section ${page})
    install(FILES ${documentation}/man${section}/${page}.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section} COMPONENT ${component} OPTIONAL)
  endforeach()
  set(data ${CMAKE_INSTALL_DATADIR})
  install(FILES ${documentation}/bash/${program} DESTINATION ${data}/bash-completion/completions COMPONENT ${component} OPTIONAL)
  install(FILES ${documentation}/zsh/_${program} DESTINATION ${data}/zsh/vendor-completions COMPONENT ${component} OPTIONAL)
  install(FILES ${documentation}/fish/${program}.fish DESTINATION ${data}/fish/vendor_completions.d COMPONENT ${component} OPTIONAL)
endfunction()
install_documentation(server turnpike turnpike.8 turnpike.yaml.5)
install_documentation(bench turnpike-bench turnpike-bench.1)
