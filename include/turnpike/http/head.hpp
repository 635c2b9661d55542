// The head of an HTTP/1 message, read so strictly that no two readers can take it for two different messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "turnpike/base/result.hpp"

namespace turnpike::http {

// The end of a message's head in the bytes that have arrived.
struct HeadEnd {
  std::size_t size = 0;       // with the empty line at its end; 0: incomplete
  bool is_malformed = false;  // no further bytes can make it a head

  bool operator==(const HeadEnd&) const = default;
};

// Finds the end of the head. Malformed are: a control character, a CR or LF alone, an empty line at the
// start. The first `seen` bytes were given to an earlier call, which found neither a fault nor the end.
HeadEnd find_head_end(std::string_view text, std::size_t seen = 0);

// A header field; both views are parts of the head.
struct Field {
  std::string_view name;   // a token
  std::string_view value;  // without white space around it
};
using Fields = std::vector<Field>;

// Returns the value of the first field of that name, ignoring case; "" if there is none.
std::string_view value_of(const Fields& fields, std::string_view name);
// Returns the values of all fields of that name, joined by commas (RFC 9110 5.3).
std::string all_values(const Fields& fields, std::string_view name);
// Returns true if the list of tokens in the fields of that name has `token`, ignoring case.
bool has_token(const Fields& fields, std::string_view name, std::string_view token);
// Compares ASCII names without regard to case.
bool names_equal(std::string_view a, std::string_view b);

// The ways to tell the length of a body (RFC 9112 6.3).
enum class BodyKind : std::uint8_t { none, length, chunked, until_end };

// The way in which the end of a body is recognised.
struct BodyFraming {
  BodyKind kind = BodyKind::none;
  std::uint64_t length = 0;  // bytes, for BodyKind::length

  bool is_empty() const { return kind == BodyKind::none || (kind == BodyKind::length && length == 0); }
  bool operator==(const BodyFraming&) const = default;
};

// A parsed request head; all views are parts of the text that was parsed.
struct RequestHead {
  std::string_view method;
  std::string_view target;
  bool is_http_1_0 = false;
  Fields fields{};
  BodyFraming body{};

  // Returns true if the client wants to keep the connection (RFC 9112 9.3).
  bool keep_alive() const;
};

// A parsed response head; all views are parts of the text that was parsed.
struct ResponseHead {
  unsigned status = 0;  // 100 to 599
  std::string_view reason;
  bool is_http_1_0 = false;
  Fields fields{};
  BodyFraming body{};

  // Returns true if the server keeps the connection.
  bool keep_alive() const;
};

// Parses the head of a request, with its empty line. The error is the status to refuse it with: 501 for a
// transfer coding other than chunked; 431 for more than 128 fields or tokens of Connection; 400 for all that
// RFC 9112 forbids, and for what it leaves to the reader: a folded line, two lengths even if they agree, a
// length beside a coding, a coding in HTTP/1.0, no or two Host fields in HTTP/1.1.
Result<RequestHead, unsigned> parse_request_head(std::string_view head);
// Parses the head of a response as strictly; returns no value if it is malformed. A response to HEAD has no
// body, whatever its fields say.
std::optional<ResponseHead> parse_response_head(std::string_view head, bool answers_head);

// The parts of a request's target, which may be a whole URI (RFC 9112 3.2.2).
struct Target {
  std::string_view authority;  // "" unless the target is a whole URI
  std::string_view path;
  std::string_view query;  // behind the '?'
};
// Splits a target into views of it.
Target split_target(std::string_view target);

}  // namespace turnpike::http
