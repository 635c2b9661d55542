// Writes a turnpike configuration as text for people: keys in the order of the table, with comments.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace turnpike::coturn {

// Returns the text as a double-quoted YAML string, with escapes where needed.
std::string in_quotes(std::string_view text);

// Returns whether the text is valid UTF-8, as YAML must be.
bool is_utf8(std::string_view text);

// A configuration under construction.
class Document {
 public:
  // Sets the value of a key; `value` is YAML. An unknown key is a programming error and aborts.
  void set(std::string_view key, std::string value);
  // Sets the value to a list or a map of YAML texts.
  void set_list(std::string_view key, const std::vector<std::string>& values);
  void set_map(std::string_view key, const std::vector<std::pair<std::string, std::string>>& pairs);
  // Adds a comment above the key, or at its place if the key has no value.
  void comment(std::string_view key, std::string text);

  bool has(std::string_view key) const { return values_.contains(key); }
  // Returns the whole text.
  std::string text() const;

 private:
  std::map<std::string, std::string, std::less<>> values_;  // a block begins with a line end
  std::map<std::string, std::vector<std::string>, std::less<>> comments_;
};

}  // namespace turnpike::coturn
