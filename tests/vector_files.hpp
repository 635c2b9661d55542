// Which vectors there are in tests/vectors, how each is keyed, and the values of keys.txt.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "turnpike/base/bytes.hpp"
#include "turnpike/stun/integrity.hpp"
#include "vectors.hpp"

namespace turnpike::test {

// Names for load_vector(), sorted; `kind` as in tests/vectors/README.md, "" for all.
inline std::vector<std::string> vector_names(const std::string& kind = "") {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(vectors_folder())) {
    const std::string name = file.path().stem().string();
    if (file.path().extension() == ".hex" && (kind.empty() || load_vector(name).header["kind"] == kind))
      names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

inline std::string username_of(Vector& vector) {
  const auto hex = vector.header.find("username-hex");
  return hex == vector.header.end() ? vector.header["username"] : std::string(as_text(from_hex(hex->second)));
}

// The HMAC key of a vector that names one: long-term, or the password itself.
inline std::vector<std::uint8_t> key_of(Vector vector) {
  const std::string kind = vector.header["key"];
  const std::string password = vector.header["password"];
  if (!kind.starts_with("long-term")) return {password.begin(), password.end()};
  const auto algorithm =
      kind == "long-term MD5" ? stun::PasswordAlgorithm::md5 : stun::PasswordAlgorithm::sha256;
  const auto key = stun::long_term_key(algorithm, username_of(vector), vector.header["realm"], password);
  return {key.view().begin(), key.view().end()};
}

// The bytes that keys.txt gives for `name`, the text in front of its " = ".
inline std::vector<std::uint8_t> known_key(const std::string& name) {
  std::ifstream file(vectors_folder() + "/keys.txt");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(name + " = "))
      return from_hex(line.substr(name.size() + 3, line.find(" #") - name.size() - 3));
  }
  ADD_FAILURE() << "keys.txt has no " << name;
  return {};
}

}  // namespace turnpike::test
