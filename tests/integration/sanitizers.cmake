# The programs of the sanitizer builds as tests of this build, so that one ctest run covers them all; scripts/test builds them first.
set(TURNPIKE_ASAN_TESTS base stun relay turn client auth net app rfc sim)
set(TURNPIKE_TSAN_TESTS net app)  # what has threads
set(TSAN_ENVIRONMENT TSAN_OPTIONS=suppressions=${CMAKE_CURRENT_SOURCE_DIR}/tsan.supp)

foreach(sanitizer asan tsan)
  string(TOUPPER ${sanitizer} SANITIZER)
  foreach(test ${TURNPIKE_${SANITIZER}_TESTS})
    if(TARGET ${test}_test)
      add_test(NAME ${sanitizer}/${test} COMMAND ${CMAKE_SOURCE_DIR}/build/${sanitizer}/bin/${test}_test --gtest_brief=1)
      set_tests_properties(${sanitizer}/${test} PROPERTIES LABELS ${sanitizer} TIMEOUT 300 ENVIRONMENT "${TSAN_ENVIRONMENT}")
    endif()
  endforeach()
endforeach()
