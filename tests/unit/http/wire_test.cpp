// How responses look on the wire.
#include "turnpike/http/wire.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace turnpike::http {
namespace {

constexpr UnixSeconds kDate = 784111777;  // the example of RFC 9110 5.6.7
constexpr const char* kDateField = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
constexpr const char* kAddedFields = "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";

TEST(HttpWire, a_response_is) {
  struct Case {
    const char* name;
    Response response;
    ResponseFraming framing;
    std::string expected;
  };
  const Response json{.content_type = "application/json", .body = "{}"};
  const std::string json_fields =
      std::string("Content-Length: 2\r\nContent-Type: application/json\r\n") + kAddedFields + "\r\n";
  const std::string start = std::string("HTTP/1.1 200 OK\r\n") + kDateField;
  const std::string no_content =
      std::string("HTTP/1.1 204 No Content\r\n") + kDateField + "Connection: keep-alive\r\n";
  const Case cases[] = {
      {"a body", json, {}, start + "Connection: keep-alive\r\n" + json_fields + "{}"},
      {"the last response",
       json,
       {.keep_alive = false},
       start + "Connection: close\r\n" + json_fields + "{}"},
      {"to HEAD", json, {.with_body = false}, start + "Connection: keep-alive\r\n" + json_fields},
      {"an empty body",
       {},
       {},
       start + "Connection: keep-alive\r\nContent-Length: 0\r\n" + kAddedFields + "\r\n"},
      {"204 has neither body nor length",
       {.status = 204, .body = "lost"},
       {},
       no_content + kAddedFields + "\r\n"},
      {"what the handler says is not added again",
       {.status = 204, .fields = {{"cache-control", "max-age=5"}}},
       {},
       no_content + "cache-control: max-age=5\r\nX-Content-Type-Options: nosniff\r\n\r\n"},
      {"no value begins another field",
       {.status = 204, .fields = {{"X-Name", "a\r\nSet-Cookie: b"}}},
       {},
       no_content + "X-Name: a  Set-Cookie: b\r\n" + kAddedFields + "\r\n"},
      {"one name with two values",
       {.status = 204, .fields = {{"Vary", "Origin"}, {"Vary", "Accept"}}},
       {},
       no_content + "Vary: Origin\r\nVary: Accept\r\n" + kAddedFields + "\r\n"},
  };
  for (const Case& c : cases) {
    std::ostringstream text;
    text << to_wire(c.response, c.framing, kDate);
    EXPECT_EQ(text.str(), c.expected) << c.name;
  }
}

}  // namespace
}  // namespace turnpike::http
