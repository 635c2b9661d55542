# find_newest(variable name): the program name-N of the highest N, as Debian names compilers, or the one without a number.
function(find_newest variable name)
  file(GLOB numbered RELATIVE /usr/bin /usr/bin/${name}-[0-9]*)
  list(SORT numbered COMPARE NATURAL ORDER DESCENDING)
  find_program(${variable} NAMES ${numbered} ${name})
endfunction()
