// The commands' way to the server that runs: one question after the other over its control socket.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/result.hpp"
#include "turnpike/config/config.hpp"
#include "turnpike/http/unix_client.hpp"

namespace turnpike::console {

// What the server said. An answer that is no JSON object is an empty one.
struct Answer {
  unsigned status = 0;
  std::string text;
  boost::json::object json = {};

  bool is_good() const { return status == 200; }
  // What is wrong, in the server's words.
  std::string error() const;
};

class Link {
 public:
  explicit Link(const config::ControlConfig& config);

  // Of the first socket where somebody answers; else why nobody does, in one line.
  Result<Answer, std::string> ask(const http::Question& question) const;
  Result<Answer, std::string> get(const std::string& target) const { return ask({"GET", target}); }
  Result<Answer, std::string> post(const std::string& target, const boost::json::object& body) const;

 private:
  std::vector<std::string> paths_;
};

// For a value in a query.
std::string percent_encoded(std::string_view text);

}  // namespace turnpike::console
