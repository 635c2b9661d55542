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

// How far a head reaches in what has come so far.
struct HeadEnd {
  std::size_t size = 0;       // with the empty line; 0: the rest has not come
  bool is_malformed = false;  // whatever follows

  bool operator==(const HeadEnd&) const = default;
};

// Malformed: a control character, a CR or an LF alone, a message that begins with an empty line. The first
// `seen` bytes have been looked at before and were sound, and no whole head.
HeadEnd find_head_end(std::string_view text, std::size_t seen = 0);

struct Field {
  std::string_view name;   // a token
  std::string_view value;  // without the white space around it
};
using Fields = std::vector<Field>;

// The value of the first field of that name, in either case; "" if there is none.
std::string_view value_of(const Fields& fields, std::string_view name);
// The values of all of them, joined by commas (RFC 9110 5.3).
std::string all_values(const Fields& fields, std::string_view name);
// Whether a list of tokens has this one, in either case.
bool has_token(const Fields& fields, std::string_view name, std::string_view token);
bool names_equal(std::string_view a, std::string_view b);

enum class BodyKind : std::uint8_t { none, length, chunked, until_end };

// How the end of a body is known.
struct BodyFraming {
  BodyKind kind = BodyKind::none;
  std::uint64_t length = 0;  // of BodyKind::length

  bool is_empty() const { return kind == BodyKind::none || (kind == BodyKind::length && length == 0); }
  bool operator==(const BodyFraming&) const = default;
};

// All views are of the head that was parsed.
struct RequestHead {
  std::string_view method;
  std::string_view target;
  bool is_http_1_0 = false;
  Fields fields{};
  BodyFraming body{};

  // Whether the client wants the connection to go on (RFC 9112 9.3).
  bool keep_alive() const;
};

struct ResponseHead {
  unsigned status = 0;  // 100 to 599
  std::string_view reason;
  bool is_http_1_0 = false;
  Fields fields{};
  BodyFraming body{};

  bool keep_alive() const;
};

// The error is the status of the refusal: 501 for a coding other than chunked, 431 for more than 128 fields
// or tokens of Connection, 400 for anything that is not written as RFC 9112 has it, and for what it leaves to
// the reader: a fold, two lengths even if they agree, a length and a coding, a coding in HTTP/1.0, no or two
// Host fields in HTTP/1.1.
Result<RequestHead, unsigned> parse_request_head(std::string_view head);
// As strict. A response to HEAD has no body, whatever its fields say.
std::optional<ResponseHead> parse_response_head(std::string_view head, bool answers_head);

// A target that may be a whole URI (RFC 9112 3.2.2).
struct Target {
  std::string_view authority;  // "" if it is not said
  std::string_view path;
  std::string_view query;  // what stands behind the '?'
};
Target split_target(std::string_view target);

}  // namespace turnpike::http
