#include "turnpike/admin/requests.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <set>

#include "turnpike/json/strict_json.hpp"
#include "turnpike/relay/allocation_id.hpp"

namespace turnpike::admin {
namespace {

using Parameters = std::map<std::string, std::string>;

constexpr std::string_view kLevels[] = {"debug", "info", "warning", "error"};

int value_of(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

// Of application/x-www-form-urlencoded, as browsers and curl write it.
std::optional<std::string> decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (i + 2 >= text.size() || value_of(text[i + 1]) < 0 || value_of(text[i + 2]) < 0) return std::nullopt;
    decoded += static_cast<char>(value_of(text[i + 1]) * 16 + value_of(text[i + 2]));
    i += 2;
  }
  return decoded;
}

template <class Number>
bool read_number(std::string_view text, Number& out, Number min, Number max) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size() && out >= min && out <= max;
}

std::string is_no_name(std::string_view name) {
  return fmt::format("{}: must have 1 to {} bytes", name, kNameBytesMax);
}

bool is_name(std::string_view text) { return !text.empty() && text.size() <= kNameBytesMax; }

// The first parameter that is none of these; empty: there is none.
std::string find_unknown(const Parameters& parameters, const std::set<std::string_view>& known) {
  for (const auto& [name, value] : parameters) {
    if (!known.contains(name)) return fmt::format("{}: is unknown here", name);
  }
  return "";
}

std::string find_unknown(const boost::json::object& object, const std::set<std::string_view>& known) {
  for (const auto& member : object) {
    const std::string_view name(member.key().data(), member.key().size());
    if (!known.contains(name)) return fmt::format("{}: is unknown here", name);
  }
  return "";
}

// What is wrong, or nothing; `out` is what is there.
std::string read_name(const boost::json::object& object, std::string_view name,
                      std::optional<std::string>& out) {
  if (!object.contains(name)) return "";
  std::string text;
  if (!json::read_member(object, name, text) || !is_name(text)) return is_no_name(name);
  out = std::move(text);
  return "";
}

std::string read_name(const Parameters& parameters, const std::string& name,
                      std::optional<std::string>& out) {
  const auto found = parameters.find(name);
  if (found == parameters.end()) return "";
  if (!is_name(found->second)) return is_no_name(name);
  out = found->second;
  return "";
}

std::string read_id(std::string_view name, std::string_view text, std::optional<relay::AllocationId>& out) {
  out = relay::parse_allocation_id(text);
  return out ? "" : fmt::format("{}: must be 16 hexadecimal digits", name);
}

std::string read_limit(const Parameters& parameters, std::size_t max, std::size_t& out) {
  const auto found = parameters.find("limit");
  if (found == parameters.end() || read_number(found->second, out, std::size_t{1}, max)) return "";
  return fmt::format("limit: must be 1 to {}", max);
}

constexpr std::string_view kNoQuery = "the query is not well-formed";
constexpr std::string_view kNoObject = "the body must be one JSON object";

}  // namespace

std::optional<Parameters> parse_query(std::string_view query) {
  Parameters parameters;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    const auto name = decode(pair.substr(0, equals));
    const auto value = decode(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value || !parameters.emplace(*name, *value).second) return std::nullopt;
  }
  return parameters;
}

Asked<SessionsRequest> read_sessions_request(std::string_view query) {
  const auto parameters = parse_query(query);
  if (!parameters) return Fault{std::string(kNoQuery)};
  SessionsRequest request;
  std::optional<relay::AllocationId> after;
  std::string fault = find_unknown(*parameters, {"room", "user", "allocation", "after", "limit", "sort"});
  if (fault.empty()) fault = read_name(*parameters, "room", request.room);
  if (fault.empty()) fault = read_name(*parameters, "user", request.user);
  if (fault.empty()) fault = read_limit(*parameters, kSessionsMax, request.limit);
  for (const auto& [name, value] : *parameters) {
    if (!fault.empty()) break;
    if (name == "after") fault = read_id(name, value, after);
    if (name == "allocation") fault = read_id(name, value, request.allocation);
    if (name == "sort" && value != "bits_per_second") fault = "sort: must be bits_per_second";
  }
  request.busiest = parameters->contains("sort");
  if (fault.empty() && request.busiest && after) fault = "after: is of no use with sort";
  if (!fault.empty()) return Fault{fault};
  request.after = after.value_or(0);
  return request;
}

