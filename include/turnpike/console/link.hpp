// The commands' link to the running server: one question at a time over its control socket.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/result.hpp"
#include "turnpike/config/config.hpp"
#include "turnpike/http/unix_client.hpp"

namespace turnpike::console {

// An answer of the server. `json` is empty if the body is not a JSON object.
struct Answer {
  unsigned status = 0;
  std::string text;
  boost::json::object json = {};

  bool is_good() const { return status == 200; }
  // Returns what is wrong, in the server's words.
  std::string error() const;
};

// Asks a server over its control socket; each question has a connection of its own.
class Link {
 public:
  // Takes the paths of control_sockets(). Does not connect.
  explicit Link(const config::ControlConfig& config);

  // Returns the answer from the first socket where a server answers, or one line that says why none does.
  // Blocks.
  Result<Answer, std::string> ask(const http::Question& question) const;
  Result<Answer, std::string> get(const std::string& target) const { return ask({"GET", target}); }
  Result<Answer, std::string> post(const std::string& target, const boost::json::object& body) const;

 private:
  std::vector<std::string> paths_;
};

// Returns the text encoded as a value in a URL query (RFC 3986 section 2.1).
std::string percent_encoded(std::string_view text);

}  // namespace turnpike::console
