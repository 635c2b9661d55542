// Reads tests/vectors/*.hex: `# key: value` header lines, then the bytes in hex.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "vectors_folder.hpp"

namespace turnpike::test {

struct Vector {
  std::map<std::string, std::string> header;
  std::vector<std::uint8_t> bytes;
};

inline std::vector<std::uint8_t> from_hex(const std::string& text) {
  std::vector<std::uint8_t> bytes;
  std::string digits;
  for (const char c : text) {
    if (std::isxdigit(static_cast<unsigned char>(c))) digits += c;
    if (digits.size() == 2) {
      bytes.push_back(static_cast<std::uint8_t>(std::stoi(digits, nullptr, 16)));
      digits.clear();
    }
  }
  return bytes;
}

inline Vector load_vector(const std::string& name) {
  std::ifstream file(vectors_folder() + "/" + name + ".hex");
  EXPECT_TRUE(file) << "no vector " << name;
  Vector vector;
  std::string hex;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("# ")) {
      hex += line;
    } else if (const auto colon = line.find(": "); colon != std::string::npos) {
      vector.header[line.substr(2, colon - 2)] = line.substr(colon + 2);
    }
  }
  vector.bytes = from_hex(hex);
  return vector;
}

}  // namespace turnpike::test
