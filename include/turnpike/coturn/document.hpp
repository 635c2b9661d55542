// A configuration of ours as a text that people read: keys in the order of the table, with comments.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace turnpike::coturn {

// A string of YAML in double quotes, whatever is in it.
std::string in_quotes(std::string_view text);

// Whether it is UTF-8, as all of YAML must be.
bool is_utf8(std::string_view text);

class Document {
 public:
  // `value` is YAML already. A key that config has not is a programming error.
  void set(std::string_view key, std::string value);
  void set_list(std::string_view key, const std::vector<std::string>& values);
  void set_map(std::string_view key, const std::vector<std::pair<std::string, std::string>>& pairs);
  // Stands above the key or, where that has no value, where it would be.
  void comment(std::string_view key, std::string text);

  bool has(std::string_view key) const { return values_.contains(key); }
  std::string text() const;

 private:
  std::map<std::string, std::string, std::less<>> values_;  // a block begins with a line end
  std::map<std::string, std::vector<std::string>, std::less<>> comments_;
};

}  // namespace turnpike::coturn
