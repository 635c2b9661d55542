// Health over HTTP, on which socket what is served, and what keeps it from listening.
#include "turnpike/app/control_plane.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include "shell/support.hpp"
#include "turnpike/net/asio.hpp"

namespace turnpike::app {
namespace {

using namespace shell;

namespace asio = boost::asio;

template <class Socket>
std::string status_of(asio::io_context& context, Socket& socket, const std::string& path,
                      const std::string& fields) {
  const std::string request = "GET " + path + " HTTP/1.1\r\n" + fields + "\r\nConnection: close\r\n\r\n";
  std::string response;
  asio::write(socket, asio::buffer(request));
  asio::async_read(socket, asio::dynamic_buffer(response),
                   [&](const boost::system::error_code&, std::size_t) { context.stop(); });
  context.restart();
  context.run_for(std::chrono::seconds(5));
  return response.substr(0, response.find('\r'));
}

const std::string kToken = "0123456789abcdef";

config::ControlConfig with_token() {
  config::ControlConfig config;
  config.token = kToken;
  return config;
}

class ControlPlaneTest : public ::testing::Test {
 protected:
  std::string over_tcp(const std::string& path, const std::string& fields = "Host: 127.0.0.1") {
    asio::ip::tcp::socket socket(context_);
    socket.connect({asio::ip::address_v4::loopback(), config_.listen->port});
    return status_of(context_, socket, path, fields);
  }
  std::string over_unix(const std::string& path) {
    asio::local::stream_protocol::socket socket(context_);
    socket.connect(config_.socket);
    return status_of(context_, socket, path, "Host: localhost");
  }
  static http::Route route(const std::string& path) {
    return {"GET", path, [](const http::Request&) { return http::Response{}; }, 0, {}};
  }
  std::string obstacle() {
    try {
      const ControlPlane control(context_, config_, [] { return ""; }, gate_, {});
      return "";
    } catch (const std::runtime_error& error) {
      return error.what();
    }
  }

  TemporaryFolder folder_;
  asio::io_context context_;
  config::ControlConfig config_{"", {}};
  admin::Gate gate_{with_token(), ""};
};

TEST_F(ControlPlaneTest, both_sockets_tell_health_and_each_serves_its_own_besides) {
  config_ = {folder_.path("control.sock"), loopback(free_port())};
  std::string_view obstacle;
  const ControlPlane control(context_, config_, [&] { return obstacle; }, gate_,
                             {{route("/livekit")}, {route("/counts")}, {route("/admin")}});
  const std::string ok = "HTTP/1.1 200 OK";
  for (const char* path : {"/healthz", "/readyz", "/livekit", "/counts"})
    EXPECT_EQ(over_tcp(path), ok) << path;
  for (const char* path : {"/healthz", "/readyz", "/counts", "/admin"})
    EXPECT_EQ(over_unix(path), ok) << path;
  EXPECT_EQ(over_unix("/livekit"), "HTTP/1.1 404 Not Found");
  EXPECT_EQ(over_tcp("/admin"), "HTTP/1.1 401 Unauthorized");
  EXPECT_EQ(over_tcp("/admin", "Host: a\r\nAuthorization: Bearer " + kToken),
            "HTTP/1.1 421 Misdirected Request");
  EXPECT_EQ(over_tcp("/admin", "Host: localhost\r\nAuthorization: Bearer " + kToken), ok);
  EXPECT_EQ(over_tcp("/counts", "Host: a"), "HTTP/1.1 421 Misdirected Request");
  for (const char* path : {"/healthz", "/readyz", "/livekit"})
    EXPECT_EQ(over_tcp(path, "Host: a"), ok) << path;
  obstacle = "out_of_descriptors";
  EXPECT_EQ(over_tcp("/healthz"), ok);
  EXPECT_EQ(over_tcp("/readyz"), "HTTP/1.1 503 Service Unavailable");
}

TEST_F(ControlPlaneTest, a_default_that_another_server_has_is_left_out_where_it_would_serve_only_health) {
  config_ = {"", config::ControlConfig{}.listen};
  // Taken by one of these two, or by somebody else on this machine.
  const ControlPlane first(context_, config_, [] { return ""; }, gate_, {});
  EXPECT_EQ(obstacle(), "");
  const ControlPlane::Served livekit{{route("/livekit")}, {}, {}};
  EXPECT_THROW(ControlPlane(
                   context_, config_, [] { return ""; }, gate_, livekit),
               std::runtime_error);
  config_.token = kToken;
  EXPECT_NE(obstacle(), "");
}

TEST_F(ControlPlaneTest, what_keeps_it_from_listening_is_named) {
  EXPECT_EQ(obstacle(), "");
  config_.socket = folder_.path("none/of/these/control.sock");
  EXPECT_EQ(obstacle(), "") << "its folder is made";
  std::ofstream(folder_.path("file")) << "text";
  config_.socket = folder_.path("file/control.sock");
  EXPECT_EQ(obstacle(), "control.socket: " + config_.socket + ": Not a directory");
  const config::ControlConfig held{folder_.path("control.sock"), loopback(free_port())};
  const ControlPlane holder(context_, held, [] { return ""; }, gate_, {});
  config_ = {"", held.listen};
  EXPECT_EQ(obstacle(), "control.listen: " + held.listen->to_string() + ": Address already in use");
  config_ = {held.socket, {}};
  EXPECT_EQ(obstacle(), "control.socket: " + held.socket + ": Address already in use");
}

TEST_F(ControlPlaneTest, the_default_socket_may_be_out_of_reach) {
  config_.socket = config::ControlConfig{}.socket;
  const auto folder = std::filesystem::path(config_.socket).parent_path();
  const bool was_there = std::filesystem::exists(folder);
  EXPECT_EQ(obstacle(), "") << "whether or not its folder is there";
  std::error_code ignored;
  if (!was_there) std::filesystem::remove(folder, ignored);  // it was made where it could be
}

}  // namespace
}  // namespace turnpike::app
