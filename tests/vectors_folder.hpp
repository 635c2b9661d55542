// Where the test vectors lie.
#pragma once

#include <string>

namespace turnpike::test {

// The path of tests/vectors, without a slash at its end.
std::string vectors_folder();

}  // namespace turnpike::test
