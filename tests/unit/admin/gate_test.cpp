// Who gets through over TCP, by token and by name.
#include "turnpike/admin/gate.hpp"

#include <gtest/gtest.h>

#include "shell/await.hpp"

namespace turnpike::admin {
namespace {

const std::string kToken = "0123456789abcdef";

config::ControlConfig config_with(const std::string& token, std::vector<std::string> hosts = {}) {
  config::ControlConfig config;
  config.token = token;
  config.hosts = std::move(hosts);
  return config;
}

struct Served {
  unsigned status;
  bool is_vouched;
};

// What becomes of a request with this field.
Served serve(const Gate& gate, http::Route route, const std::string& authorization) {
  route = gate.guard(std::move(route));
  http::Request request;
  request.authorization = authorization;
  boost::asio::io_context context;
  const auto response = shell::await(context, std::get<http::Task>(route.handler)(request));
  return {response.status, route.vouch(request)};
}

http::Route at_once() {
  return {"GET", "/", [](const http::Request&) { return http::Response{}; }, 0, {}};
}

boost::asio::awaitable<http::Response> respond() { co_return http::Response{}; }

http::Route later() {
  return {"GET", "/", [](const http::Request&) { return respond(); }, 0, {}};
}

TEST(Gate, takes_the_token_and_nothing_else) {
  const Gate gate(config_with(kToken), "");
  const struct {
    std::string authorization;
    unsigned status;
  } table[] = {
      {"Bearer " + kToken, 200},
      {"bearer " + kToken, 200},
      {"", 401},
      {"Bearer", 401},
      {"Bearer ", 401},
      {kToken, 401},
      {"Basic " + kToken, 401},
      {"Bearer " + kToken + "x", 401},
      {"Bearer 0123456789abcdeg", 401},
      {"Bearer  " + kToken, 401},
  };
  for (const auto& [authorization, status] : table) {
    for (const auto& route : {at_once(), later()}) {
      const Served served = serve(gate, route, authorization);
      EXPECT_EQ(served.status, status) << authorization;
      EXPECT_EQ(served.is_vouched, status == 200) << authorization;
    }
  }
}

TEST(Gate, without_a_token_nobody_gets_through) {
  const Gate gate(config_with(""), "");
  for (const char* authorization : {"", "Bearer ", "Bearer x"})
    EXPECT_EQ(serve(gate, at_once(), authorization).status, 403U) << authorization;
}

TEST(Gate, a_reload_changes_the_token_of_routes_that_are_there) {
  Gate gate(config_with(kToken), "");
  const http::Route route = gate.guard(at_once());
  gate.reload(config_with("another-token-of-16"));
  http::Request request;
  request.authorization = "Bearer " + kToken;
  EXPECT_FALSE(route.vouch(request));
  request.authorization = "Bearer another-token-of-16";
  EXPECT_TRUE(route.vouch(request));
}

TEST(Gate, names_of_others_are_refused) {
  Gate gate(config_with("", {"turn.example.org"}), "relay1");
  const struct {
    const char* field;
    bool is_allowed;
  } table[] = {
      {"127.0.0.1:9478", true},
      {"[::1]:9478", true},
      {"192.0.2.1", true},
      {"localhost:9478", true},
      {"turn.example.org", true},
      {"TURN.example.org:9478", true},
      {"relay1:9478", true},
      {"evil.example", false},
      {"turn.example.org.evil.example", false},
      {"relay1.evil.example", false},
      {"", false},
      {"localhost:x", false},
  };
  for (const auto& [field, is_allowed] : table) EXPECT_EQ(gate.allows_host(field), is_allowed) << field;
  gate.reload(config_with(""));
  EXPECT_FALSE(gate.allows_host("turn.example.org"));
  EXPECT_FALSE(Gate(config_with(""), "").allows_host(""));
}

}  // namespace
}  // namespace turnpike::admin
