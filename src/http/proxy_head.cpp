#include "turnpike/http/proxy_head.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

namespace turnpike::http {
namespace {

// RFC 9110 7.6.1. Proxy is no field at all: some servers would take it for the proxy that they have to use.
constexpr std::string_view kOfOneConnection[] = {"Connection",    "Keep-Alive", "Proxy-Connection",  "TE",
                                                 "Trailer",       "Upgrade",    "Transfer-Encoding", "Proxy",
                                                 "HTTP2-Settings"};
// What a Connection field cannot take away: without them the message would be another one.
constexpr std::string_view kStay[] = {"Host", "Content-Length"};
// What servers believe of the client, and only proxies may say.
constexpr std::string_view kOfProxies[] = {"Forwarded",          "X-Forwarded-Port", "X-Forwarded-Prefix",
                                           "X-Forwarded-Server", "X-Real-IP",        "CF-Connecting-IP",
                                           "True-Client-IP"};
constexpr std::string_view kSaidAnew[] = {"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"};

// Some servers take '_' for '-'.
bool is_named(std::string_view name, std::string_view expected) {
  if (name.find('_') == name.npos) return names_equal(name, expected);
  std::string plain(name);
  std::ranges::replace(plain, '_', '-');
  return names_equal(plain, expected);
}

template <std::size_t size>
bool is_one_of(std::string_view name, const std::string_view (&names)[size]) {
  return std::ranges::any_of(names, [&](std::string_view each) { return is_named(name, each); });
}

bool is_of_one_connection(const Fields& fields, std::string_view name) {
  if (is_one_of(name, kOfOneConnection)) return true;
  return has_token(fields, "Connection", name) && !is_one_of(name, kStay);
}

void append(std::string& head, std::string_view name, std::string_view value) {
  fmt::format_to(std::back_inserter(head), "{}: {}\r\n", name, value);
}

void append_path(std::string& head, std::string_view text) {
  const Target target = split_target(text);
  head.append(target.path);
  if (text.find('?') != text.npos) head.append("?").append(target.query);
}

std::string first_value(const RequestHead& request, const Sender& sender, std::string_view name,
                        std::string_view otherwise) {
  const std::string_view said = sender.is_proxy ? value_of(request.fields, name) : std::string_view();
  return std::string(said.empty() ? otherwise : said);
}

void append_forwarded(std::string& head, const RequestHead& request, const Sender& sender) {
  std::string path = sender.is_proxy ? all_values(request.fields, "X-Forwarded-For") : "";
  if (const IpAddress& peer = sender.peer.client.address; peer.family() != Family::none) {
    if (!path.empty()) path += ", ";
    path += peer.to_string();
  }
  if (!path.empty()) append(head, "X-Forwarded-For", path);
  append(head, "X-Forwarded-Proto",
         first_value(request, sender, "X-Forwarded-Proto", sender.peer.by_tls ? "https" : "http"));
  const auto host = first_value(request, sender, "X-Forwarded-Host", value_of(request.fields, "Host"));
  if (!host.empty()) append(head, "X-Forwarded-Host", host);
}

std::string status_line(const ResponseHead& response) {
  return fmt::format("HTTP/1.1 {} {}\r\n", response.status, response.reason);
}

void append_end_to_end(std::string& head, const ResponseHead& response) {
  const bool has_length = response.status >= 200 && response.status != 204;
  for (const auto& [name, value] : response.fields) {
    if (is_of_one_connection(response.fields, name)) continue;
    if (has_length || !names_equal(name, "Content-Length")) append(head, name, value);
  }
}

}  // namespace

bool asks_for_web_socket(const RequestHead& request) {
  return request.method == "GET" && !request.is_http_1_0 && request.body.is_empty() &&
         has_token(request.fields, "Connection", "upgrade") &&
         names_equal(all_values(request.fields, "Upgrade"), "websocket");
}

bool is_web_socket(const ResponseHead& response) {
  return response.status == 101 && !response.is_http_1_0 &&
         has_token(response.fields, "Connection", "upgrade") &&
         names_equal(all_values(response.fields, "Upgrade"), "websocket");
}

std::string head_for_upstream(const RequestHead& request, const Sender& sender) {
  std::string head(request.method);
  head += ' ';
  append_path(head, request.target);
  head += " HTTP/1.1\r\n";
  for (const auto& [name, value] : request.fields) {
    if (is_of_one_connection(request.fields, name) || is_one_of(name, kSaidAnew)) continue;
    if (!sender.is_proxy && is_one_of(name, kOfProxies)) continue;
    if (request.is_http_1_0 && names_equal(name, "Expect")) continue;  // RFC 9110 10.1.1
    append(head, name, value);
  }
  // RFC 9112 3.2: a request of HTTP/1.1 has a Host field, if only an empty one.
  const auto is_host = [](const Field& field) { return names_equal(field.name, "Host"); };
  if (std::ranges::none_of(request.fields, is_host)) append(head, "Host", "");
  append_forwarded(head, request, sender);
  if (request.body.kind == BodyKind::chunked) append(head, "Transfer-Encoding", "chunked");
  if (asks_for_web_socket(request)) head += "Connection: Upgrade\r\nUpgrade: websocket\r\n";
  return head += "\r\n";
}

AnswerFraming answer_framing(const ResponseHead& response, bool to_http_1_0, bool wants_more) {
  const bool is_open_ended =
      response.body.kind == BodyKind::chunked || response.body.kind == BodyKind::until_end;
  return {.is_chunked = is_open_ended && !to_http_1_0,
          .keep_alive = wants_more && !(is_open_ended && to_http_1_0)};
}

std::string head_for_client(const ResponseHead& response, AnswerFraming framing) {
  std::string head = status_line(response);
  append_end_to_end(head, response);
  if (framing.is_chunked) append(head, "Transfer-Encoding", "chunked");
  const std::string wanted = response.status == 426 ? all_values(response.fields, "Upgrade") : "";
  if (!wanted.empty()) append(head, "Upgrade", wanted);  // RFC 9110 15.5.22
  append(head, "Connection",
         fmt::format("{}{}", framing.keep_alive ? "keep-alive" : "close", wanted.empty() ? "" : ", Upgrade"));
  return head += "\r\n";
}

std::string interim_head(const ResponseHead& response) {
  std::string head = status_line(response);
  append_end_to_end(head, response);
  if (response.status == 101) head += "Connection: Upgrade\r\nUpgrade: websocket\r\n";
  return head += "\r\n";
}

}  // namespace turnpike::http
