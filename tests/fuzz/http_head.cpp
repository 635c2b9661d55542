// Fuzz harness: heads of requests and responses, and bodies in chunks. A '|' stands for the end of a line, so
// that a seed is one line.
#include <algorithm>
#include <string>

#include "harness.hpp"
#include "turnpike/http/beast.hpp"
#include "turnpike/http/chunks.hpp"
#include "turnpike/http/head.hpp"
#include "turnpike/web/plain_http.hpp"

namespace {

using namespace turnpike;
using fuzz::require;
using fuzz::with_line_ends;
namespace beast_http = boost::beast::http;

void check_fields(const http::Fields& fields, std::string_view head) {
  for (const http::Field& field : fields) {
    require(!field.name.empty(), "a field has a name");
    require(fuzz::lies_within(as_bytes(field.name), as_bytes(head)), "a name is a part of the head");
    require(field.value.find_first_of("\r\n") == field.value.npos, "a field ends with its line");
  }
}

// Beast reads what is not passed on: where both take a head, they take it for the same.
void compare_with_beast(const http::RequestHead& request, const std::string& head) {
  beast_http::request_parser<beast_http::empty_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(head.size() + 1));
  parser.body_limit(boost::none);
  boost::system::error_code error;
  parser.put(boost::asio::buffer(head), error);
  if (error || !parser.is_header_done()) return;
  const auto& fields = parser.get();
  const auto count = static_cast<std::size_t>(std::distance(fields.begin(), fields.end()));
  require(count == request.fields.size(), "as many fields");
  require(parser.chunked() == (request.body.kind == http::BodyKind::chunked), "the same coding");
  const auto length = parser.content_length();
  require(length.has_value() == (request.body.kind == http::BodyKind::length), "a length or none");
  require(!length || *length == request.body.length, "the same length");
}

// Nothing that a client writes may lead a browser to another host than it has asked, or end the field.
void check_location(const http::RequestHead& request) {
  const http::Target target = http::split_target(request.target);
  http::Request asked;
  asked.path = target.path;
  asked.query = target.query;
  asked.host = http::value_of(request.fields, "Host");
  asked.authority = target.authority;
  const auto location = web::https_location(asked, 5349);
  if (!location) return;
  const std::string_view scheme = "https://";
  require(location->starts_with(scheme), "a location is by TLS");
  const std::string host =
      location->substr(scheme.size(), location->find('/', scheme.size()) - scheme.size());
  require(host.ends_with(":5349"), "a location has the port");
  require(host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-:[]") == host.npos,
          "a host is a host");
  require(location->ends_with(asked.query), "a location has the query");
  const auto is_visible = [](char c) { return c > ' ' && c < 0x7F; };
  require(std::ranges::all_of(*location, is_visible), "a location is one word");
}

void check_heads(const std::string& text) {
  const http::HeadEnd end = http::find_head_end(text);
  require(end.size <= text.size() && (end.size == 0 || !end.is_malformed), "a head is a part of the input");
  const std::string head = text.substr(0, end.size);
  if (const auto request = http::parse_request_head(head)) {
    require(end.size > 0, "half a head is none");
    check_fields(request->fields, head);
    require(request->target.find(' ') == request->target.npos, "a target is one word");
    compare_with_beast(*request, head);
    check_location(*request);
  }
  if (const auto response = http::parse_response_head(head, false)) check_fields(response->fields, head);
}

// The payload in pieces of that size; "malformed" behind it, or what is left.
std::string read_chunks(std::string text, std::size_t size) {
  http::ChunkReader reader;
  std::string payload;
  for (std::size_t at = 0; at < text.size() && !reader.is_done();) {
    const auto piece = reader.read(std::span(text).subspan(at, std::min(size, text.size() - at)));
    if (!piece) return "malformed";
    payload.append(piece->payload.begin(), piece->payload.end());
    at += piece->taken;
    if (reader.is_done()) payload += "; " + text.substr(at);
  }
  return payload;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = with_line_ends(as_text({data, size}));
  check_heads(text);
  const std::string whole = read_chunks(text, text.size());
  require(read_chunks(text, 1) == whole && read_chunks(text, 7) == whole, "pieces make no difference");
  return 0;
}
