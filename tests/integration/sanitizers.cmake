# The programs of the sanitizer builds as tests of this build, so that one ctest run covers them all; scripts/test builds them first.
get_property(TURNPIKE_ASAN_TESTS DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/.. PROPERTY BUILDSYSTEM_TARGETS)
list(FILTER TURNPIKE_ASAN_TESTS INCLUDE REGEX "_test$")
set(TURNPIKE_TSAN_TESTS net_test app_test)  # what has threads

foreach(sanitizer asan tsan)
  string(TOUPPER ${sanitizer} SANITIZER)
  foreach(test ${TURNPIKE_${SANITIZER}_TESTS})
    add_test(NAME ${sanitizer}/${test} COMMAND ${CMAKE_SOURCE_DIR}/build/${sanitizer}/bin/${test} --gtest_brief=1)
    set_tests_properties(${sanitizer}/${test} PROPERTIES LABELS ${sanitizer} TIMEOUT 300)
  endforeach()
endforeach()
