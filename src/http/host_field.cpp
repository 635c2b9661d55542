#include "turnpike/http/host_field.hpp"

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>

#include "turnpike/base/endpoint.hpp"

namespace turnpike::http {
namespace {

bool is_port(std::string_view text) {
  return text.size() <= 5 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string_view host_of(std::string_view field) {
  const auto bracket = field.starts_with('[') ? field.find(']') : field.npos;
  if (field.starts_with('[') && bracket == field.npos) return "";
  const auto colon = field.find(':', bracket == field.npos ? 0 : bracket);
  if (colon != field.npos && !is_port(field.substr(colon + 1))) return "";
  const std::string_view host = field.substr(0, colon);
  return bracket != field.npos && bracket + 1 != host.size() ? "" : host;
}

bool is_beyond_dns(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return boost::iequals(host, "localhost") || IpAddress::parse(host).has_value();
}

}  // namespace turnpike::http
