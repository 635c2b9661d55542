// The files of tests/vectors that hold keys and credentials.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "turnpike/base/bytes.hpp"
#include "vectors_folder.hpp"

namespace turnpike::auth {

inline std::string read_vectors(const std::string& file) {
  std::ifstream in(test::vectors_folder() + "/" + file);
  EXPECT_TRUE(in) << file;
  return {std::istreambuf_iterator<char>(in), {}};
}

inline boost::json::value livekit_vectors() { return boost::json::parse(read_vectors("livekit.json")); }

// The value of a line `name = value` of keys.txt.
inline std::string known_key(std::string_view name) {
  const std::string keys = read_vectors("keys.txt");
  const std::string label = "\n" + std::string(name) + " = ";
  const std::size_t at = keys.find(label);
  EXPECT_NE(at, std::string::npos) << name;
  if (at == std::string::npos) return {};
  const auto first = keys.begin() + static_cast<std::ptrdiff_t>(at + label.size());
  return {first, std::find_if(first, keys.end(), [](char c) { return c == ' ' || c == '\n'; })};
}

inline std::string to_hex(Bytes bytes) {
  std::string hex;
  for (const std::uint8_t byte : bytes) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

}  // namespace turnpike::auth
