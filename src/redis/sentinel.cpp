#include "turnpike/redis/sentinel.hpp"

#include <fmt/format.h>

namespace turnpike::redis {

Command ask_for_master(const std::string& master) { return {"SENTINEL", "get-master-addr-by-name", master}; }

Result<Place, Failure> read_master(const Reply& reply) {
  if (reply.is_error()) return failure_of(reply.text);
  if (reply.is_nil()) return Failure{Cause::no_master, ""};
  const bool fits = reply.is_array() && reply.elements.size() == 2 && reply.elements[0].is_string() &&
                    reply.elements[1].is_string();
  if (!fits) return Failure{Cause::malformed, "no answer to SENTINEL"};
  const std::string& host = reply.elements[0].text;
  const std::string& port = reply.elements[1].text;
  const bool has_brackets = host.find(':') != std::string::npos;
  const auto place =
      Place::parse(has_brackets ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port), 0);
  if (!place || place->port == 0) return Failure{Cause::malformed, "no address of a master"};
  return *place;
}

}  // namespace turnpike::redis
