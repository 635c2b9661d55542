#include "turnpike/console/link.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "turnpike/console/control_socket.hpp"

namespace turnpike::console {
namespace {

Answer answer_of(http::Reply reply) {
  Answer answer{reply.status, std::move(reply.body)};
  while (answer.text.ends_with('\n')) answer.text.pop_back();
  boost::json::error_code error;
  boost::json::value value = boost::json::parse(answer.text, error);
  if (!error && value.is_object()) answer.json = std::move(value.get_object());
  return answer;
}

}  // namespace

std::string Answer::error() const {
  const boost::json::value* const told = json.if_contains("error");
  if (told != nullptr && told->is_string()) return std::string(told->get_string());
  return text;
}

Link::Link(const config::ControlConfig& config) : paths_(control_sockets(config)) {}

Result<Answer, std::string> Link::ask(const http::Question& question) const {
  if (paths_.empty()) return std::string("control.socket is \"\": the server has none to be asked by");
  std::vector<std::string> faults;
  for (const std::string& path : paths_) {
    auto reply = http::ask_unix_socket(path, question);
    if (reply) return answer_of(std::move(*reply));
    faults.push_back(fmt::format("{}: {}", path, reply.error().message()));
  }
  return fmt::format("no server answers: {}", fmt::join(faults, "; "));
}

Result<Answer, std::string> Link::post(const std::string& target, const boost::json::object& body) const {
  return ask({"POST", target, boost::json::serialize(body)});
}

std::string percent_encoded(std::string_view text) {
  std::string encoded;
  for (const unsigned char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          c == '-' || c == '.' || c == '_' || c == '~';
    encoded += is_plain ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02X}", c);
  }
  return encoded;
}

}  // namespace turnpike::console