Asked<worker::RefusalQuery> read_refusals_request(std::string_view query) {
  const auto parameters = parse_query(query);
  if (!parameters) return Fault{std::string(kNoQuery)};
  worker::RefusalQuery request;
  request.max = 100;
  std::optional<std::string> user, client;
  std::string fault = find_unknown(*parameters, {"client", "user", "limit"});
  if (fault.empty()) fault = read_name(*parameters, "user", user);
  if (fault.empty()) fault = read_name(*parameters, "client", client);
  if (fault.empty()) fault = read_limit(*parameters, kRefusalsMax, request.max);
  if (fault.empty() && user && client) fault = "client and user: one of both";
  if (!fault.empty()) return Fault{fault};
  request.user = user.value_or("");
  if (!client) return request;
  if (const auto endpoint = Endpoint::parse(*client)) {
    request.address = endpoint->address;
    request.port = endpoint->port;
  } else {
    request.address = IpAddress::parse(*client);
  }
  if (!request.address) return Fault{"client: must be ADDRESS or ADDRESS:PORT"};
  return request;
}

Asked<EndRequest> read_end_request(std::string_view body) {
  const auto object = json::parse_object(body);
  if (!object) return Fault{std::string(kNoObject)};
  EndRequest request;
  std::optional<std::string> allocation;
  std::string fault = find_unknown(*object, {"user", "room", "allocation"});
  if (fault.empty()) fault = read_name(*object, "user", request.user);
  if (fault.empty()) fault = read_name(*object, "room", request.room);
  if (fault.empty()) fault = read_name(*object, "allocation", allocation);
  if (fault.empty() && allocation) fault = read_id("allocation", *allocation, request.allocation);
  if (fault.empty() && object->size() != 1) fault = "one of user, room and allocation";
  if (!fault.empty()) return Fault{fault};
  return request;
}

Asked<BarRequest> read_bar_request(std::string_view body) {
  const auto object = json::parse_object(body);
  if (!object) return Fault{std::string(kNoObject)};
  BarRequest request;
  std::optional<std::string> user;
  std::string fault = find_unknown(*object, {"user", "seconds"});
  if (fault.empty()) fault = read_name(*object, "user", user);
  if (fault.empty() && !user) fault = "user: is missing";
  if (const auto* seconds = object->if_contains("seconds"); fault.empty() && seconds != nullptr) {
    const bool is_number =
        seconds->is_int64() && seconds->get_int64() >= 0 && seconds->get_int64() <= kBarMax_s;
    if (!is_number) fault = fmt::format("seconds: must be 0 to {}", kBarMax_s);
    if (is_number) request.seconds = static_cast<std::uint32_t>(seconds->get_int64());
  }
  if (!fault.empty()) return Fault{fault};
  request.user = std::move(*user);
  return request;
}

Asked<DrainRequest> read_drain_request(std::string_view body) {
  const auto object = json::parse_object(body);
  if (!object) return Fault{std::string(kNoObject)};
  std::optional<std::string> node;
  std::string fault = find_unknown(*object, {"node"});
  if (fault.empty()) fault = read_name(*object, "node", node);
  if (fault.empty() && !node) fault = "node: is missing";
  constexpr std::size_t kIdSize = 32;
  const bool is_id =
      node && node->size() == kIdSize && node->find_first_not_of("0123456789abcdef") == std::string::npos;
  if (fault.empty() && !is_id) fault = "node: must be the 32 digits of its id";
  if (!fault.empty()) return Fault{fault};
  return DrainRequest{std::move(*node)};
}

Asked<log::Level> read_level_request(std::string_view body) {
  const auto object = json::parse_object(body);
  if (!object) return Fault{std::string(kNoObject)};
  std::string level;
  std::string fault = find_unknown(*object, {"level"});
  if (!fault.empty()) return Fault{fault};
  json::read_member(*object, "level", level);
  const auto* const found = std::ranges::find(kLevels, level);
  if (found == std::end(kLevels)) return Fault{"level: must be debug, info, warning or error"};
  return static_cast<log::Level>(found - std::begin(kLevels));
}

std::string_view to_string(log::Level level) { return kLevels[static_cast<std::size_t>(level)]; }

}  // namespace turnpike::admin
